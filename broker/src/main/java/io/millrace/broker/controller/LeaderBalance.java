package io.millrace.broker.controller;

import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.ElectLeaders.Request.TopicPartitions;
import io.millrace.protocol.message.ElectLeaders.Response.PartitionResult;
import io.millrace.protocol.message.ElectLeaders.Response.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has other replicas lead where somebody asks for it, by ElectLeaders or by a node in ZooKeeper, and where leaders are spread
 * too unevenly: a broker that was away comes back as a follower of everything, and would stay one. Belongs to the
 * controller's thread.
 */
final class LeaderBalance {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderBalance.class);
    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private final ClusterState state;
    private final PartitionElections elections;
    private final FencedWriter writer;
    private final Notices notices;

    LeaderBalance(ClusterState state, PartitionElections elections, FencedWriter writer, Notices notices) {
        this.state = state;
        this.elections = elections;
        this.writer = writer;
        this.notices = notices;
    }

    /** Deals with a request. */
    ElectLeaders.Response elect(ElectLeaders.Request request, ControlBatch batch) {
        ElectLeaders.Response response = new ElectLeaders.Response();
        if (request.electionType != PREFERRED && request.electionType != UNCLEAN) {
            response.errorCode = ErrorCode.INVALID_REQUEST.code();
            return response;
        }
        List<TopicPartitions> asked = request.topicPartitions;
        Map<TopicPartition, ApiError> outcomes =
                elect(asked == null ? state.partitions() : named(asked), request.electionType, batch);
        if (asked == null) {
            outcomes.values().removeIf(outcome -> outcome.code() == ErrorCode.ELECTION_NOT_NEEDED);
        }
        Map<String, ReplicaElectionResult> byTopic = new TreeMap<>();
        outcomes.forEach((partition, outcome) -> {
            PartitionResult result = new PartitionResult();
            result.partitionId = partition.partition();
            result.errorCode = outcome.code().code();
            result.errorMessage = outcome.message();
            byTopic.computeIfAbsent(partition.topic(), LeaderBalance::newResult)
                    .partitionResult
                    .add(result);
        });
        response.replicaElectionResults = List.copyOf(byTopic.values());
        return response;
    }

    private Map<TopicPartition, ApiError> elect(Collection<TopicPartition> partitions, byte type, ControlBatch batch) {
        Map<TopicPartition, ApiError> outcomes = new LinkedHashMap<>();
        Set<TopicPartition> electable = new LinkedHashSet<>();
        for (TopicPartition partition : partitions) {
            PartitionState now = state.state(partition);
            if (state.assignment(partition) == null || now == null) {
                outcomes.put(
                        partition, new ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The partition does not exist."));
            } else if (state.isBeingDeleted(partition.topic())) {
                outcomes.put(partition, new ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, "The topic is being deleted"));
            } else if (type == PREFERRED
                    ? now.leader() == state.replicas(partition).get(0)
                    : state.isStaying(now.leader())) {
                outcomes.put(partition, new ApiError(ErrorCode.ELECTION_NOT_NEEDED, null));
            } else {
                electable.add(partition);
            }
        }
        Set<TopicPartition> elected = type == PREFERRED
                ? elections.electPreferred(electable, batch)
                : elections.electUncleanly(electable, batch);
        for (TopicPartition partition : electable) {
            PartitionState now = state.state(partition);
            boolean succeeded = elected.contains(partition) && now != null && now.leader() != PartitionState.NO_LEADER;
            outcomes.put(partition, succeeded ? ApiError.NONE : failed(partition, type));
        }
        return outcomes;
    }

    private ApiError failed(TopicPartition partition, byte type) {
        return new ApiError(
                type == PREFERRED ? ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                "Failed to elect leader for partition " + partition + ": of its replicas " + state.replicas(partition)
                        + " the brokers "
                        + state.replicas(partition).stream()
                                .filter(state::isStaying)
                                .toList()
                        + " are alive, its state is " + state.state(partition));
    }

    private static List<TopicPartition> named(List<TopicPartitions> asked) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (TopicPartitions topic : asked) {
            for (int partition : topic.partitions) {
                partitions.add(new TopicPartition(topic.topic, partition));
            }
        }
        return partitions;
    }

    private static ReplicaElectionResult newResult(String topic) {
        ReplicaElectionResult result = new ReplicaElectionResult();
        result.topic = topic;
        result.partitionResult = new ArrayList<>();
        return result;
    }

    /**
     * Does what the node in ZooKeeper asks for, and takes it away.
     *
     * @param onChange called when there is another
     */
    void takeNotice(Runnable onChange, ControlBatch batch) {
        Set<TopicPartition> asked = notices.preferredElection(onChange);
        if (asked != null) {
            elect(asked, PREFERRED, batch).forEach((partition, outcome) -> {
                if (outcome.failed() && outcome.code() != ErrorCode.ELECTION_NOT_NEEDED) {
                    LOG.warn("The preferred replica of {} does not lead it: {}", partition, outcome);
                }
            });
            writer.writeEach(List.of(new ZnodeOp.Delete(ZkPaths.PREFERRED_ELECTION, ZnodeOp.ANY_VERSION)));
        }
    }

    /** Has the preferred replicas lead of those brokers that lead too few of the partitions they are preferred for. */
    void rebalance(LeaderRebalanceConfig config, ControlBatch batch) {
        Map<Integer, Integer> preferredFor = new TreeMap<>();
        Map<Integer, List<TopicPartition>> ledByOthers = new TreeMap<>();
        for (TopicPartition partition : state.partitions()) {
            List<Integer> replicas = state.replicas(partition);
            PartitionState now = state.state(partition);
            if (!replicas.isEmpty() && !state.isBeingDeleted(partition.topic())) {
                preferredFor.merge(replicas.get(0), 1, Integer::sum);
                if (now != null && now.leader() != replicas.get(0)) {
                    ledByOthers
                            .computeIfAbsent(replicas.get(0), broker -> new ArrayList<>())
                            .add(partition);
                }
            }
        }
        ledByOthers.forEach((broker, partitions) -> {
            int total = preferredFor.getOrDefault(broker, partitions.size());
            if (partitions.size() * 100L > (long) config.percentagePerBroker() * total && state.isStaying(broker)) {
                int elected = elections.electPreferred(partitions, batch).size();
                LOG.info(
                        "Broker {} led all but {} of the {} partitions it is the preferred leader of; {} were moved to it",
                        broker,
                        partitions.size(),
                        total,
                        elected);
            }
        });
    }
}
