package io.millrace.broker.controller;

import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.PartitionState;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ControlledShutdown;
import io.millrace.protocol.message.ControlledShutdown.Response.RemainingPartition;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a broker stop without anybody waiting: others lead its partitions, and it leaves every ISR, before it goes. Belongs to
 * the controller's thread.
 */
final class ControlledShutdowns {
    private static final Logger LOG = LoggerFactory.getLogger(ControlledShutdowns.class);
    private static final long UNKNOWN_EPOCH = -1;

    private final ClusterState state;
    private final PartitionElections elections;

    ControlledShutdowns(ClusterState state, PartitionElections elections) {
        this.state = state;
        this.elections = elections;
    }

    /**
     * Deals with a request; the broker may go when no partition remains in the answer. From now on it is never elected.
     */
    ControlledShutdown.Response shutDown(ControlledShutdown.Request request, ControlBatch batch) {
        ControlledShutdown.Response response = new ControlledShutdown.Response();
        LiveBroker broker = state.broker(request.brokerId);
        if (broker == null) {
            response.errorCode = ErrorCode.BROKER_NOT_AVAILABLE.code();
            return response;
        }
        if (request.brokerEpoch != UNKNOWN_EPOCH && request.brokerEpoch < broker.epoch()) {
            LOG.info(
                    "Refused the shutdown of a former life of broker {} epoch={} epochNow={}",
                    broker.id(),
                    request.brokerEpoch,
                    broker.epoch());
            response.errorCode = ErrorCode.STALE_BROKER_EPOCH.code();
            return response;
        }
        state.markStopping(broker.id());
        List<TopicPartition> shared = new ArrayList<>();
        for (TopicPartition partition : state.partitionsOn(broker.id())) {
            if (state.replicas(partition).size() > 1
                    && state.state(partition) != null
                    && !state.isBeingDeleted(partition.topic())) {
                shared.add(partition);
            }
        }
        elections.electBeforeShutdown(shared, batch);
        for (TopicPartition partition : shared) {
            PartitionState now = state.state(partition);
            // Not even what it led before does it follow: the next leader would wait for it to be in sync again.
            if (now != null && now.leader() != broker.id()) {
                batch.stop(broker.id(), partition, now.leaderEpoch(), false);
            }
        }
        response.remainingPartitions = new ArrayList<>();
        for (TopicPartition partition : shared) {
            if (leads(broker.id(), partition)) {
                RemainingPartition remaining = new RemainingPartition();
                remaining.topicName = partition.topic();
                remaining.partitionIndex = partition.partition();
                response.remainingPartitions.add(remaining);
            }
        }
        LOG.info(
                "Broker {} is about to stop; of the {} partitions it shares it still leads {}",
                broker.id(),
                shared.size(),
                response.remainingPartitions.size());
        return response;
    }

    private boolean leads(int broker, TopicPartition partition) {
        PartitionState now = state.state(partition);
        return now != null && now.leader() == broker;
    }
}
