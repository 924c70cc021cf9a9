package io.millrace.broker.simulation;

import java.util.Random;

/**
 * Decides at random what goes wrong and when: each fault begins at some moment and is over after a while, so that several
 * overlap, and all are over at the end.
 */
final class Chaos {
    private static final int LEAST_FAULTS = 3;
    private static final int MOST_FAULTS = 14;
    private static final long LONGEST_MS = 5_000;

    private final Simulation simulation;
    private final Random random;
    private long calmUntilMs;

    Chaos(Simulation simulation) {
        this.simulation = simulation;
        this.random = simulation.time.random;
    }

    /** Plans all faults until then; at that time they are over. */
    void plan(long untilMs) {
        int faults = LEAST_FAULTS + random.nextInt(MOST_FAULTS - LEAST_FAULTS + 1);
        for (int i = 0; i < faults; i++) {
            long fromMs = 1_000 + random.nextInt((int) untilMs - 2_000);
            long toMs = Math.min(untilMs - 1, fromMs + simulation.time.mostlySmall(10, LONGEST_MS));
            int kind = random.nextInt(13);
            int broker = 1 + random.nextInt(Simulation.BROKERS);
            int other = 1 + (broker + random.nextInt(Simulation.BROKERS - 1)) % Simulation.BROKERS;
            simulation.time.afterMs(fromMs - simulation.time.nowMs(), () -> begin(kind, broker, other, toMs - fromMs));
        }
        simulation.time.afterMs(untilMs - simulation.time.nowMs(), this::endAll);
    }

    private void begin(int kind, int broker, int other, long lengthMs) {
        if (simulation.time.nowMs() < calmUntilMs) {
            return;
        }
        switch (kind) {
            case 0, 1, 2 -> kill(broker, lengthMs);
            case 3 -> killAll(lengthMs);
            case 4, 5 -> pause(broker, lengthMs);
            case 6 -> {
                simulation.network.cut(broker, other);
                simulation.time.afterMs(lengthMs, () -> simulation.network.heal(broker, other));
            }
            case 7 -> {
                cutBothWays(broker, other);
                simulation.time.afterMs(lengthMs, () -> healBothWays(broker, other));
            }
            case 8 -> {
                SimulatedSession session = simulation.broker(broker).session();
                simulation.time.trace.note("broker " + broker + " is cut off from ZooKeeper");
                session.cut();
                simulation.time.afterMs(lengthMs, session::heal);
            }
            case 9 -> simulation.broker(broker).session().expireNow();
            case 10 -> lose(lengthMs);
            case 11 -> loseDisk(broker, other);
            default -> slow(lengthMs);
        }
    }

    private void kill(int broker, long lengthMs) {
        if (!simulation.broker(broker).life().hasEnded()) {
            simulation.kill(broker);
            simulation.time.afterMs(lengthMs, () -> revive(broker));
        }
    }

    /**
     * A broker falls behind, leaves the ISR, and dies with its disk when it is about to be taken in again, perhaps while the
     * way between the others is cut, so that what they decide is late. Two failures at once may lose records, so
     * nothing else happens until it is back.
     */
    private void loseDisk(int broker, int other) {
        pause(broker, SimulatedBroker.LAG_TIME_MAX_MS * 3 / 2 + random.nextInt(1_000));
        simulation.time.afterMs(SimulatedBroker.LAG_TIME_MAX_MS * 3 / 2 + 1_000 + random.nextInt(500), () -> {
            boolean othersAreWell = true;
            for (int id = 1; id <= Simulation.BROKERS; id++) {
                othersAreWell &= id == broker || simulation.broker(id).life().runs();
            }
            if (othersAreWell && simulation.destroy(broker)) {
                calmUntilMs = simulation.time.nowMs() + 2 * SimulatedSession.TIMEOUT_MS;
                simulation.time.afterMs(random.nextInt(500), () -> revive(broker));
                if (random.nextBoolean()) {
                    int third = 1 + 2 + 3 - broker - other;
                    cutBothWays(other, third);
                    simulation.time.afterMs(
                            SimulatedSession.TIMEOUT_MS + random.nextInt((int) SimulatedSession.TIMEOUT_MS),
                            () -> healBothWays(other, third));
                }
            }
        });
    }

    private void revive(int broker) {
        if (simulation.broker(broker).life().hasEnded()) {
            simulation.start(broker);
        }
    }

    private void killAll(long lengthMs) {
        for (int broker = 1; broker <= Simulation.BROKERS; broker++) {
            kill(broker, lengthMs / broker);
        }
    }

    private void pause(int number, long lengthMs) {
        SimulatedBroker broker = simulation.broker(number);
        if (broker.life().runs()) {
            simulation.time.trace.note(broker.life().name() + " is stopped");
            broker.pause();
            simulation.time.afterMs(lengthMs, () -> resume(broker));
        }
    }

    private void resume(SimulatedBroker broker) {
        if (broker.life().isPaused() && !broker.life().hasEnded()) {
            simulation.time.trace.note(broker.life().name() + " goes on");
            broker.resume();
        }
    }

    private void cutBothWays(int broker, int other) {
        simulation.network.cut(broker, other);
        simulation.network.cut(other, broker);
    }

    private void healBothWays(int broker, int other) {
        simulation.network.heal(broker, other);
        simulation.network.heal(other, broker);
    }

    private void lose(long lengthMs) {
        simulation.faults.lostRequests = 0.02 + random.nextDouble() * 0.1;
        simulation.faults.lostZooKeeperAnswers = random.nextDouble() * 0.3;
        simulation.time.trace.note("requests get lost");
        simulation.time.afterMs(lengthMs, () -> {
            simulation.faults.lostRequests = 0;
            simulation.faults.lostZooKeeperAnswers = 0;
        });
    }

    private void slow(long lengthMs) {
        simulation.faults.longestWayUs = 1_000L * (1 + random.nextInt(300));
        simulation.faults.longestZooKeeperAnswerUs = 1_000L * (1 + random.nextInt(300));
        simulation.faults.longestZooKeeperLagUs = 1_000L * (1 + random.nextInt(2_000));
        simulation.time.trace.note("everything is slow");
        simulation.time.afterMs(lengthMs, () -> {
            simulation.faults.longestWayUs = 1_000;
            simulation.faults.longestZooKeeperAnswerUs = 1_000;
            simulation.faults.longestZooKeeperLagUs = 1_000;
        });
    }

    private void endAll() {
        simulation.time.trace.note("from now on all is well");
        simulation.faults.end();
        simulation.network.healAll();
        for (int id = 1; id <= Simulation.BROKERS; id++) {
            SimulatedBroker broker = simulation.broker(id);
            broker.session().heal();
            resume(broker);
            revive(id);
        }
    }
}
