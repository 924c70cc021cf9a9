package io.millrace.broker.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Three brokers, their controller, replication and clients live through everything at random: brokers are killed, stopped
 * and started, links cut one way or both, sessions expire, requests and answers get lost, come late, twice or in another
 * order. However it goes, no acknowledged record is lost, replicas agree below the high watermark, an epoch has one leader,
 * and once all is well everybody catches up.
 */
class ClusterSimulationTest {
    /** {@code -Dmillrace.simulation.seeds=100000} searches longer. */
    private static final long SEEDS = Long.getLong("millrace.simulation.seeds", 1_000);

    private static final long FIRST_SEED = Long.getLong("millrace.simulation.first", 0);

    /** {@code -Dmillrace.simulation.seed=4711} replays one. */
    private static final Long ONE_SEED = Long.getLong("millrace.simulation.seed");

    /** Memory, where there is such a place: what is simulated is not the disk. */
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    Path tempDir;

    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.millrace");

    private final AtomicReference<@Nullable AssertionError> failure = new AtomicReference<>();
    private final AtomicLong acknowledged = new AtomicLong();

    /** What brokers say in the worst of times is of interest for one seed only. */
    @BeforeAll
    static void hush() {
        LOG.setLevel(ONE_SEED == null ? Level.OFF : Level.INFO);
    }

    @AfterAll
    static void speak() {
        LOG.setLevel(null);
    }

    @Test
    void whateverHappensNothingAcknowledgedIsLost() throws Exception {
        simulate(SEEDS, Simulation.Plan.USE);
    }

    /** Some of the seeds are enough: a run with moves has more faults of other kinds at the same time. */
    @Test
    void norWhileReplicasMove() throws Exception {
        simulate(Math.max(1, SEEDS / 5), Simulation.Plan.MOVES);
    }

    /** Topics of one name come and go meanwhile: what was written to one is not in the next, and none is left half deleted. */
    @Test
    void norWhileTopicsAreDeletedAndMadeAnew() throws Exception {
        simulate(Math.max(1, SEEDS / 5), Simulation.Plan.DELETIONS);
    }

    @Test
    void norWhileReplicasMoveOfTopicsThatAreDeletedAndMadeAnew() throws Exception {
        simulate(Math.max(1, SEEDS / 5), Simulation.Plan.MOVES_AND_DELETIONS);
    }

    private void simulate(long wanted, Simulation.Plan plan) throws Exception {
        long first = ONE_SEED == null ? FIRST_SEED : ONE_SEED;
        long seeds = ONE_SEED == null ? wanted : 1;
        Path dir = Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "millrace-simulation-") : tempDir;
        try {
            runAll(first, seeds, plan, dir);
        } finally {
            DirectoryCopy.delete(dir);
        }
        AssertionError broken = failure.get();
        if (broken != null) {
            throw broken;
        }
        assertThat(acknowledged.get()).as("records acknowledged in all").isGreaterThan(seeds * 50);
    }

    /** Each seed in a thread of its own choosing, until one fails. */
    private void runAll(long first, long seeds, Simulation.Plan plan, Path dir) throws InterruptedException {
        AtomicLong next = new AtomicLong(first);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(seeds, Runtime.getRuntime().availableProcessors()); i++) {
            Thread thread = new Thread(
                    () -> {
                        for (long seed = next.getAndIncrement();
                                seed < first + seeds && failure.get() == null;
                                seed = next.getAndIncrement()) {
                            run(seed, plan, dir.resolve("" + seed));
                        }
                    },
                    "simulation-" + i);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void run(long seed, Simulation.Plan plan, Path dir) {
        try (Simulation simulation = new Simulation(seed, plan, dir)) {
            try {
                acknowledged.addAndGet(simulation.run().acknowledged());
            } catch (AssertionError | RuntimeException e) {
                String message = "seed " + seed + " of " + plan + ": " + e.getMessage()
                        + "\nReplay it by -Dmillrace.simulation.seed=" + seed + "; before that happened:\n"
                        + simulation.time.trace;
                failure.compareAndSet(null, new AssertionError(message, e));
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, new AssertionError("seed " + seed + " could not be simulated: " + e, e));
        }
    }
}
