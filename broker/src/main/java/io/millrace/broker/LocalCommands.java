package io.millrace.broker;

import io.millrace.broker.api.UpdateMetadataHandler;
import io.millrace.broker.controller.ControllerCommands;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;

/** The controller's words for the broker it is part of, taken to the same places as if they had come over a socket. */
record LocalCommands(ReplicaManager replicas, UpdateMetadataHandler metadata) implements ControllerCommands {

    @Override
    public LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request) {
        return replicas.applyLeaderAndIsr(request);
    }

    @Override
    public StopReplica.Response stopReplica(StopReplica.Request request) {
        return replicas.stopReplicas(request);
    }

    @Override
    public UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request) {
        return metadata.apply(request);
    }
}
