package io.millrace.broker.simulation;

import io.millrace.broker.loop.Loop.Scheduled;
import io.millrace.broker.replica.Timeout;
import io.millrace.broker.replica.Timer;
import java.util.HashMap;
import java.util.Map;

/** The deadlines of requests that wait at one broker. */
final class SimulatedTimer implements Timer {
    private final SimulatedThread thread;
    private final Map<Timeout, Scheduled> scheduled = new HashMap<>();

    SimulatedTimer(SimulatedThread thread) {
        this.thread = thread;
    }

    @Override
    public void schedule(Timeout timeout, long delayMs) {
        scheduled.put(timeout, thread.schedule("Timeout", Math.max(1, delayMs), () -> {
            if (scheduled.remove(timeout) != null) {
                timeout.onTimeout();
            }
        }));
    }

    @Override
    public boolean cancel(Timeout timeout) {
        Scheduled due = scheduled.remove(timeout);
        if (due == null) {
            return false;
        }
        due.cancel();
        return true;
    }
}
