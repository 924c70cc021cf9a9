package io.millrace.broker.controller;

import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrPartitionError;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The receiving end of a controller: a real metadata cache, and instead of logs a list of what should be there. */
final class FakeBroker implements ControllerCommands {
    final Map<TopicPartition, LeaderAndIsrPartitionState> replicas = new ConcurrentHashMap<>();

    /** What it makes of that: as a real broker does, it passes over what is no newer than what it knows. */
    final Map<TopicPartition, LeaderAndIsrPartitionState> roles = new ConcurrentHashMap<>();

    final Set<TopicPartition> fresh = ConcurrentHashMap.newKeySet();
    final Set<TopicPartition> deleted = ConcurrentHashMap.newKeySet();
    final List<Long> brokerEpochs = new CopyOnWriteArrayList<>();

    /** What it was told of the metadata, each as the epoch of the controller and the type of the request. */
    final List<String> metadataNews = new CopyOnWriteArrayList<>();

    final MetadataCache metadata = new MetadataCache("test", () -> -1);
    final Map<TopicPartition, StopReplicaPartitionState> stopped = new ConcurrentHashMap<>();
    volatile boolean refusesToStop;

    /** Called when it is told to stop replicas. */
    volatile Runnable onStop = () -> {};

    /** Partitions that LeaderAndIsr is answered for with the error of a disk. */
    final Set<TopicPartition> onFailedDisk = ConcurrentHashMap.newKeySet();

    /** How many times more a LeaderAndIsr ends in an exception. */
    final AtomicInteger throwing = new AtomicInteger();

    /** How many times more a LeaderAndIsr is answered by an error for every partition. */
    final AtomicInteger failing = new AtomicInteger();

    /** Thrown instead of an answer, once. */
    final AtomicReference<Error> error = new AtomicReference<>();

    @Override
    public LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request) {
        brokerEpochs.add(request.brokerEpoch);
        Error fatal = error.getAndSet(null);
        if (fatal != null) {
            throw fatal;
        }
        if (throwing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("cannot");
        }
        if (failing.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return failed(request);
        }
        List<LeaderAndIsrTopicError> failed = new ArrayList<>();
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            for (LeaderAndIsrPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                if (onFailedDisk.contains(name)) {
                    failed.add(failure(topic, partition, ErrorCode.KAFKA_STORAGE_ERROR));
                    continue;
                }
                replicas.put(name, partition);
                roles.merge(name, partition, (known, told) -> isNewer(told, known) ? told : known);
                if (partition.isNew) {
                    fresh.add(name);
                }
            }
        }
        LeaderAndIsr.Response response = new LeaderAndIsr.Response();
        response.topics = failed;
        return response;
    }

    private static boolean isNewer(LeaderAndIsrPartitionState told, LeaderAndIsrPartitionState known) {
        return told.leaderEpoch > known.leaderEpoch
                || told.leaderEpoch == known.leaderEpoch && told.partitionEpoch > known.partitionEpoch;
    }

    private static LeaderAndIsrTopicError failure(
            LeaderAndIsrTopicState topic, LeaderAndIsrPartitionState partition, ErrorCode error) {
        LeaderAndIsrPartitionError outcome = new LeaderAndIsrPartitionError();
        outcome.partitionIndex = partition.partitionIndex;
        outcome.errorCode = error.code();
        LeaderAndIsrTopicError failure = new LeaderAndIsrTopicError();
        failure.topicId = topic.topicId;
        failure.partitionErrors = List.of(outcome);
        return failure;
    }

    private static LeaderAndIsr.Response failed(LeaderAndIsr.Request request) {
        LeaderAndIsr.Response response = new LeaderAndIsr.Response();
        response.topics = new ArrayList<>();
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            for (LeaderAndIsrPartitionState partition : topic.partitionStates) {
                response.topics.add(failure(topic, partition, ErrorCode.UNKNOWN_SERVER_ERROR));
            }
        }
        return response;
    }

    @Override
    public StopReplica.Response stopReplica(StopReplica.Request request) {
        onStop.run();
        StopReplica.Response response = new StopReplica.Response();
        response.partitionErrors = new ArrayList<>();
        for (StopReplicaTopicState topic : request.topicStates) {
            for (StopReplicaPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                StopReplicaPartitionError result = new StopReplicaPartitionError();
                result.topicName = topic.topicName;
                stopped.put(name, partition);
                result.partitionIndex = partition.partitionIndex;
                if (refusesToStop) {
                    result.errorCode = 56;
                } else if (partition.deletePartition) {
                    replicas.remove(name);
                    roles.remove(name);
                    deleted.add(name);
                }
                response.partitionErrors.add(result);
            }
        }
        return response;
    }

    @Override
    public UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request) {
        metadataNews.add("epoch " + request.controllerEpoch + " type " + request.type);
        UpdateMetadata.Response response = new UpdateMetadata.Response();
        response.errorCode = metadata.update(request).code();
        return response;
    }

    ClusterSnapshot snapshot() {
        return metadata.snapshot();
    }
}
