package io.millrace.broker.replica;

/** The deletions of one DeleteRecords request, waiting until every live replica has moved the start of its log that far. */
public abstract class DelayedDeletion extends OffsetWait {

    protected DelayedDeletion(Timer timer) {
        super(timer);
    }

    @Override
    final void await(PartitionWaiters waiters, int entry) {
        waiters.awaitLowWatermark(this, entry);
    }
}
