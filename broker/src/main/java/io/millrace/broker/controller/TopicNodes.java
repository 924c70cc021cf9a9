package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.MalformedZnodeException;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes into the {@link ClusterState} what ZooKeeper says of topics: which there are and are to go, and their partitions. What others have
 * written there is looked at first: a topic without an id gets one, and none shrinks. The controller's thread, within one term.
 */
final class TopicNodes {
    private static final Logger LOG = LoggerFactory.getLogger(TopicNodes.class);

    private final ControllerContext context;
    private final ClusterState state;
    private final FencedWriter writer;
    private final TopicDeletion deletion;

    TopicNodes(ControllerContext context, ClusterState state, FencedWriter writer, TopicDeletion deletion) {
        this.context = context;
        this.state = state;
        this.writer = writer;
        this.deletion = deletion;
    }

    /** Takes in all topics, at the beginning of the term. */
    void load() {
        load(context.topicStore().topics(context.watches().topics));
    }

    private void load(List<String> topics) {
        context.topicStore()
                .assignments(topics, context.watches().topicNodes)
                .forEach((topic, assignment) -> state.putTopic(topic, withId(topic, assignment)));
    }

    /**
     * There may be other topics than before.
     *
     * @return the partitions of those that are new
     */
    List<TopicPartition> takeChanges() {
        List<String> now = context.topicStore().topics(context.watches().topics);
        Set<String> gone = new HashSet<>(state.topics());
        now.forEach(gone::remove);
        for (String topic : gone) {
            // Our own deletion has forgotten the topic already; this one was removed behind our back.
            onRemovedByHand(topic);
        }
        List<String> fresh =
                now.stream().filter(topic -> state.topic(topic) == null).toList();
        if (fresh.isEmpty()) {
            return List.of();
        }
        load(fresh);
        List<TopicPartition> partitions = new ArrayList<>();
        fresh.forEach(topic -> partitions.addAll(state.partitions(topic)));
        LOG.info("New topics {} with {} partitions", fresh, partitions.size());
        return partitions;
    }

    private void onRemovedByHand(String topic) {
        LOG.warn("Topic {} was removed from ZooKeeper by hand", topic);
        deletion.forget(topic);
        state.removeTopic(topic);
    }

    /**
     * The node of a topic was written.
     *
     * @return the partitions that are new, of whatever topic
     */
    List<TopicPartition> takeNode(String path) {
        String topic = path.substring(path.lastIndexOf('/') + 1);
        Map<String, TopicAssignment> read =
                context.topicStore().assignments(List.of(topic), context.watches().topicNodes);
        TopicAssignment now = read.get(topic);
        TopicAssignment before = state.topic(topic);
        if (before != null && state.isBeingDeleted(topic)) {
            return seeWhetherRemoved(topic, before);
        }
        if (now == null || before == null) {
            return List.of();
        }
        state.putTopic(topic, withId(topic, grown(topic, before, now)));
        List<TopicPartition> fresh = state.partitions(topic).stream()
                .filter(partition -> !before.partitions().containsKey(partition.partition()))
                .toList();
        if (!fresh.isEmpty()) {
            LOG.info("Topic {} has new partitions {}", topic, fresh);
        }
        return fresh;
    }

    /** A topic that is to go may have been removed by hand, and another one made, before anybody could see that there was none. */
    private List<TopicPartition> seeWhetherRemoved(String topic, TopicAssignment doomed) {
        try {
            TopicAssignment now = context.topicStore().assignment(topic);
            if (now == null || !now.id().equals(Uuid.ZERO) && !now.id().equals(doomed.id())) {
                onRemovedByHand(topic);
                return takeChanges();
            }
        } catch (MalformedZnodeException e) {
            LOG.error("Topic {}, which is being deleted, was written by hand: {}", topic, e.getMessage());
        }
        return List.of();
    }

    /**
     * What a topic has become: there may be more partitions, and never fewer, because the records of the others would be
     * gone; where replicas are is changed by reassignments only.
     */
    private TopicAssignment grown(String topic, TopicAssignment before, TopicAssignment now) {
        SortedMap<Integer, ReplicaAssignment> partitions = new TreeMap<>(now.partitions());
        partitions.putAll(before.partitions());
        TopicAssignment grown = new TopicAssignment(now.id(), partitions, now.version());
        if (now.partitions().keySet().containsAll(before.partitions().keySet())) {
            return grown;
        }
        LOG.error(
                "Somebody has taken partitions out of the node of topic {}, which keeps {}; a topic cannot shrink",
                topic,
                grown.partitions().keySet());
        writer.write(List.of(TopicStore.replace(topic, grown)));
        return new TopicAssignment(grown.id(), grown.partitions(), grown.version() + 1);
    }

    /** Gives an id to a topic that was made, or written, by a version that knows no ids. */
    private TopicAssignment withId(String topic, TopicAssignment assignment) {
        if (!assignment.id().equals(Uuid.ZERO)) {
            return assignment;
        }
        TopicAssignment before = state.topic(topic);
        Uuid id = before == null || before.id().equals(Uuid.ZERO) ? Uuid.random() : before.id();
        writer.write(List.of(
                TopicStore.replace(topic, new TopicAssignment(id, assignment.partitions(), assignment.version()))));
        return new TopicAssignment(id, assignment.partitions(), assignment.version() + 1);
    }

    /** The topics that are to be deleted; none where that is not allowed. */
    List<String> toDelete() {
        List<String> topics = context.topicStore().topicsToDelete(context.watches().topicsToDelete);
        if (!topics.isEmpty() && !context.config().deleteTopicEnable()) {
            LOG.warn("Topics {} are not deleted because delete.topic.enable=false", topics);
            topics.forEach(deletion::cancel);
            return List.of();
        }
        return topics;
    }

    /** Whether all these topics have been taken in. */
    boolean known(List<String> topics) {
        return topics.stream().allMatch(topic -> state.topic(topic) != null);
    }
}
