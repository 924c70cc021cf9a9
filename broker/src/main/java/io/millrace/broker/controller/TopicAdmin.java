package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigException;
import io.millrace.broker.config.TopicSettings;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import io.millrace.broker.zk.ControllerMovedException;
import io.millrace.broker.zk.MalformedZnodeException;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records wishes about topics in ZooKeeper: what shall exist, grow or go. The controller sees the change there and acts on
 * it, whether it was this broker that wrote it or another. If this broker is the controller its writes are fenced like all
 * of its writes; any other broker may write too, as Kafka's brokers do when they create topics on their own.
 */
public final class TopicAdmin implements TopicCreator {
    private static final Logger LOG = LoggerFactory.getLogger(TopicAdmin.class);

    /** The step that writes the configs of a new topic, among those that make it. */
    private static final int CONFIGS = 0;

    private final ControllerContext context;
    private final ConfigStore configStore;
    private final Turns turns;

    TopicAdmin(ControllerContext context, Turns turns) {
        this.context = context;
        this.configStore = new ConfigStore(context.znodes());
        this.turns = turns;
    }

    @Override
    public CompletableFuture<List<CreatedTopic>> createTopics(List<NewTopic> topics) {
        return createTopics(topics, false);
    }

    /**
     * Creates topics, or only says what would come of it.
     *
     * @param validateOnly whether nothing is to be created
     */
    public CompletableFuture<List<CreatedTopic>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return turns.inTurn("CreateTopics", active -> {
                    List<CreatedTopic> results = new ArrayList<>();
                    int partitions = 0;
                    for (NewTopic topic : topics) {
                        CreatedTopic created = createTopic(topic, validateOnly, partitions, active);
                        partitions += Math.max(0, created.numPartitions());
                        results.add(created);
                    }
                    return results;
                })
                .exceptionally(e -> topics.stream()
                        .map(topic -> CreatedTopic.failed(topic.name(), error("create " + topic.name(), e)))
                        .toList());
    }

    private CreatedTopic createTopic(
            NewTopic topic, boolean validateOnly, int partitionsBefore, @Nullable ActiveController active) {
        try {
            TopicPlanner planner =
                    new TopicPlanner(context.config(), context.registry().brokers());
            TopicAssignment plan = planner.plan(topic, context.topicStore().topics());
            if (partitionsBefore + plan.partitions().size() > TopicPlanner.MAX_PARTITIONS_PER_REQUEST) {
                throw new TopicPlanner.Refusal(
                        ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.");
            }
            if (!validateOnly) {
                record(topic, plan, active);
            }
            return new CreatedTopic(
                    topic.name(), ApiError.NONE, plan.id(), plan.partitions().size(), plan.replicationFactor());
        } catch (TopicPlanner.Refusal e) {
            return CreatedTopic.failed(topic.name(), e.error());
        } catch (ConfigException e) {
            return CreatedTopic.failed(topic.name(), new ApiError(ErrorCode.INVALID_CONFIG, e.getMessage()));
        } catch (ZkException e) {
            if (e.code() == Code.NODEEXISTS) {
                return CreatedTopic.failed(
                        topic.name(),
                        new ApiError(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + topic.name() + "' already exists."));
            }
            throw e;
        }
    }

    private void record(NewTopic topic, TopicAssignment plan, @Nullable ActiveController active) {
        while (true) {
            try {
                // Configs first: whoever sees the topic finds them. A node left over from a former
                // topic is overwritten.
                write(
                        List.of(
                                configStore.put(
                                        ConfigEntity.topic(topic.name()), TopicSettings.normalized(topic.configs())),
                                TopicStore.create(topic.name(), plan)),
                        active);
                break;
            } catch (ZkException e) {
                if (e.failedOp() == CONFIGS && (e.code() == Code.NODEEXISTS || e.code() == Code.NONODE)) {
                    // Somebody has made or removed that node since we looked.
                    continue;
                }
                TopicAssignment found =
                        e.code() == Code.NODEEXISTS ? context.topicStore().assignment(topic.name()) : null;
                // The answer to our own success was lost: nobody else could have drawn this id.
                if (found == null || !found.id().equals(plan.id())) {
                    throw e;
                }
                break;
            }
        }
        LOG.info(
                "Created topic {} partitions={} replicationFactor={}",
                topic.name(),
                plan.partitions().size(),
                plan.replicationFactor());
    }

    /**
     * Adds partitions to a topic.
     *
     * @param count how many it shall have in all
     * @param assignments replicas of each new partition if the asker chose them, else empty
     * @param validateOnly whether nothing is to be changed
     * @return completes when it is recorded; never exceptionally
     */
    public CompletableFuture<ApiError> growTopic(
            String topic, int count, List<List<Integer>> assignments, boolean validateOnly) {
        return turns.inTurn("CreatePartitions", active -> growTopic(topic, count, assignments, validateOnly, active))
                .exceptionally(e -> error("add partitions to " + topic, e));
    }

    private ApiError growTopic(
            String topic,
            int count,
            List<List<Integer>> assignments,
            boolean validateOnly,
            @Nullable ActiveController active) {
        TopicAssignment now;
        try {
            now = context.topicStore().assignment(topic);
        } catch (MalformedZnodeException e) {
            return malformed(e);
        }
        if (now == null) {
            return new ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + topic + "' does not exist.");
        }
        if (active != null && active.state().isBeingDeleted(topic)) {
            return new ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, "The topic is queued for deletion.");
        }
        if (now.partitions().values().stream().anyMatch(assignment -> assignment.isBeingReassigned())) {
            return new ApiError(
                    ErrorCode.REASSIGNMENT_IN_PROGRESS,
                    "A partition reassignment is in progress for the topic '" + topic + "'.");
        }
        try {
            TopicPlanner planner =
                    new TopicPlanner(context.config(), context.registry().brokers());
            TopicAssignment grown = planner.grow(now, count, assignments);
            if (!validateOnly) {
                write(List.of(TopicStore.replace(topic, grown)), active);
                LOG.info("Grew topic {} to {} partitions", topic, count);
            }
            return ApiError.NONE;
        } catch (TopicPlanner.Refusal e) {
            return e.error();
        }
    }

    private static ApiError malformed(MalformedZnodeException e) {
        LOG.error("{}", e.getMessage());
        return new ApiError(ErrorCode.UNKNOWN_SERVER_ERROR, e.getMessage());
    }

    /**
     * Asks for topics to be deleted.
     *
     * @return the outcome for each, by name, when it is recorded; never completes exceptionally
     */
    public CompletableFuture<Map<String, ApiError>> deleteTopics(List<String> topics) {
        return turns.inTurn("DeleteTopics", active -> {
                    Map<String, ApiError> results = new LinkedHashMap<>();
                    for (String topic : topics) {
                        results.put(topic, deleteTopic(topic, active));
                    }
                    return results;
                })
                .exceptionally(e -> {
                    Map<String, ApiError> results = new LinkedHashMap<>();
                    topics.forEach(topic -> results.put(topic, error("delete " + topic, e)));
                    return results;
                });
    }

    private ApiError deleteTopic(String topic, @Nullable ActiveController active) {
        try {
            if (context.topicStore().assignment(topic) == null) {
                return new ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
            }
            write(List.of(TopicStore.requestDeletion(topic)), active);
        } catch (ZkException e) {
            // It is asked for already.
            if (e.code() != Code.NODEEXISTS) {
                throw e;
            }
        } catch (MalformedZnodeException e) {
            return malformed(e);
        }
        return ApiError.NONE;
    }

    private void write(List<ZnodeOp> ops, @Nullable ActiveController active) {
        if (active == null) {
            context.znodes().commit(ops);
        } else {
            active.writer().write(ops);
        }
    }

    private static ApiError error(String doing, Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (cause instanceof ControllerMovedException) {
            return new ApiError(ErrorCode.NOT_CONTROLLER, null);
        } else if (cause instanceof ZkException e && e.outcomeUnknown()) {
            return new ApiError(
                    ErrorCode.REQUEST_TIMED_OUT, "Could not " + doing + " because ZooKeeper does not answer.");
        }
        LOG.error("Could not {}", doing, cause);
        return new ApiError(ErrorCode.UNKNOWN_SERVER_ERROR, "Could not " + doing + ".");
    }
}
