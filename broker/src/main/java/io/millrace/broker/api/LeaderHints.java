package io.millrace.broker.api;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.protocol.view.NodeEndpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the leaders named in an answer can be reached, so that a client which asked the wrong broker moves on without asking
 * for metadata first (KIP-951). For one answer.
 */
final class LeaderHints {
    private final ClusterSnapshot cluster;
    private final String listener;
    private List<NodeEndpoint> endpoints = List.of();

    /** @param listener the one by which the client came, and at which it shall find the leader */
    LeaderHints(ClusterSnapshot cluster, String listener) {
        this.cluster = cluster;
        this.listener = listener;
    }

    /** The answer names this leader. */
    void add(int leaderId) {
        for (int i = 0; i < endpoints.size(); i++) {
            if (endpoints.get(i).nodeId() == leaderId) {
                return;
            }
        }
        BrokerMetadata broker = cluster.broker(leaderId);
        Endpoint endpoint = broker == null ? null : broker.endpoint(listener);
        if (broker != null && endpoint != null) {
            if (endpoints.isEmpty()) {
                endpoints = new ArrayList<>();
            }
            endpoints.add(new NodeEndpoint(leaderId, endpoint.host(), endpoint.port(), broker.rack()));
        }
    }

    /** Those that are known. */
    List<NodeEndpoint> endpoints() {
        return endpoints;
    }
}
