package io.millrace.broker.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/** The last things that happened, for whoever has to understand a seed that failed. */
final class Trace {
    /** {@code -Dmillrace.simulation.trace=100000} keeps all of a seed. */
    private static final int LENGTH = Integer.getInteger("millrace.simulation.trace", 200);

    private final VirtualTime time;
    private final Deque<String> lines = new ArrayDeque<>();

    Trace(VirtualTime time) {
        this.time = time;
    }

    void note(String what) {
        if (lines.size() == LENGTH) {
            lines.removeFirst();
        }
        lines.addLast(time.nowUs() / 1_000 + "." + String.format("%03d", time.nowUs() % 1_000) + " " + what);
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
