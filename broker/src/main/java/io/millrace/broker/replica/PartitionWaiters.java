package io.millrace.broker.replica;

import io.millrace.broker.replica.OffsetWaiters.Waiter;
import io.millrace.protocol.ErrorCode;
import java.util.List;

/**
 * The requests whose answer depends on how far the replicas of a partition are: appends on the high watermark,
 * deletions on the low one. What they are answered is decided by what is so at that moment. Any thread, which must not
 * hold the partition's lock.
 */
final class PartitionWaiters {
    private final Partition partition;
    private final OffsetWaiters appends = new OffsetWaiters();
    private final OffsetWaiters deletions = new OffsetWaiters();

    PartitionWaiters(Partition partition) {
        this.partition = partition;
    }

    /** Decides on an append now, or once the high watermark has come that far. */
    void awaitHighWatermark(OffsetWait append, int entry) {
        Waiter waiter = new Waiter(append, entry, append.requiredOffset(entry));
        if (partition.log().highWatermark() >= waiter.requiredOffset() || !partition.isLeader()) {
            decideAppend(waiter);
            return;
        }
        appends.add(waiter);
        // Both may have changed before the waiter could be seen.
        completeAppends(partition.isLeader() ? partition.log().highWatermark() : Long.MAX_VALUE);
    }

    /** Decides on a deletion now, or once the low watermark has come that far. */
    void awaitLowWatermark(OffsetWait deletion, int entry) {
        deletions.add(new Waiter(deletion, entry, deletion.requiredOffset(entry)));
        completeDeletions();
    }

    /** The high watermark is there now. */
    void completeAppends(long highWatermark) {
        List<Waiter> ready = appends.takeUpTo(highWatermark);
        for (int i = 0; i < ready.size(); i++) {
            decideAppend(ready.get(i));
        }
    }

    /** The low watermark may have moved, or it is not for this broker to say any more. */
    void completeDeletions() {
        if (deletions.isEmpty()) {
            return;
        }
        for (Waiter waiter : deletions.takeUpTo(partition.isLeader() ? partition.lowWatermark() : Long.MAX_VALUE)) {
            decide(waiter, refusal(partition.role()));
        }
    }

    /** This broker does not lead any more. */
    void refuseAll(ErrorCode error) {
        for (Waiter waiter : appends.takeAll()) {
            decide(waiter, error);
        }
        for (Waiter waiter : deletions.takeAll()) {
            decide(waiter, error);
        }
    }

    /** A request waits no longer. */
    void forget(OffsetWait request) {
        appends.remove(request);
        deletions.remove(request);
    }

    /** The batch is stored by all that count; whether these are enough is looked at again now. */
    private void decideAppend(Waiter waiter) {
        Role now = partition.role();
        ErrorCode refusal = refusal(now);
        decide(
                waiter,
                refusal == ErrorCode.NONE && !partition.hasEnoughInSync(now)
                        ? ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
                        : refusal);
    }

    private static ErrorCode refusal(Role now) {
        if (now.isLeader()) {
            return ErrorCode.NONE;
        }
        return now.kind() == Role.Kind.OFFLINE ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    private static void decide(Waiter waiter, ErrorCode outcome) {
        waiter.request().decide(waiter.entry(), outcome);
    }
}
