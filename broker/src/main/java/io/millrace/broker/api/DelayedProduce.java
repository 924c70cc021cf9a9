package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.DelayedAppend;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.Timer;
import io.millrace.protocol.ErrorCode;

/** A Produce request with acks=all that waits for its replicas. It keeps the frame, which the answer is written from. */
final class DelayedProduce extends DelayedAppend implements Runnable {
    private final RequestContext context;
    private final MetadataCache metadata;
    private final ProduceResult result;

    /** @param result belongs to this request now */
    DelayedProduce(Timer timer, RequestContext context, MetadataCache metadata, ProduceResult result) {
        super(timer);
        this.context = context;
        this.metadata = metadata;
        this.result = result;
    }

    /** Waits for all partitions that were appended to. */
    void begin(int timeoutMs) {
        for (int i = 0; i < result.count(); i++) {
            Partition partition = result.partition(i);
            if (partition != null) {
                add(partition, result.endOffset(i), i);
            }
        }
        start(timeoutMs);
    }

    @Override
    protected void onOutcome(int slot, ErrorCode error) {
        result.failLater(slot, error);
    }

    /** The answer is written on the event loop of the connection, in a turn of its own: this one may be in mid-request. */
    @Override
    protected void onComplete() {
        context.executor().execute(this);
    }

    @Override
    public void run() {
        ProduceScratch scratch = ProduceScratch.ofThisThread();
        scratch.request().wrap(context.body(), context.apiVersion());
        scratch.respond(context, metadata, result);
    }
}
