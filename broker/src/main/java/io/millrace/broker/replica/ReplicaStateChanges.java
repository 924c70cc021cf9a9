package io.millrace.broker.replica;

import io.millrace.client.net.Endpoint;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrLiveLeader;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrPartitionError;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionV0;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicV1;
import io.millrace.protocol.message.StopReplica.Response.StopReplicaPartitionError;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the controller's requests, one after the other. A request of a former controller, or for a former life of this
 * broker, is refused whole; within a request, a partition whose leader epoch is older than the one known is left alone. The
 * new epoch is remembered only once the change of role has succeeded, so that one that failed can be tried again.
 */
final class ReplicaStateChanges {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStateChanges.class);

    /** The leader epoch in StopReplica that stands for a topic being deleted. */
    private static final int EPOCH_DURING_DELETE = -2;

    /** The leader epoch in StopReplica of controllers that do not give one. */
    private static final int NO_EPOCH = -1;

    private static final long NO_BROKER_EPOCH = -1;

    private final ReplicaHost host;
    private final LogManager logs;
    private final HostedPartitions partitions;
    private final TopicSettingsSource settings;
    private final FollowerFetching fetching;
    private final List<LeadershipListener> listeners;
    private final Consumer<Partition> onLeading;
    private final AwaitedLogs awaited;
    private final AtomicInteger settingsChanges = new AtomicInteger();
    private final Complaints complaints = new Complaints();
    private final FormerLogs former;
    private int controllerEpoch = -1;

    /**
     * What the partitions of a request have in common.
     *
     * @param leaders where they are reached
     */
    private record Telling(
            ReadSettings settings, Map<Integer, Endpoint> leaders, FirstRoles firstRoles, FormerLogs.Request request) {}

    /**
     * @param topicIds the id of a topic on record, see {@link ReplicaEnvironment#topicIds}
     * @param onLeading told of every partition that this broker leads, before the listeners are
     */
    ReplicaStateChanges(
            ReplicaHost host,
            LogManager logs,
            HostedPartitions partitions,
            TopicSettingsSource settings,
            Function<String, @Nullable Uuid> topicIds,
            FollowerFetching fetching,
            List<LeadershipListener> listeners,
            Consumer<Partition> onLeading) {
        this.host = host;
        this.logs = logs;
        this.partitions = partitions;
        this.settings = settings;
        this.fetching = fetching;
        this.listeners = listeners;
        this.onLeading = onLeading;
        this.awaited = new AwaitedLogs(logs);
        this.former = new FormerLogs(host.brokerId(), logs, partitions, topicIds, complaints, this::remove);
    }

    synchronized LeaderAndIsr.Response apply(LeaderAndIsr.Request request) {
        LeaderAndIsr.Response response = new LeaderAndIsr.Response();
        ErrorCode refusal = refusal("LeaderAndIsr", request.controllerId, request.controllerEpoch, request.brokerEpoch);
        response.errorCode = refusal.code();
        if (refusal != ErrorCode.NONE) {
            return response;
        }
        response.topics = new ArrayList<>();
        response.partitionErrors = new ArrayList<>();
        Map<Integer, Endpoint> leaders = new HashMap<>();
        for (LeaderAndIsrLiveLeader leader : request.liveLeaders) {
            leaders.put(leader.brokerId, new Endpoint(leader.hostName, leader.port));
        }
        Telling telling = new Telling(
                new ReadSettings(settings::of, settingsChanges::get),
                leaders,
                new FirstRoles(),
                new FormerLogs.Request(request.brokerEpoch, request.controllerEpoch));
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            List<LeaderAndIsrPartitionError> outcomes = new ArrayList<>(topic.partitionStates.size());
            for (LeaderAndIsrPartitionState state : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, state.partitionIndex);
                outcomes.add(outcome(name, apply(name, topic.topicId, state, telling)));
            }
            // Answers by topic id and answers by name exclude each other; topics have ids since version 5.
            if (topic.topicId.equals(Uuid.ZERO)) {
                response.partitionErrors.addAll(outcomes);
            } else {
                LeaderAndIsrTopicError ofTopic = new LeaderAndIsrTopicError();
                ofTopic.topicId = topic.topicId;
                ofTopic.partitionErrors = outcomes;
                response.topics.add(ofTopic);
            }
        }
        for (LeaderAndIsrPartitionState state : request.ungroupedPartitionStates) {
            TopicPartition name = new TopicPartition(state.topicName, state.partitionIndex);
            response.partitionErrors.add(outcome(name, apply(name, Uuid.ZERO, state, telling)));
        }
        telling.firstRoles.log();
        return response;
    }

    synchronized StopReplica.Response stop(StopReplica.Request request) {
        StopReplica.Response response = new StopReplica.Response();
        ErrorCode refusal = refusal("StopReplica", request.controllerId, request.controllerEpoch, request.brokerEpoch);
        response.errorCode = refusal.code();
        if (refusal != ErrorCode.NONE) {
            return response;
        }
        response.partitionErrors = new ArrayList<>();
        for (StopReplicaTopicState topic : request.topicStates) {
            for (StopReplicaPartitionState state : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, state.partitionIndex);
                response.partitionErrors.add(outcomeOfStop(name, state.leaderEpoch, state.deletePartition));
            }
        }
        for (StopReplicaTopicV1 topic : request.topics) {
            for (int partition : topic.partitionIndexes) {
                TopicPartition name = new TopicPartition(topic.name, partition);
                response.partitionErrors.add(outcomeOfStop(name, NO_EPOCH, request.deletePartitions));
            }
        }
        for (StopReplicaPartitionV0 state : request.ungroupedPartitions) {
            TopicPartition name = new TopicPartition(state.topicName, state.partitionIndex);
            response.partitionErrors.add(outcomeOfStop(name, NO_EPOCH, request.deletePartitions));
        }
        return response;
    }

    /**
     * A log that was being recovered is ready, or cannot be: does what the controller has said of it meanwhile.
     *
     * @return NONE, or why the broker cannot do what it has said it would
     */
    synchronized ErrorCode onLogLoaded(TopicPartition name) {
        Supplier<ErrorCode> command = awaited.take(name);
        return command == null ? ErrorCode.NONE : command.get();
    }

    /** The partitions of a directory that failed. */
    synchronized void takeOffline(Path dir) {
        partitions.forEach(partition -> {
            if (partition.log().logDir().equals(dir)) {
                resign(partition, Role.Kind.OFFLINE);
            }
        });
    }

    private ErrorCode refusal(String request, int controllerId, int requestControllerEpoch, long requestBrokerEpoch) {
        long present = host.brokerEpoch().getAsLong();
        if (requestBrokerEpoch != NO_BROKER_EPOCH && requestBrokerEpoch < present) {
            LOG.warn(
                    "Refused {} for a former life of this broker controller={} brokerEpoch={} epochNow={}",
                    request,
                    controllerId,
                    requestBrokerEpoch,
                    present);
            return ErrorCode.STALE_BROKER_EPOCH;
        }
        if (requestControllerEpoch < controllerEpoch) {
            LOG.warn(
                    "Refused {} of a controller that is none any more controller={} epoch={} newestEpoch={}",
                    request,
                    controllerId,
                    requestControllerEpoch,
                    controllerEpoch);
            return ErrorCode.STALE_CONTROLLER_EPOCH;
        }
        controllerEpoch = requestControllerEpoch;
        return ErrorCode.NONE;
    }

    private ErrorCode apply(TopicPartition name, Uuid topicId, LeaderAndIsrPartitionState state, Telling telling) {
        ErrorCode refusal = former.makeWay(name, topicId, state, telling.request);
        if (refusal != ErrorCode.NONE) {
            return refusal;
        }
        Partition partition = partitions.find(name.topic(), name.partition());
        if (partition != null) {
            if (partition.role().kind() == Role.Kind.OFFLINE) {
                return ErrorCode.KAFKA_STORAGE_ERROR;
            }
            if (!topicId.equals(Uuid.ZERO)
                    && !partition.topicId().equals(Uuid.ZERO)
                    && !topicId.equals(partition.topicId())) {
                LOG.warn(
                        "Refused a leader for another topic of this name partition={} id={} idHere={}",
                        name,
                        topicId,
                        partition.topicId());
                return ErrorCode.INCONSISTENT_TOPIC_ID;
            }
            if (state.leaderEpoch < partition.leaderEpoch()) {
                LOG.info(
                        "Left a partition alone partition={} epoch={} epochHere={}",
                        name,
                        state.leaderEpoch,
                        partition.leaderEpoch());
                return ErrorCode.STALE_CONTROLLER_EPOCH;
            }
            partition.onNamed(telling.request.brokerEpoch(), telling.request.controllerEpoch());
            boolean serving = partition.role().isLeader() || partition.role().isFollower();
            if (state.leaderEpoch == partition.leaderEpoch() && serving) {
                // A new controller repeats to everybody what its predecessor has said, and what that one may not have.
                if (partition.isLeader()
                        && state.partitionEpoch > partition.role().partitionEpoch()) {
                    partition.updateLeader(state);
                }
                return ErrorCode.NONE;
            }
        }
        if (!ReplicationRules.contains(state.replicas, host.brokerId())) {
            LOG.warn("Refused a partition that has no replica here partition={} replicas={}", name, state.replicas);
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (partition == null) {
            if (state.leaderEpoch < awaited.leaderEpoch(name)) {
                return ErrorCode.STALE_CONTROLLER_EPOCH;
            }
            if (awaited.isLoading(name)) {
                serveOnceLoaded(name, topicId, state, telling);
                return ErrorCode.NONE;
            }
            awaited.forget(name);
        }
        try {
            Partition present = partition == null ? create(name, topicId, telling.settings, state.isNew) : partition;
            present.onNamed(telling.request.brokerEpoch(), telling.request.controllerEpoch());
            former.onNamed(name);
            boolean isNew = present.isNewIn(state);
            becomeOrNeither(present, state, telling.leaders.get(state.leader));
            if (isNew) {
                telling.firstRoles.add(name, state.leader == host.brokerId());
            }
            complaints.forget(name);
            return ErrorCode.NONE;
        } catch (StorageException e) {
            complaints.complain("serve", name, e);
            return e.error();
        } catch (RuntimeException e) {
            // Whatever it is, ZooKeeper or a fault of ours, it must not keep the other partitions from being served.
            LOG.error("Cannot serve partition={} epoch={}", name, state.leaderEpoch, e);
            return ErrorCode.UNKNOWN_SERVER_ERROR;
        }
    }

    // The controller is told that all is well: the role is taken up in a while, and there is nothing for
    // it to do until then.
    private void serveOnceLoaded(TopicPartition name, Uuid topicId, LeaderAndIsrPartitionState state, Telling told) {
        LOG.debug("Serves a partition once its log is recovered partition={} epoch={}", name, state.leaderEpoch);
        awaited.toServe(name, state.leaderEpoch, () -> {
            // Each log comes by itself: thousands of looks at ZooKeeper, one after the other, would keep the
            // controller waiting.
            ReadSettings heard = new ReadSettings(settings::lastHeard, settingsChanges::get);
            Telling telling = new Telling(
                    heard,
                    told.leaders,
                    new FirstRoles(),
                    new FormerLogs.Request(told.request.brokerEpoch(), told.request.controllerEpoch()));
            ErrorCode outcome = apply(name, topicId, state, telling);
            telling.firstRoles.log();
            return outcome;
        });
    }

    // Who has made half of the change would take the next attempt at it for one that is done, and not know
    // that it led before.
    private void becomeOrNeither(Partition partition, LeaderAndIsrPartitionState state, @Nullable Endpoint leader) {
        boolean led = partition.isLeader();
        boolean done = false;
        try {
            become(partition, state, leader);
            done = true;
        } finally {
            if (!done) {
                partition.resign(Role.Kind.NONE);
                if (led) {
                    listeners.forEach(listener -> listener.onResigned(partition.name(), state.leaderEpoch));
                }
            }
        }
    }

    private Partition create(TopicPartition name, Uuid topicId, ReadSettings settings, boolean isNew) {
        TopicSettings ofTopic = settings.of(name.topic());
        PartitionLog log = logs.getOrCreate(name, topicId, ofTopic.log(), isNew);
        Partition partition = new Partition(name, host, log, ofTopic.minInsyncReplicas());
        partitions.put(partition);
        boolean done = false;
        try {
            takeOverChanges(partition, ofTopic, settings);
            done = true;
        } finally {
            if (!done) {
                partitions.remove(partition);
            }
        }
        return partition;
    }

    // A log that was there has the settings that were known when it was loaded; and who made a change known before the
    // partition was among the others has passed it by.
    private static void takeOverChanges(Partition partition, TopicSettings before, ReadSettings settings) {
        PartitionLog log = partition.log();
        TopicSettings taken = before;
        LogConfig had = log.config();
        // The same object as a rule; to compare two takes code that is put together at the first comparison.
        if (had != taken.log() && !had.equals(taken.log())) {
            log.updateConfig(taken.log());
        }
        TopicSettings now = settings.of(partition.name().topic());
        while (!now.equals(taken)) {
            taken = now;
            log.updateConfig(now.log());
            partition.minInsyncReplicas(now.minInsyncReplicas());
            now = settings.of(partition.name().topic());
        }
    }

    /** The settings of a topic are about to be made known to its partitions. Any thread. */
    void onSettingsChanging() {
        settingsChanges.incrementAndGet();
    }

    private void become(Partition partition, LeaderAndIsrPartitionState state, @Nullable Endpoint leader) {
        boolean led = partition.isLeader();
        if (state.leader == host.brokerId()) {
            fetching.stop(partition);
            partition.becomeLeader(state);
            onLeading.accept(partition);
            listeners.forEach(listener -> listener.onLeader(partition.name(), state.leaderEpoch));
        } else {
            FollowerLog replica = partition.becomeFollower(state);
            if (state.leader >= 0) {
                fetching.follow(replica, state.leader, leader);
            } else {
                fetching.stop(partition);
            }
            if (led) {
                listeners.forEach(listener -> listener.onResigned(partition.name(), state.leaderEpoch));
            }
        }
    }

    private ErrorCode stop(TopicPartition name, int leaderEpoch, boolean delete) {
        boolean epochCounts = leaderEpoch != EPOCH_DURING_DELETE && leaderEpoch != NO_EPOCH;
        Partition partition = partitions.find(name.topic(), name.partition());
        if (partition != null) {
            if (partition.role().kind() == Role.Kind.OFFLINE) {
                return ErrorCode.KAFKA_STORAGE_ERROR;
            }
            if (epochCounts && leaderEpoch < partition.leaderEpoch()) {
                return ErrorCode.FENCED_LEADER_EPOCH;
            }
            remove(partition);
        } else if (epochCounts && leaderEpoch < awaited.leaderEpoch(name)) {
            return ErrorCode.FENCED_LEADER_EPOCH;
        }
        awaited.forget(name);
        if (!delete) {
            complaints.forget(name);
            if (logs.log(name) != null || awaited.isLoading(name)) {
                former.onStopped(name, host.brokerEpoch().getAsLong());
            }
            return ErrorCode.NONE;
        }
        if (awaited.isLoading(name)) {
            // It is not gone before that, and who is told that it is may make another one of the same name.
            LOG.debug("Deletes a partition once its log is recovered partition={}", name);
            awaited.toDelete(name, () -> delete(name));
            return ErrorCode.KAFKA_STORAGE_ERROR;
        }
        return delete(name);
    }

    private ErrorCode delete(TopicPartition name) {
        try {
            logs.delete(name);
            former.onDeleted(name);
            complaints.forget(name);
            return ErrorCode.NONE;
        } catch (StorageException e) {
            complaints.complain("delete", name, e);
            return e.error();
        }
    }

    private void remove(Partition partition) {
        resign(partition, Role.Kind.STOPPED);
        partitions.remove(partition);
    }

    private void resign(Partition partition, Role.Kind kind) {
        boolean led = partition.isLeader();
        fetching.stop(partition);
        partition.resign(kind);
        if (led) {
            listeners.forEach(listener -> listener.onResigned(partition.name(), partition.leaderEpoch()));
        }
    }

    private static LeaderAndIsrPartitionError outcome(TopicPartition name, ErrorCode error) {
        LeaderAndIsrPartitionError outcome = new LeaderAndIsrPartitionError();
        outcome.topicName = name.topic();
        outcome.partitionIndex = name.partition();
        outcome.errorCode = error.code();
        return outcome;
    }

    private StopReplicaPartitionError outcomeOfStop(TopicPartition name, int leaderEpoch, boolean delete) {
        StopReplicaPartitionError outcome = new StopReplicaPartitionError();
        outcome.topicName = name.topic();
        outcome.partitionIndex = name.partition();
        outcome.errorCode = stop(name, leaderEpoch, delete).code();
        return outcome;
    }
}
