package io.millrace.broker.controller;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrLiveLeader;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicState;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataBroker;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataEndpoint;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * Collects what the brokers have to be told after an event, so that each gets one request of a kind, but for
 * replicas of many new partitions, which are told in parts. LeaderAndIsr goes out before UpdateMetadata, so that a leader knows of its role
 * before clients do; StopReplica last.
 *
 * <p>Requests carry the epoch of the controller and the epoch of the broker they are meant for.
 */
final class ControlBatch {
    /** Stands in place of the leader epoch when a topic is being deleted: it is newer than all. */
    static final int EPOCH_DURING_DELETE = -2;

    private static final byte SOME_PARTITIONS = 1;
    private static final byte EVERYTHING = 2;

    private static final int[] NOBODY = {};

    // Written out: put together from parts it is several times the calls, a dozen times for each new partition.
    private static final Comparator<TopicPartition> BY_TOPIC = (one, other) -> {
        int byTopic = one.topic().compareTo(other.topic());
        return byTopic == 0 ? Integer.compare(one.partition(), other.partition()) : byTopic;
    };

    private final ClusterState state;
    private final int controllerId;
    private final int controllerEpoch;
    private final String interBrokerListener;
    private final Map<Integer, Map<TopicPartition, LeaderAndIsrPartitionState>> leaderAndIsr = new TreeMap<>();
    private final Map<Integer, Map<TopicPartition, StopReplicaPartitionState>> stopReplica = new TreeMap<>();
    private final Map<Integer, Set<TopicPartition>> metadata = new TreeMap<>();
    private final Set<Integer> toldEverything = new TreeSet<>();

    // Thousands of partitions have the same few combinations of replicas, and whoever is told keeps the arrays.
    private final Map<List<Integer>, int[]> arrays = new HashMap<>();

    ControlBatch(ClusterState state, int controllerId, int controllerEpoch, String interBrokerListener) {
        this.state = state;
        this.controllerId = controllerId;
        this.controllerEpoch = controllerEpoch;
        this.interBrokerListener = interBrokerListener;
    }

    /** Tells the replicas of a partition that are alive, and everybody's metadata, of its present state. */
    void announce(TopicPartition partition, boolean isNew) {
        for (int broker : state.replicas(partition)) {
            announceTo(broker, partition, isNew);
        }
        updateMetadata(state.brokerIds(), Set.of(partition));
    }

    /** Tells one replica of a partition of its present state. */
    void announceTo(int broker, TopicPartition partition, boolean isNew) {
        PartitionState known = state.state(partition);
        ReplicaAssignment assignment = state.assignment(partition);
        if (known == null || assignment == null || !state.isAlive(broker)) {
            return;
        }
        LeaderAndIsrPartitionState told = new LeaderAndIsrPartitionState();
        told.topicName = partition.topic();
        told.partitionIndex = partition.partition();
        told.controllerEpoch = known.controllerEpoch();
        told.leader = known.leader();
        told.leaderEpoch = known.leaderEpoch();
        told.isr = ints(known.isr());
        told.partitionEpoch = known.version();
        told.replicas = ints(assignment.replicas());
        told.addingReplicas = ints(assignment.adding());
        told.removingReplicas = ints(assignment.removing());
        told.leaderRecoveryState = (byte) (known.recovering() ? 1 : 0);
        Map<TopicPartition, LeaderAndIsrPartitionState> partitions =
                leaderAndIsr.computeIfAbsent(broker, id -> new TreeMap<>(BY_TOPIC));
        LeaderAndIsrPartitionState before = partitions.put(partition, told);
        // A replica on its way in may be made in any directory, even if one has failed, until it is in sync: an empty
        // one in place of that would lead, or vote, without the records.
        told.isNew = isNew
                || before != null && before.isNew
                || assignment.adding().contains(broker) && !known.isr().contains(broker);
    }

    /** Tells a broker to drop its replica of a partition whose topic is being deleted. */
    void delete(int broker, TopicPartition partition) {
        stop(broker, partition, EPOCH_DURING_DELETE, true);
    }

    /**
     * Tells a broker to have no part in a partition any more; nothing else is said to it about that one.
     *
     * @param leaderEpoch under which that was decided
     * @param delete whether it drops its replica, too
     */
    void stop(int broker, TopicPartition partition, int leaderEpoch, boolean delete) {
        StopReplicaPartitionState told = new StopReplicaPartitionState();
        told.partitionIndex = partition.partition();
        told.leaderEpoch = leaderEpoch;
        told.deletePartition = delete;
        stopReplica.computeIfAbsent(broker, id -> new TreeMap<>(BY_TOPIC)).put(partition, told);
        Map<TopicPartition, LeaderAndIsrPartitionState> former = leaderAndIsr.get(broker);
        if (former != null) {
            former.remove(partition);
        }
    }

