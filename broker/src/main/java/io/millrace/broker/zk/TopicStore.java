package io.millrace.broker.zk;

import io.millrace.protocol.Uuid;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which topics there are and where their partitions are kept: {@code /brokers/topics} and {@code /admin/delete_topics}. */
public final class TopicStore {
    private static final Logger LOG = LoggerFactory.getLogger(TopicStore.class);

    private final Znodes znodes;

    public TopicStore(Znodes znodes) {
        this.znodes = znodes;
    }

    /** Names of all topics, in no order. */
    public List<String> topics() {
        return znodes.children(ZkPaths.TOPICS);
    }

    /** Like {@link #topics()}; {@code onChange} is called when one comes or goes. */
    public List<String> topics(Runnable onChange) {
        return znodes.children(ZkPaths.TOPICS, onChange);
    }

    /** The assignment of a topic, or null if there is none of this name. */
    public @Nullable TopicAssignment assignment(String topic) {
        Znode node = znodes.read(ZkPaths.topic(topic));
        return node == null ? null : TopicAssignment.fromJson(topic, node);
    }

    /**
     * The id of a topic, or null if there is none of this name; {@link Uuid#ZERO} if it has none. What was written before,
     * by anybody, is seen.
     */
    public @Nullable Uuid idNow(String topic) {
        znodes.sync(ZkPaths.topic(topic));
        TopicAssignment found = assignment(topic);
        return found == null ? null : found.id();
    }

    /**
     * The assignments of those topics that exist; a node that cannot be understood is passed over with an error in the log.
     *
     * @param onChange gets the path of a topic whose assignment was written or removed
     */
    public Map<String, TopicAssignment> assignments(List<String> topics, Znodes.PathWatch onChange) {
        List<@Nullable Znode> nodes =
                znodes.readAll(topics.stream().map(ZkPaths::topic).toList(), onChange);
        Map<String, TopicAssignment> assignments = new TreeMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Znode node = nodes.get(i);
            if (node != null) {
                try {
                    assignments.put(topics.get(i), TopicAssignment.fromJson(topics.get(i), node));
                } catch (MalformedZnodeException e) {
                    LOG.error("Topic {} is passed over: {}", topics.get(i), e.getMessage());
                }
            }
        }
        return assignments;
    }

    /** The step that makes a topic. */
    public static ZnodeOp create(String topic, TopicAssignment assignment) {
        return new ZnodeOp.Create(ZkPaths.topic(topic), assignment.toJson());
    }

    /** The step that replaces the assignment which was read. */
    public static ZnodeOp replace(String topic, TopicAssignment assignment) {
        return new ZnodeOp.SetData(ZkPaths.topic(topic), assignment.toJson(), assignment.version());
    }

    /** Names of the topics that somebody wants deleted, in no order. */
    public List<String> topicsToDelete(Runnable onChange) {
        return znodes.children(ZkPaths.DELETE_TOPICS, onChange);
    }

    /** The step that asks for a topic to be deleted. */
    public static ZnodeOp requestDeletion(String topic) {
        return new ZnodeOp.Create(ZkPaths.deleteTopic(topic), null);
    }
}
