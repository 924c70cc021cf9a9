package io.millrace.client.net;

import org.jspecify.annotations.Nullable;

/**
 * A broker as the cluster describes it.
 *
 * @param id its broker id
 * @param endpoint where it listens for whoever asked
 * @param rack where it stands, or null
 */
public record Node(int id, Endpoint endpoint, @Nullable String rack) {

    @Override
    public String toString() {
        return "broker " + id + " (" + endpoint + ")";
    }
}
