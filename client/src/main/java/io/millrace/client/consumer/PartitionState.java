package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One assigned partition: how far the application has read, what is fetched ahead, and what the broker said last. Guarded
 * by the lock of {@link OffsetTracker}.
 */
final class PartitionState {
    static final long UNKNOWN = -1;

    final TopicPartition partition;

    /** The next offset to hand out; {@link #UNKNOWN} until it is found. */
    long position = UNKNOWN;
    /** The next offset to fetch. */
    long fetchOffset = UNKNOWN;
    /** Rises whenever what is under way or fetched ahead has lost its meaning. */
    int epoch;
    /** Where to begin if there is no position: a timestamp of ListOffsets, or null for whatever the group has committed. */
    @Nullable
    Long resetTimestamp;

    boolean paused;
    boolean fetching;
    boolean findingPosition;
    /** The position cannot be found as things are, and the application hears of it. */
    boolean refused;

    long notBeforeNs;
    boolean backingOff;

    long highWatermark = UNKNOWN;
    long lastStableOffset = UNKNOWN;

    final ArrayDeque<FetchedChunk> chunks = new ArrayDeque<>();

    PartitionState(TopicPartition partition) {
        this.partition = partition;
    }

    /** Reads on from an offset; what is fetched ahead is dropped. Returns the bytes that were. */
    int moveTo(long offset) {
        position = offset;
        fetchOffset = offset;
        return forgetFetched();
    }

    /** Forgets the position, so that it is looked up again. Returns the bytes dropped. */
    int reset(@Nullable Long timestamp) {
        position = UNKNOWN;
        fetchOffset = UNKNOWN;
        resetTimestamp = timestamp;
        return forgetFetched();
    }

    private int forgetFetched() {
        int bytes = 0;
        for (FetchedChunk chunk : chunks) {
            bytes += chunk.sizeInBytes();
        }
        chunks.clear();
        epoch++;
        findingPosition = false;
        refused = false;
        backingOff = false;
        return bytes;
    }

    boolean needsPosition() {
        return position == UNKNOWN && !findingPosition && !refused;
    }

    /** Whether to ask for more now. */
    boolean wantsFetch(int maxChunks, long nowNs) {
        return position != UNKNOWN
                && !paused
                && !fetching
                && chunks.size() < maxChunks
                && !(backingOff && notBeforeNs - nowNs > 0);
    }

    void backOff(long untilNs) {
        backingOff = true;
        notBeforeNs = untilNs;
    }
}