    /** Tells a broker who is alive, and the state of all partitions that there are. */
    void updateAllMetadata(int broker, Collection<TopicPartition> partitions) {
        updateMetadata(List.of(broker), partitions);
        toldEverything.add(broker);
    }

    /** Tells brokers who is alive, and the state of these partitions. */
    void updateMetadata(Collection<Integer> brokers, Collection<TopicPartition> partitions) {
        for (int broker : brokers) {
            metadata.computeIfAbsent(broker, id -> new TreeSet<>(BY_TOPIC)).addAll(partitions);
        }
    }

    /**
     * Sends what is in it for replicas so far, so that they make their logs while more of the same event is decided. What clients
     * are told stays in it: they see all partitions of a new topic that have a leader or none, as who puts records by key into
     * some of them must know all.
     */
    void sendLeaders(BrokerChannels channels, ResponseListener listener) {
        leaderAndIsr.forEach((broker, partitions) -> {
            LiveBroker target = state.broker(broker);
            if (target != null && !partitions.isEmpty()) {
                LeaderAndIsr.Request request = leaderAndIsrRequest(target, partitions);
                channels.send(
                        broker,
                        request,
                        response -> listener.onLeaderAndIsr(broker, request, (LeaderAndIsr.Response) response),
                        failure -> listener.onFailure(broker, ApiKey.LEADER_AND_ISR, failure));
            }
        });
        leaderAndIsr.clear();
    }

    /** Sends everything that is in it; it can be filled again then. */
    void send(BrokerChannels channels, ResponseListener listener) {
        sendLeaders(channels, listener);
        metadata.forEach((broker, partitions) -> {
            LiveBroker target = state.broker(broker);
            if (target != null) {
                channels.send(
                        broker,
                        updateMetadataRequest(target, partitions),
                        response -> listener.onUpdateMetadata(broker, (UpdateMetadata.Response) response),
                        failure -> listener.onFailure(broker, ApiKey.UPDATE_METADATA, failure));
            }
        });
        stopReplica.forEach((broker, partitions) -> {
            LiveBroker target = state.broker(broker);
            if (target != null) {
                StopReplica.Request request = stopReplicaRequest(target, partitions);
                channels.send(
                        broker,
                        request,
                        response -> listener.onStopReplica(broker, request, (StopReplica.Response) response),
                        failure -> listener.onFailure(broker, ApiKey.STOP_REPLICA, failure));
            }
        });
        metadata.clear();
        stopReplica.clear();
        toldEverything.clear();
    }

    /** Gets the answers, on the threads of the channels. */
    interface ResponseListener {
        void onLeaderAndIsr(int broker, LeaderAndIsr.Request request, LeaderAndIsr.Response response);

        void onUpdateMetadata(int broker, UpdateMetadata.Response response);

        void onStopReplica(int broker, StopReplica.Request request, StopReplica.Response response);

        /** There is no answer and will be none. */
        void onFailure(int broker, ApiKey request, RuntimeException failure);
    }

    private LeaderAndIsr.Request leaderAndIsrRequest(
            LiveBroker target, Map<TopicPartition, LeaderAndIsrPartitionState> partitions) {
        LeaderAndIsr.Request request = new LeaderAndIsr.Request();
        request.controllerId = controllerId;
        request.controllerEpoch = controllerEpoch;
        request.brokerEpoch = target.epoch();
        Map<String, LeaderAndIsrTopicState> topics = new TreeMap<>();
        Set<Integer> leaders = new TreeSet<>();
        partitions.forEach((partition, told) -> {
            topics.computeIfAbsent(partition.topic(), name -> {
                        LeaderAndIsrTopicState topic = new LeaderAndIsrTopicState();
                        topic.topicName = name;
                        topic.topicId = state.topicId(name);
                        topic.partitionStates = new ArrayList<>();
                        return topic;
                    })
                    .partitionStates
                    .add(told);
            leaders.add(told.leader);
        });
        request.topicStates = List.copyOf(topics.values());
        List<LeaderAndIsrLiveLeader> liveLeaders = new ArrayList<>();
        for (int leader : leaders) {
            LiveBroker broker = state.broker(leader);
            if (broker != null) {
                broker.registration().endpoints().stream()
                        .filter(endpoint -> endpoint.listener().equals(interBrokerListener))
                        .forEach(endpoint -> liveLeaders.add(liveLeader(leader, endpoint)));
            }
        }
        request.liveLeaders = liveLeaders;
        return request;
    }

