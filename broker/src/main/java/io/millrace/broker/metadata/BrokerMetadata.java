package io.millrace.broker.metadata;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live broker.
 *
 * @param id 0 or more
 * @param endpoints its doors, one a listener, in the order in which the broker registered them
 * @param rack where it stands, or null
 */
public record BrokerMetadata(
        int id, List<Endpoint> endpoints, @Nullable String rack) {

    public BrokerMetadata {
        endpoints = List.copyOf(endpoints);
    }

    /** Its door at this listener, or null if it has none there. */
    public @Nullable Endpoint endpoint(String listener) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.listener().equals(listener)) {
                return endpoint;
            }
        }
        return null;
    }
}
