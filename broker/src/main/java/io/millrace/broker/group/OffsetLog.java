package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The log of {@code __consumer_offsets} as the coordinator needs it: an append that answers once the replicas have it, and
 * a reading of one partition from its start. The coordinator is told by its owner, through
 * {@link GroupCoordinator#onElected} and {@link GroupCoordinator#onResigned}, which partitions it may use.
 *
 * <p>Appends come from the group thread alone. Nothing here may make it wait.
 */
public interface OffsetLog {

    /** How many partitions the topic has, always the same; 0 as long as nothing is known of it. Any thread. */
    int partitionCount();

    /** The largest batch that the partition takes now, as its topic is configured, header included. Any thread. */
    int maxBatchBytes(int partition);

    /**
     * Appends a batch; the outcome is told when all replicas in sync have it.
     *
     * @param leaderEpoch of the leadership in which the caller decided on it; an append for another is refused
     *     with NOT_LEADER_OR_FOLLOWER
     * @param batch one batch of format 2; the log has it copied when this returns
     */
    void append(int partition, int leaderEpoch, ByteBuffer batch, AppendListener listener);

    /** Begins to read a partition from its start to the end it has now. {@code reader} is called on any one thread. */
    void replay(int partition, int leaderEpoch, ReplayReader reader);

    /** Learns the outcome of an append: called once, on any thread, perhaps before {@link #append} returns. */
    @FunctionalInterface
    interface AppendListener {
        /**
         * @param error NONE once it is safe; REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND leave open whether it
         *     will be
         */
        void onAppended(ErrorCode error);
    }

    /** Takes in a partition while it is read. */
    interface ReplayReader {
        /** Whole batches, in the order of the log; the buffer is theirs only during the call. */
        void onBatches(ByteBuffer batches);

        /** The end, called once as the last: {@code failure}, perhaps an Error, says why not everything was read, null if it was. */
        void onEnd(@Nullable Throwable failure);
    }
}
