package io.millrace.broker.simulation;

import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.Znode;
import io.millrace.protocol.Uuid;
import java.util.List;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who has a topic deleted, and makes another one of the same name as soon as that is free, or a little later; again and
 * again, by the nodes in ZooKeeper, as any broker may.
 */
final class Deletions {
    private static final long LONGEST_LIFE_MS = 4_000;
    private static final long LONGEST_PAUSE_MS = 1_000;

    private final VirtualTime time;
    private final MemoryZooKeeper zooKeeper;
    private final MemoryZnodes znodes;
    private final String topic;
    private final Supplier<TopicAssignment> newTopic;
    private final Listener listener;
    private boolean over;
    private @Nullable Uuid present;
    private boolean doomed;

    /** Hears what becomes of the topics. */
    interface Listener {
        /** A topic is about to be made. */
        void onCreate(TopicAssignment made);

        /** It is to be deleted. */
        void onDoomed(Uuid id);

        /** It is gone, and its name is free. */
        void onGone(Uuid id);
    }

    /** @param newTopic chooses an id, and replicas */
    Deletions(
            VirtualTime time,
            MemoryZooKeeper zooKeeper,
            String topic,
            Supplier<TopicAssignment> newTopic,
            Listener listener) {
        this.time = time;
        this.zooKeeper = zooKeeper;
        this.znodes = new MemoryZnodes(zooKeeper);
        this.topic = topic;
        this.newTopic = newTopic;
        this.listener = listener;
        zooKeeper.addListener(this::onTransaction);
    }

    /** Goes on until then; what is being deleted at that time still has to go. */
    void plan(long untilMs) {
        time.afterMs(untilMs - time.nowMs(), () -> over = true);
        create();
    }

    private void create() {
        if (over) {
            return;
        }
        TopicAssignment made = newTopic.get();
        listener.onCreate(made);
        znodes.commit(List.of(TopicStore.create(topic, made)));
        time.trace.note("topic " + topic + " is made with id " + made.id());
        present = made.id();
        doomed = false;
        time.afterMs(time.mostlySmall(1, LONGEST_LIFE_MS), this::delete);
    }

    private void delete() {
        Uuid id = present;
        if (over || id == null) {
            return;
        }
        doomed = true;
        listener.onDoomed(id);
        time.trace.note("topic " + topic + " with id " + id + " is to be deleted");
        try {
            znodes.commit(List.of(TopicStore.requestDeletion(topic)));
        } catch (ZkException e) {
            if (e.code() != Code.NODEEXISTS) {
                throw e;
            }
        }
    }

    private void onTransaction() {
        Uuid id = present;
        if (id != null && zooKeeper.look(ZkPaths.topic(topic)) == null) {
            time.trace.note("topic " + topic + " with id " + id + " is gone");
            present = null;
            if (!doomed) {
                throw new AssertionError("topic " + topic + " with id " + id + " is gone, and nobody wanted that");
            }
            listener.onGone(id);
            time.afterUs(time.random.nextBoolean() ? 0 : time.mostlySmall(0, LONGEST_PAUSE_MS * 1_000), this::create);
        }
    }

    /** Why not all is as it is wanted, or null if it is. */
    @Nullable
    String unrest() {
        Uuid id = present;
        if (id != null && doomed) {
            Znode request = zooKeeper.look(ZkPaths.deleteTopic(topic));
            return "topic " + topic + " with id " + id + " is not deleted, "
                    + (request == null ? "and nobody is asked to any more" : "which was asked for");
        }
        return null;
    }
}
