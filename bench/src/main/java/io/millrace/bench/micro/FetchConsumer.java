package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A consumer with an incremental session over all partitions of one topic, and the broker it fetches from, in one process and without a
 * network between them. One thread.
 */
interface FetchConsumer extends AutoCloseable {
    /** Appends a batch to a partition, and completes the fetches that waited for it. */
    void append(int partition, ByteBuffer batch);

    /**
     * The next request of the session.
     *
     * @param partition whose position is told anew, or -1 for none
     * @param parks whether it waits if there is nothing; else it is answered at once
     */
    void request(int partition, boolean parks);

    /** Fetches what there is, and tells the session that all of it has come. */
    void catchUp();

    /** Does what is left to do for the answers; returns how many partitions were answered with records since the last call. */
    int run();

    @Override
    void close() throws IOException;
}
