package io.millrace.bench.micro;

import io.millrace.broker.replica.DelayedFetch;
import io.millrace.broker.replica.FetchParams;
import io.millrace.broker.replica.FetchSession;
import io.millrace.broker.replica.FetchedPartition;
import io.millrace.protocol.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** A consumer with an incremental session over all partitions of one topic, without a network: its event loop is the caller. */
final class MillraceFetch implements DelayedFetch.Answer, AutoCloseable {
    private static final int MAX_BYTES = 50 << 20;
    private static final int PARTITION_BYTES = 1 << 20;
    private static final int MAX_WAIT_MS = 60_000;

    private final MillraceReplicas broker;
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final FetchParams waiting = params(MAX_WAIT_MS);
    private final FetchParams atOnce = params(0);
    private int sessionId;
    private int epoch;
    private int answered;
    private long[] positions;

    /** Opens the session: one full fetch. */
    MillraceFetch(int partitions) throws IOException {
        broker = new MillraceReplicas(partitions);
        positions = new long[partitions];
        FetchSession session = broker.replicas().sessions().hold(0, 0, true, false, false);
        for (int i = 0; i < partitions; i++) {
            session.want(MillraceReplicas.TOPIC_ID, null, i, -1, 0, -1, -1, PARTITION_BYTES);
        }
        broker.replicas().sessions().recount(session);
        new DelayedFetch(broker.replicas(), loop::add, atOnce, session, false, this).start();
        sessionId = session.id();
    }

    void append(int partition, ByteBuffer batch) {
        broker.append(partition, batch);
    }

    /** The next request of the session, which names one partition at most; answered at once, or parked. */
    void request(int partition, boolean parks) {
        epoch++;
        FetchSession session = broker.replicas().sessions().hold(sessionId, epoch, true, partition < 0, false);
        if (partition >= 0) {
            session.want(MillraceReplicas.TOPIC_ID, null, partition, -1, positions[partition], -1, -1, PARTITION_BYTES);
        }
        new DelayedFetch(broker.replicas(), loop::add, parks ? waiting : atOnce, session, true, this).start();
    }

    /** Fetches what there is, and tells the session that all of it has come. */
    void catchUp() {
        request(-1, false);
        run();
        epoch++;
        FetchSession session = broker.replicas().sessions().hold(sessionId, epoch, true, false, false);
        for (int i = 0; i < positions.length; i++) {
            session.want(MillraceReplicas.TOPIC_ID, null, i, -1, positions[i], -1, -1, PARTITION_BYTES);
        }
        new DelayedFetch(broker.replicas(), loop::add, atOnce, session, true, this).start();
        int left = run();
        if (left > 0) {
            throw new IllegalStateException(left + " partitions were answered that had nothing more");
        }
    }

    /** Runs what has been handed to the event loop; returns how many partitions were answered since the last call. */
    int run() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
        int count = answered;
        answered = 0;
        return count;
    }

    @Override
    public void onFetched(DelayedFetch fetch) {
        for (FetchedPartition partition : fetch.partitions()) {
            if (partition.error() != ErrorCode.NONE) {
                throw new IllegalStateException(
                        "Partition " + partition.partition() + " was answered with " + partition.error());
            }
            if (partition.slice().length() > 0) {
                positions[partition.partition()] = partition.highWatermark();
                answered++;
            }
        }
    }

    @Override
    public void onFailed(RuntimeException cause) {
        throw cause;
    }

    private static FetchParams params(int maxWaitMs) {
        return new FetchParams(-1, -1, maxWaitMs, 1, MAX_BYTES, false, false, "", "PLAINTEXT", false, false);
    }

    @Override
    public void close() throws IOException {
        broker.close();
    }
}
