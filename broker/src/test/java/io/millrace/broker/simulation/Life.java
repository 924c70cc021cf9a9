package io.millrace.broker.simulation;

import java.util.ArrayList;
import java.util.List;

/** One life of the process of a broker, from its start until it is killed; it may be stopped for a while in between. */
final class Life {
    private final String name;
    private final List<SimulatedThread> threads = new ArrayList<>();
    private boolean paused;
    private boolean ended;

    /** Ends a thread that was waiting when its process was killed. */
    static final class Ended extends Error {
        private static final long serialVersionUID = 1;

        Ended(String name) {
            super(name + " is dead", null, false, false);
        }
    }

    Life(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void add(SimulatedThread thread) {
        threads.add(thread);
    }

    boolean hasEnded() {
        return ended;
    }

    boolean isPaused() {
        return paused;
    }

    boolean runs() {
        return !ended && !paused;
    }

    /** SIGSTOP. */
    void pause() {
        paused = true;
    }

    /** SIGCONT. */
    void resume() {
        paused = false;
        threads.forEach(SimulatedThread::goOn);
    }

    /** SIGKILL. */
    void end() {
        ended = true;
    }
}
