package io.millrace.broker.simulation;

import io.millrace.broker.loop.Loop;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A thread of a simulated broker: its tasks run in their order, a little later each, while those of other threads run in
 * between. While a task sleeps the thread is busy; while its process is stopped nothing runs.
 */
final class SimulatedThread implements Loop {
    /** Between handing a task in and its start, in microseconds. */
    private static final long LONGEST_HAND_OVER_US = 500;

    private final VirtualTime time;
    private final Life life;
    private final String name;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean busy;
    private boolean ended;

    /** Turns that came while the thread could not run. */
    private int missedTurns;

    SimulatedThread(VirtualTime time, Life life, String name) {
        this.time = time;
        this.life = life;
        this.name = name;
        life.add(this);
    }

    String name() {
        return life.name() + "/" + name;
    }

    @Override
    public boolean post(String taskName, Runnable task) {
        if (ended || life.hasEnded()) {
            return false;
        }
        tasks.add(task);
        time.afterUs(time.mostlySmall(0, LONGEST_HAND_OVER_US), this::turn);
        return true;
    }

    @Override
    public Scheduled schedule(String taskName, long delayMs, Runnable task) {
        if (delayMs < 1) {
            Runnable[] body = {task};
            post(taskName, () -> body[0].run());
            return () -> body[0] = () -> {};
        }
        Runnable[] body = {task};
        VirtualTime.Event due = time.afterMs(delayMs, () -> post(taskName, () -> body[0].run()));
        return () -> {
            due.cancel();
            body[0] = () -> {};
        };
    }

    @Override
    public long nowMs() {
        return time.nowMs();
    }

    /**
     * The running task waits so long, as for an answer. Returns when that time is over and the process runs.
     *
     * @throws Life.Ended if the process was killed meanwhile
     */
    void sleep(long delayUs) {
        time.sleep(delayUs);
        // A stopped process is resumed by an event, so time has to pass for it to return; not if this is too deep.
        for (int i = 0; life.isPaused() && !life.hasEnded() && i < 10_000; i++) {
            time.sleep(1_000);
        }
        if (life.hasEnded()) {
            throw new Life.Ended(life.name());
        }
    }

    /** Runs the next task, if the thread can. */
    private void turn() {
        if (ended) {
            return;
        }
        if (busy || !life.runs()) {
            missedTurns++;
            return;
        }
        Runnable task = tasks.remove();
        SimulatedThread outer = time.enter(this);
        busy = true;
        try {
            task.run();
        } finally {
            busy = false;
            time.enter(outer);
            goOn();
        }
    }

    /** Nothing more runs here. */
    void end() {
        ended = true;
        tasks.clear();
    }

    /** Makes up for missed turns. */
    void goOn() {
        for (; missedTurns > 0; missedTurns--) {
            time.afterUs(time.mostlySmall(0, LONGEST_HAND_OVER_US), this::turn);
        }
    }
}
