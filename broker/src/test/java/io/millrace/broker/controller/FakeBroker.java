package io.millrace.broker.controller;

import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicState;
import io.millrace.protocol.message.StopReplica.Response.StopReplicaPartitionError;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The receiving end of a controller: a real metadata cache, and instead of logs a list of what should be there. */
final class FakeBroker implements ControllerCommands {
    final Map<TopicPartition, LeaderAndIsrPartitionState> replicas = new ConcurrentHashMap<>();
    final Set<TopicPartition> fresh = ConcurrentHashMap.newKeySet();
    final Set<TopicPartition> deleted = ConcurrentHashMap.newKeySet();
    final List<Long> brokerEpochs = new CopyOnWriteArrayList<>();
    final MetadataCache metadata = new MetadataCache("test", () -> -1);
    volatile boolean refusesToStop;

    @Override
    public LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request) {
        brokerEpochs.add(request.brokerEpoch);
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            for (LeaderAndIsrPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                replicas.put(name, partition);
                if (partition.isNew) {
                    fresh.add(name);
                }
            }
        }
        return new LeaderAndIsr.Response();
    }

    @Override
    public StopReplica.Response stopReplica(StopReplica.Request request) {
        StopReplica.Response response = new StopReplica.Response();
        response.partitionErrors = new ArrayList<>();
        for (StopReplicaTopicState topic : request.topicStates) {
            for (StopReplicaPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                StopReplicaPartitionError result = new StopReplicaPartitionError();
                result.topicName = topic.topicName;
                result.partitionIndex = partition.partitionIndex;
                if (refusesToStop) {
                    result.errorCode = 56;
                } else if (partition.deletePartition) {
                    replicas.remove(name);
                    deleted.add(name);
                }
                response.partitionErrors.add(result);
            }
        }
        return response;
    }

    @Override
    public UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request) {
        UpdateMetadata.Response response = new UpdateMetadata.Response();
        response.errorCode = metadata.update(request).code();
        return response;
    }

    ClusterSnapshot snapshot() {
        return metadata.snapshot();
    }
}
