package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The log of the offsets topic in memory, shared by all coordinators of a test, as a replicated one is by all brokers. It
 * knows who leads a partition by its epoch, can hold back outcomes, and fail.
 */
final class MemoryOffsetLog implements OffsetLog {
    private final int partitionCount;
    private final Map<Integer, List<ByteBuffer>> partitions = new HashMap<>();
    private final Map<Integer, Integer> epochs = new HashMap<>();
    private final ArrayDeque<Runnable> heldOutcomes = new ArrayDeque<>();
    private final ArrayDeque<Runnable> heldReplays = new ArrayDeque<>();
    private boolean holdingOutcomes;
    private boolean holdingReplays;
    private ErrorCode nextAppends = ErrorCode.NONE;
    private @Nullable Throwable nextReplay;
    private @Nullable RuntimeException nextAppend;
    private @Nullable RuntimeException everything;
    private int appends;
    private int maxBatchBytes = 1 << 20;

    MemoryOffsetLog(int partitionCount) {
        this.partitionCount = partitionCount;
    }

    /** From now on appends for other epochs than this are refused. */
    void elect(int partition, int leaderEpoch) {
        epochs.put(partition, leaderEpoch);
    }

    /** Lets all appends from now on fail with this, or none if it is NONE; what fails is not in the log. */
    void failAppends(ErrorCode error) {
        nextAppends = error;
    }

    /** From now on larger batches are refused. */
    void limitBatches(int maxBytes) {
        maxBatchBytes = maxBytes;
    }

    /** Lets the next append throw after the log has it and, unless outcomes are held, has told so. */
    void throwAfterNextAppend(RuntimeException failure) {
        nextAppend = failure;
    }

    /** From now on nothing can be looked up any more. */
    void throwAlways(RuntimeException failure) {
        everything = failure;
    }

    void failNextReplay(Throwable failure) {
        nextReplay = failure;
    }

    void holdOutcomes() {
        holdingOutcomes = true;
    }

    /** Tells the outcomes held back so far, the last one first, and holds none from now on. */
    void releaseOutcomesBackwards() {
        holdingOutcomes = false;
        while (!heldOutcomes.isEmpty()) {
            heldOutcomes.removeLast().run();
        }
    }

    void releaseOutcomes() {
        holdingOutcomes = false;
        while (!heldOutcomes.isEmpty()) {
            heldOutcomes.remove().run();
        }
    }

    void holdReplays() {
        holdingReplays = true;
    }

    void releaseReplays() {
        holdingReplays = false;
        while (!heldReplays.isEmpty()) {
            heldReplays.remove().run();
        }
    }

    /** Puts a batch into the log that nobody here wrote. */
    void put(int partition, ByteBuffer batch) {
        partitions.computeIfAbsent(partition, key -> new ArrayList<>()).add(copy(batch));
    }

    /** How many batches have been appended. */
    int appends() {
        return appends;
    }

    List<ByteBuffer> batches(int partition) {
        return partitions.getOrDefault(partition, List.of());
    }

    @Override
    public int partitionCount() {
        if (everything != null) {
            throw everything;
        }
        return partitionCount;
    }

    @Override
    public int maxBatchBytes(int partition) {
        return maxBatchBytes;
    }

    @Override
    public void append(int partition, int leaderEpoch, ByteBuffer batch, AppendListener listener) {
        ErrorCode outcome =
                epochs.getOrDefault(partition, 0) == leaderEpoch ? nextAppends : ErrorCode.NOT_LEADER_OR_FOLLOWER;
        if (outcome == ErrorCode.NONE && batch.remaining() > maxBatchBytes) {
            outcome = ErrorCode.MESSAGE_TOO_LARGE;
        }
        if (outcome == ErrorCode.NONE) {
            if (!BatchHeader.crcIsValid(batch, batch.position())) {
                throw new AssertionError("a batch with a wrong checksum");
            }
            put(partition, batch);
            appends++;
        }
        ErrorCode told = outcome;
        if (holdingOutcomes) {
            heldOutcomes.add(() -> listener.onAppended(told));
        } else {
            listener.onAppended(told);
        }
        RuntimeException failure = nextAppend;
        nextAppend = null;
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void replay(int partition, int leaderEpoch, ReplayReader reader) {
        if (holdingReplays) {
            heldReplays.add(() -> replayNow(partition, reader));
        } else {
            replayNow(partition, reader);
        }
    }

    private void replayNow(int partition, ReplayReader reader) {
        Throwable failure = nextReplay;
        nextReplay = null;
        for (ByteBuffer batch : batches(partition)) {
            reader.onBatches(batch.duplicate());
        }
        reader.onEnd(failure);
    }

    private static ByteBuffer copy(ByteBuffer batch) {
        return ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    }
}