    private static LeaderAndIsrLiveLeader liveLeader(int id, Endpoint endpoint) {
        LeaderAndIsrLiveLeader leader = new LeaderAndIsrLiveLeader();
        leader.brokerId = id;
        leader.hostName = endpoint.host();
        leader.port = endpoint.port();
        return leader;
    }

    private UpdateMetadata.Request updateMetadataRequest(LiveBroker target, Set<TopicPartition> partitions) {
        UpdateMetadata.Request request = new UpdateMetadata.Request();
        request.controllerId = controllerId;
        request.controllerEpoch = controllerEpoch;
        request.brokerEpoch = target.epoch();
        request.liveBrokers =
                state.brokers().stream().map(ControlBatch::toldBroker).toList();
        request.type = toldEverything.contains(target.id()) ? EVERYTHING : SOME_PARTITIONS;
        Map<String, UpdateMetadataTopicState> topics = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            PartitionState known = state.state(partition);
            if (known != null) {
                topics.computeIfAbsent(partition.topic(), name -> {
                            UpdateMetadataTopicState topic = new UpdateMetadataTopicState();
                            topic.topicName = name;
                            topic.topicId = state.topicId(name);
                            topic.partitionStates = new ArrayList<>();
                            return topic;
                        })
                        .partitionStates
                        .add(toldPartition(partition, known));
            }
        }
        request.topicStates = List.copyOf(topics.values());
        return request;
    }

    private UpdateMetadataPartitionState toldPartition(TopicPartition partition, PartitionState known) {
        boolean deleting = state.isBeingDeleted(partition.topic());
        List<Integer> replicas = state.replicas(partition);
        UpdateMetadataPartitionState told = new UpdateMetadataPartitionState();
        told.topicName = partition.topic();
        told.partitionIndex = partition.partition();
        told.controllerEpoch = known.controllerEpoch();
        told.leader = deleting ? PartitionMetadata.LEADER_DURING_DELETE : known.leader();
        told.leaderEpoch = known.leaderEpoch();
        told.isr = ints(known.isr());
        told.zkVersion = known.version();
        told.replicas = ints(replicas);
        told.offlineReplicas = offline(partition, replicas);
        return told;
    }

    private int[] offline(TopicPartition partition, List<Integer> replicas) {
        IntPredicate canServe = state.canServe(partition);
        for (int replica : replicas) {
            if (!canServe.test(replica)) {
                return replicas.stream()
                        .mapToInt(id -> id)
                        .filter(canServe.negate())
                        .toArray();
            }
        }
        return NOBODY;
    }

    private static UpdateMetadataBroker toldBroker(LiveBroker broker) {
        UpdateMetadataBroker told = new UpdateMetadataBroker();
        told.id = broker.id();
        told.rack = broker.registration().rack();
        told.endpoints = broker.registration().endpoints().stream()
                .map(endpoint -> {
                    UpdateMetadataEndpoint door = new UpdateMetadataEndpoint();
                    door.listener = endpoint.listener();
                    door.host = endpoint.host();
                    door.port = endpoint.port();
                    door.securityProtocol = endpoint.securityProtocol().id();
                    return door;
                })
                .toList();
        return told;
    }

    private StopReplica.Request stopReplicaRequest(
            LiveBroker target, Map<TopicPartition, StopReplicaPartitionState> partitions) {
        StopReplica.Request request = new StopReplica.Request();
        request.controllerId = controllerId;
        request.controllerEpoch = controllerEpoch;
        request.brokerEpoch = target.epoch();
        Map<String, StopReplicaTopicState> topics = new TreeMap<>();
        partitions.forEach((partition, told) -> topics.computeIfAbsent(partition.topic(), name -> {
                    StopReplicaTopicState topic = new StopReplicaTopicState();
                    topic.topicName = name;
                    topic.partitionStates = new ArrayList<>();
                    return topic;
                })
                .partitionStates
                .add(told));
        request.topicStates = List.copyOf(topics.values());
        return request;
    }

    private int[] ints(List<Integer> numbers) {
        return numbers.isEmpty()
                ? NOBODY
                : arrays.computeIfAbsent(
                        numbers, list -> list.stream().mapToInt(id -> id).toArray());
    }
}
