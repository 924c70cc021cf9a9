package io.millrace.client.consumer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The assigned partitions with their positions and the chunks fetched ahead: what the application's thread and the event
 * loop share, under one lock that is never held for long. The application waits here for something to happen.
 */
public final class OffsetTracker {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<TopicPartition, PartitionState> partitions = new LinkedHashMap<>();
    private final ArrayDeque<ClientException> errors = new ArrayDeque<>();
    private long bufferedBytes;
    private long events;
    private int nextPartition;

    /** Makes these partitions the assigned ones; those that were already keep their state. */
    public void assign(Collection<TopicPartition> assigned) {
        lock.lock();
        try {
            for (TopicPartition gone : new ArrayList<>(partitions.keySet())) {
                if (!assigned.contains(gone)) {
                    PartitionState state = partitions.remove(gone);
                    if (state != null) {
                        bufferedBytes -= state.reset(null);
                    }
                }
            }
            for (TopicPartition partition : assigned) {
                partitions.computeIfAbsent(partition, PartitionState::new);
            }
            nextPartition = 0;
        } finally {
            lock.unlock();
        }
    }

    public Set<TopicPartition> assigned() {
        lock.lock();
        try {
            return new HashSet<>(partitions.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Reads on from an offset. Returns false if the partition is not assigned. */
    public boolean seek(TopicPartition partition, long offset) {
        return update(partition, state -> bufferedBytes -= state.moveTo(offset));
    }

    /** Reads on from where a timestamp of ListOffsets points; null for what the group has committed. */
    public boolean reset(TopicPartition partition, @Nullable Long timestamp) {
        return update(partition, state -> bufferedBytes -= state.reset(timestamp));
    }

    public boolean pause(TopicPartition partition, boolean paused) {
        return update(partition, state -> state.paused = paused);
    }

    public Set<TopicPartition> paused() {
        lock.lock();
        try {
            Set<TopicPartition> paused = new HashSet<>();
            partitions.forEach((partition, state) -> {
                if (state.paused) {
                    paused.add(partition);
                }
            });
            return paused;
        } finally {
            lock.unlock();
        }
    }

    /** The next offset to be handed out, or null if it is not known (yet) or the partition is not assigned. */
    public @Nullable Long position(TopicPartition partition) {
        return look(partition, state -> state.position == PartitionState.UNKNOWN ? null : state.position);
    }

    /** The positions that are known. */
    public Map<TopicPartition, Long> positions() {
        lock.lock();
        try {
            Map<TopicPartition, Long> positions = new LinkedHashMap<>();
            partitions.forEach((partition, state) -> {
                if (state.position != PartitionState.UNKNOWN) {
                    positions.put(partition, state.position);
                }
            });
            return positions;
        } finally {
            lock.unlock();
        }
    }

    /** How many offsets lie between the position and the end as the last answer told it, or null if it is not known. */
    public @Nullable Long lag(TopicPartition partition, boolean readCommitted) {
        return look(partition, state -> {
            long end = readCommitted ? state.lastStableOffset : state.highWatermark;
            boolean known = end != PartitionState.UNKNOWN && state.position != PartitionState.UNKNOWN;
            return known ? Math.max(0, end - state.position) : null;
        });
    }

    /** Bytes fetched ahead. */
    public long bufferedBytes() {
        lock.lock();
        try {
            return bufferedBytes;
        } finally {
            lock.unlock();
        }
    }

    /** A number that rises with everything that may end a wait; read it, look around, then {@link #await}. */
    public long events() {
        lock.lock();
        try {
            return events;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something has happened since {@code seen}. Returns false if time ran out first. */
    public boolean await(long seen, long deadlineNs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events == seen) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    return false;
                }
                changed.awaitNanos(Math.min(leftNs, TimeUnit.HOURS.toNanos(1)));
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends waits. */
    public void signal() {
        lock.lock();
        try {
            signalLocked();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps an error for the application's next {@code poll}. One that waits already is not kept twice: what fails is tried again
     * and again, whether the application polls or not.
     */
    public void raise(ClientException error) {
        lock.lock();
        try {
            for (ClientException waiting : errors) {
                if (waiting.error() == error.error() && Objects.equals(waiting.getMessage(), error.getMessage())) {
                    return;
                }
            }
            errors.add(error);
            signalLocked();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Nobody looks for these positions any more until {@link #retryRefused}, and the reason is kept for the next {@code poll},
     * if one of the partitions has not begun anew since.
     *
     * @param asked the partitions, each with its epoch when its position was asked for
     */
    void refuse(Map<TopicPartition, Integer> asked, ClientException reason) {
        lock.lock();
        try {
            boolean current = false;
            for (Map.Entry<TopicPartition, Integer> entry : asked.entrySet()) {
                PartitionState state = partitions.get(entry.getKey());
                if (state != null && state.epoch == entry.getValue()) {
                    state.findingPosition = false;
                    state.refused = true;
                    current = true;
                }
            }
            if (current) {
                raise(reason);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets positions be looked for that were refused, if the application has taken every error. */
    void retryRefused() {
        lock.lock();
        try {
            if (errors.isEmpty()) {
                partitions.values().forEach(state -> state.refused = false);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The oldest error not yet taken, or null. */
    public @Nullable ClientException takeError() {
        lock.lock();
        try {
            return errors.poll();
        } finally {
            lock.unlock();
        }
    }

    /** A chunk to hand out next, taking partitions in turn; null if nothing is fetched ahead. */
    @Nullable
    Held takeChunk() {
        lock.lock();
        try {
            List<PartitionState> states = new ArrayList<>(partitions.values());
            for (int i = 0; i < states.size(); i++) {
                PartitionState state = states.get((nextPartition + i) % states.size());
                if (!state.paused && !state.chunks.isEmpty()) {
                    nextPartition = (nextPartition + i + 1) % states.size();
                    FetchedChunk chunk = state.chunks.removeFirst();
                    bufferedBytes -= chunk.sizeInBytes();
                    return new Held(state.partition, state.epoch, state.position, chunk);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A chunk in the hands of the application's thread.
     *
     * @param epoch of the partition's state when it was taken
     * @param position where the application stood
     */
    record Held(TopicPartition partition, int epoch, long position, FetchedChunk chunk) {}

    /** Whether what was taken is still worth reading, and may be read. */
    boolean isCurrent(Held held) {
        return Boolean.TRUE.equals(look(held.partition(), state -> state.epoch == held.epoch() && !state.paused));
    }

    /** Whether what was taken is still worth keeping. */
    boolean isValid(Held held) {
        return Boolean.TRUE.equals(look(held.partition(), state -> state.epoch == held.epoch()));
    }

    /** Moves the position after records were handed out, unless it was moved otherwise meanwhile. */
    void advance(Held held, long position) {
        update(held.partition(), state -> {
            if (state.epoch == held.epoch()) {
                state.position = position;
            }
        });
    }

    /** Does something with every partition; for the event loop. */
    void forEach(Consumer<PartitionState> action) {
        lock.lock();
        try {
            partitions.values().forEach(action);
        } finally {
            lock.unlock();
        }
    }

    /** Does something with a partition if it is assigned and has not begun anew since {@code epoch}; ends waits. */
    void ifCurrent(TopicPartition partition, int epoch, Consumer<PartitionState> action) {
        lock.lock();
        try {
            PartitionState state = partitions.get(partition);
            if (state != null && state.epoch == epoch) {
                action.accept(state);
                signalLocked();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The fetch that covered this partition has ended, whatever became of it. */
    void fetchEnded(PartitionState fetched) {
        lock.lock();
        try {
            fetched.fetching = false;
        } finally {
            lock.unlock();
        }
    }

    /** Adds what was fetched; only within {@link #ifCurrent}. */
    void addChunk(PartitionState state, FetchedChunk chunk) {
        state.chunks.addLast(chunk);
        state.fetchOffset = chunk.nextOffset();
        bufferedBytes += chunk.sizeInBytes();
    }

    private boolean update(TopicPartition partition, Consumer<PartitionState> action) {
        lock.lock();
        try {
            PartitionState state = partitions.get(partition);
            if (state == null) {
                return false;
            }
            action.accept(state);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private <T> @Nullable T look(TopicPartition partition, Function<PartitionState, @Nullable T> question) {
        lock.lock();
        try {
            PartitionState state = partitions.get(partition);
            return state == null ? null : question.apply(state);
        } finally {
            lock.unlock();
        }
    }

    private void signalLocked() {
        events++;
        changed.signalAll();
    }
}
