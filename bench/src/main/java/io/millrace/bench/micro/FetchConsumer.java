package io.millrace.bench.micro;

import io.millrace.storage.LogConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

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

    /**
     * Has behind it what comes once for each partition: the first record makes its files, the second maps them, and the first behind
     * so many bytes makes its index. It is measured how all others go; and written in turn, all would come to that at the same time.
     *
     * @param partitions all of them
     */
    default void prepare(int partitions) {
        ByteBuffer batch = Batches.oneRecord();
        ByteBuffer indexed = Batches.uncompressed(LogConfig.DEFAULT.indexIntervalBytes());
        for (ByteBuffer first : List.of(batch, batch, indexed, batch, batch)) {
            for (int i = 0; i < partitions; i++) {
                append(i, first);
            }
            catchUp();
        }
    }

    /** Does what is left to do for the answers; returns how many partitions were answered with records since the last call. */
    int run();

    @Override
    void close() throws IOException;
}
