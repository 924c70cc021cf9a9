package io.millrace.broker.replica;

/** The appends of one request with acks=all, waiting until the high watermark of every partition has passed what was appended. */
public abstract class DelayedAppend extends OffsetWait {

    protected DelayedAppend(Timer timer) {
        super(timer);
    }

    @Override
    final void await(PartitionWaiters waiters, int entry) {
        waiters.awaitHighWatermark(this, entry);
    }
}
