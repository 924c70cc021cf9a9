package io.millrace.broker.simulation;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is going to happen, in the order of time. One step carries out one event; between events time jumps. An event that
 * waits ({@link #sleep}) lets others happen in the meantime, nested in it, as other threads would.
 */
final class VirtualTime {
    private static final long WALL_CLOCK_START_MS = 1_700_000_000_000L;

    /** How many events may wait, one within the other: a few give all the interleavings, many overflow the stack. */
    private static final int MAX_DEPTH = 8;

    final Random random;
    final Trace trace;
    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private Runnable afterStep = () -> {};
    private long nowUs = TimeUnit.SECONDS.toMicros(1);
    private long eventCount;
    private long steps;
    private int depth;
    private @Nullable SimulatedThread currentThread;
    private @Nullable Throwable failure;

    /** Something that will happen; it can be called off. */
    static final class Event implements Comparable<Event> {
        private final long atUs;
        private final long number;
        private final Runnable action;
        private boolean cancelled;

        private Event(long atUs, long number, Runnable action) {
            this.atUs = atUs;
            this.number = number;
            this.action = action;
        }

        void cancel() {
            cancelled = true;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atUs, other.atUs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    VirtualTime(long seed) {
        this.random = new Random(seed);
        this.trace = new Trace(this);
    }

    /** Is called after each event, the nested ones too. */
    void afterStep(Runnable check) {
        afterStep = check;
    }

    /** How many events there were. */
    long steps() {
        return steps;
    }

    long nowUs() {
        return nowUs;
    }

    long nowMs() {
        return TimeUnit.MICROSECONDS.toMillis(nowUs);
    }

    /** The wall clock of all brokers. */
    Clock wallClock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(millis());
            }

            @Override
            public long millis() {
                return WALL_CLOCK_START_MS + nowMs();
            }
        };
    }

    Event afterUs(long delayUs, Runnable action) {
        Event event = new Event(nowUs + Math.max(0, delayUs), eventCount++, action);
        queue.add(event);
        return event;
    }

    Event afterMs(long delayMs, Runnable action) {
        return afterUs(TimeUnit.MILLISECONDS.toMicros(delayMs), action);
    }

    /** A number from {@code least} to {@code most}, more often a small one. */
    long mostlySmall(long least, long most) {
        double part = random.nextDouble();
        return least + (long) ((most - least) * part * part * part);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /**
     * Lets time pass until then.
     *
     * @throws AssertionError if anything went wrong that no part of a broker may get over
     */
    void runUntilMs(long atMs) {
        run(TimeUnit.MILLISECONDS.toMicros(atMs));
        rethrow();
    }

    /** The present event goes on after this long; others happen until then. Nothing passes if too many wait already. */
    void sleep(long delayUs) {
        if (depth < MAX_DEPTH && delayUs > 0) {
            depth++;
            SimulatedThread waiting = enter(null);
            try {
                run(nowUs + delayUs);
            } finally {
                enter(waiting);
                depth--;
            }
        }
    }

    /** The thread whose task runs now, or null for what is no part of a broker. */
    @Nullable
    SimulatedThread currentThread() {
        return currentThread;
    }

    /** Makes this the running thread, and returns the one that was. */
    @Nullable
    SimulatedThread enter(@Nullable SimulatedThread thread) {
        SimulatedThread before = currentThread;
        currentThread = thread;
        return before;
    }

    private void run(long untilUs) {
        while (failure == null) {
            Event next = queue.peek();
            if (next == null || next.atUs > untilUs) {
                nowUs = Math.max(nowUs, untilUs);
                return;
            }
            queue.remove();
            nowUs = Math.max(nowUs, next.atUs);
            if (!next.cancelled) {
                carryOut(next);
            }
        }
    }

    private void carryOut(Event event) {
        steps++;
        try {
            event.action.run();
            afterStep.run();
        } catch (Life.Ended e) {
            // Whoever was waiting there is dead.
            trace.note("a thread of a dead broker ends");
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Ends the simulation with this, even if it is noticed where errors are caught. */
    void fail(Throwable problem) {
        if (failure == null) {
            failure = problem;
        }
    }

    private void rethrow() {
        if (failure != null) {
            throw new AssertionError(failure.getMessage(), failure);
        }
    }
}
