package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Some brokers that can coordinate, and a replicated log of one partition that they share, all on virtual time. Brokers are
 * killed and lose their leadership without noticing at once; appends fail, are late, or are stored though they seem to fail.
 */
final class SimulatedCluster {
    static final int PARTITION = 0;

    private static final int BROKERS = 3;

    /** A forgotten group would begin again with generation 1. */
    private static final long FOREVER_MS = 1L << 40;

    final VirtualLoop loop = new VirtualLoop();
    final Random random;
    private final MemoryOffsetLog log = new MemoryOffsetLog(1);
    private final List<Broker> brokers = new ArrayList<>();
    private int leaderEpoch;
    private Broker leader;
    private boolean troubled;

    SimulatedCluster(Random random) {
        this.random = random;
        for (int i = 0; i < BROKERS; i++) {
            brokers.add(new Broker());
        }
        leader = brokers.get(0);
        elect();
    }

    /** One life of a broker; what it says after its death does not arrive. */
    final class Broker {
        final GroupCoordinator coordinator = new GroupCoordinator(
                TestGroups.config(Integer.MAX_VALUE, FOREVER_MS, FOREVER_MS), loop, new TroubledLog());
        boolean alive = true;
    }

    /** Whom clients find when they ask who coordinates. */
    Broker coordinator() {
        return leader;
    }

    /** The leader dies, and another takes over after a while. */
    void killLeader() {
        brokers.remove(leader);
        leader.alive = false;
        brokers.add(new Broker());
        elect();
    }

    /** Another broker leads; the old one learns it later. */
    void moveLeadership() {
        Broker before = leader;
        elect();
        if (before != leader) {
            int epoch = leaderEpoch;
            after(random.nextInt(3_000), () -> before.coordinator.onResigned(PARTITION, epoch));
        }
    }

    /** From now on all is well. */
    void heal() {
        troubled = false;
    }

    void trouble() {
        troubled = true;
    }

    void after(long ms, Runnable action) {
        loop.deadline(action).set(loop.nowMs() + ms);
    }

    private void elect() {
        leaderEpoch++;
        leader = brokers.get(random.nextInt(brokers.size()));
        int epoch = leaderEpoch;
        Broker elected = leader;
        log.elect(PARTITION, epoch);
        after(random.nextInt(500), () -> elected.coordinator.onElected(PARTITION, epoch));
    }

    private final class TroubledLog implements OffsetLog {
        @Override
        public int partitionCount() {
            return 1;
        }

        @Override
        public int maxBatchBytes(int partition) {
            return log.maxBatchBytes(partition);
        }

        @Override
        public void append(int partition, int epoch, ByteBuffer batch, AppendListener listener) {
            if (troubled && random.nextInt(20) == 0) {
                outcome(listener, ErrorCode.NOT_ENOUGH_REPLICAS);
                return;
            }
            boolean seemsToFail = troubled && random.nextInt(20) == 0;
            log.append(
                    partition,
                    epoch,
                    batch,
                    error -> outcome(
                            listener, seemsToFail && error == ErrorCode.NONE ? ErrorCode.REQUEST_TIMED_OUT : error));
        }

        private void outcome(AppendListener listener, ErrorCode error) {
            after(random.nextInt(50), () -> listener.onAppended(error));
        }

        @Override
        public void replay(int partition, int epoch, ReplayReader reader) {
            after(random.nextInt(200), () -> log.replay(partition, epoch, reader));
        }
    }
}
