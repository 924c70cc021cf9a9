package io.millrace.broker.group;

import java.util.ArrayDeque;

/** The group thread on virtual time: the test's own thread runs the tasks, and lets time pass when it likes. */
final class VirtualLoop implements GroupLoop {
    private static final long WALL_CLOCK_START = 1_700_000_000_000L;
    private static final int MANY_TASKS = 1_000_000;

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Deadlines deadlines = new Deadlines();
    private long nowMs = 1_000;

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public long nowMs() {
        return nowMs;
    }

    @Override
    public long wallClockMs() {
        return WALL_CLOCK_START + nowMs;
    }

    @Override
    public Deadline deadline(Runnable onExpiry) {
        return deadlines.create(onExpiry);
    }

    /** Runs what is there to run without time passing. */
    void run() {
        for (int i = 0; !tasks.isEmpty(); i++) {
            if (i == MANY_TASKS) {
                throw new AssertionError("the tasks never end");
            }
            tasks.remove().run();
        }
    }

    /** Lets time pass, deadline by deadline. */
    void advance(long ms) {
        long end = nowMs + ms;
        run();
        while (deadlines.nextMs() <= end) {
            nowMs = Math.max(nowMs, deadlines.nextMs());
            deadlines.expire(nowMs);
            run();
        }
        nowMs = end;
    }

    /** Whether nothing will ever happen by itself. */
    boolean isIdle() {
        return tasks.isEmpty() && deadlines.nextMs() == Deadline.NEVER;
    }
}
