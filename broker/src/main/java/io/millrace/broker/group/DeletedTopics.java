package io.millrace.broker.group;

import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.protocol.Uuid;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Tells the coordinator which topics are gone: those that the last snapshot of the cluster had and the next has not, or has
 * under another id, since a topic that was created anew under an old name has other records at the offsets committed before.
 * Called on the threads that bring the news, which may be overtaken by newer ones: those have it all, and what is older is
 * passed over, since a topic created in between would seem to be gone.
 */
public final class DeletedTopics implements Consumer<ClusterSnapshot> {
    private final GroupCoordinator coordinator;
    private ClusterSnapshot last;

    public DeletedTopics(GroupCoordinator coordinator, ClusterSnapshot present) {
        this.coordinator = coordinator;
        this.last = present;
    }

    @Override
    public synchronized void accept(ClusterSnapshot next) {
        if (next.number() <= last.number()) {
            return;
        }
        Set<String> gone = new HashSet<>();
        for (TopicMetadata topic : last.topics()) {
            TopicMetadata after = next.topic(topic.name());
            if (after == null || isAnother(topic.id(), after.id())) {
                gone.add(topic.name());
            }
        }
        last = next;
        if (!gone.isEmpty()) {
            coordinator.onTopicsDeleted(gone::contains);
        }
    }

    /** A topic from before topics had ids is the same when a controller that knows ids gives it one. */
    private static boolean isAnother(Uuid before, Uuid after) {
        return !before.equals(after) && !before.equals(Uuid.ZERO) && !after.equals(Uuid.ZERO);
    }
}
