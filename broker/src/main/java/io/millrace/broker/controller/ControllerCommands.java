package io.millrace.broker.controller;

import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;

/** What a controller tells a broker: the receiving end, the same whether the words came over a socket or not. */
public interface ControllerCommands {

    LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request);

    StopReplica.Response stopReplica(StopReplica.Request request);

    UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request);
}
