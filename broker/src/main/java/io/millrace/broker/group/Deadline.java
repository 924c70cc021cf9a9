package io.millrace.broker.group;

/**
 * A moment at which something is to happen on the {@link GroupLoop}, unless it is moved or cancelled before. Only the
 * loop's own thread touches it.
 *
 * <p>Moving it to a later time, which every heartbeat does, costs one store: the {@link Deadlines} find out when the
 * earlier time comes.
 */
public final class Deadline {
    /** Stands for no time at all. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int NOT_QUEUED = -1;

    private final Deadlines queue;
    private final Runnable onExpiry;
    private long atMs = NEVER;

    /** Where it stands in the heap, and the time by which it stands there: {@link #atMs} or earlier. */
    int heapIndex = NOT_QUEUED;

    long queuedAtMs = NEVER;

    Deadline(Deadlines queue, Runnable onExpiry) {
        this.queue = queue;
        this.onExpiry = onExpiry;
    }

    /**
     * Sets or moves it.
     *
     * @param timeMs on the clock of {@link GroupLoop#nowMs}; {@link #NEVER} cancels
     */
    public void set(long timeMs) {
        if (timeMs == NEVER) {
            cancel();
            return;
        }
        atMs = timeMs;
        if (heapIndex == NOT_QUEUED) {
            queue.add(this);
        } else if (timeMs < queuedAtMs) {
            queue.moveForward(this);
        }
    }

    /** Takes it back; nothing happens any more. */
    public void cancel() {
        atMs = NEVER;
        if (heapIndex != NOT_QUEUED) {
            queue.remove(this);
        }
    }

    /** When it is due, or {@link #NEVER}. */
    public long atMs() {
        return atMs;
    }

    void dequeued() {
        heapIndex = NOT_QUEUED;
    }

    void expire() {
        atMs = NEVER;
        onExpiry.run();
    }
}
