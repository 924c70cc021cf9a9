package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/** A loop whose time the test moves and whose tasks run when the test says so. Tasks may come from any thread. */
public final class TestLoop implements Loop {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Timed> scheduled = new ArrayList<>();
    private long nowMs = 1_000_000;

    private record Timed(long atMs, Runnable task) {}

    @Override
    public synchronized boolean post(String name, Runnable task) {
        tasks.add(task);
        return true;
    }

    @Override
    public synchronized Scheduled schedule(String name, long delayMs, Runnable task) {
        Timed timed = new Timed(nowMs + delayMs, task);
        scheduled.add(timed);
        return () -> cancel(timed);
    }

    private synchronized void cancel(Timed timed) {
        scheduled.remove(timed);
    }

    @Override
    public synchronized long nowMs() {
        return nowMs;
    }

    /** Runs what was handed in, and what that hands in. */
    public void run() {
        for (Runnable task = next(); task != null; task = next()) {
            task.run();
        }
    }

    /** Lets time pass, and runs what becomes due, in order. */
    public void advance(long ms) {
        run();
        long until = nowMs() + ms;
        for (Timed due = nextDue(until); due != null; due = nextDue(until)) {
            due.task.run();
            run();
        }
        synchronized (this) {
            nowMs = until;
        }
    }

    private synchronized Runnable next() {
        return tasks.poll();
    }

    private synchronized Timed nextDue(long untilMs) {
        Timed first = scheduled.stream()
                .filter(timed -> timed.atMs <= untilMs)
                .min(Comparator.comparingLong(Timed::atMs))
                .orElse(null);
        if (first != null) {
            scheduled.remove(first);
            nowMs = Math.max(nowMs, first.atMs);
        }
        return first;
    }
}
