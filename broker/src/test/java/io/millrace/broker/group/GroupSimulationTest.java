package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A group of consumers lives through everything at random: members come, go, crash, are paused and restarted, brokers die,
 * leadership moves, appends fail. However it goes, a generation has one assignment, each member gets its own part of it, what
 * was committed stays, and once there is peace all partitions are consumed.
 */
class GroupSimulationTest {
    /** {@code -Dmillrace.simulation.seeds=100000} searches longer. */
    private static final int SEEDS = Integer.getInteger("millrace.simulation.seeds", 100);

    private static final int FIRST_SEED = Integer.getInteger("millrace.simulation.first", 0);
    private static final int CHAOS_STEPS = 60;
    private static final long PEACE_MS = 10 * 60_000;

    @Test
    void whateverHappensTheGroupStaysRightAndComesToRest() {
        int generations = 0;
        int commits = 0;
        for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            try {
                GroupHistory history = simulate(new Random(seed));
                generations += history.generations();
                commits += history.commits();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(generations).as("generations in all").isGreaterThan(SEEDS * 5);
        assertThat(commits).as("commits in all").isGreaterThan(SEEDS * 50);
    }

    private static GroupHistory simulate(Random random) {
        SimulatedCluster cluster = new SimulatedCluster(random);
        GroupHistory history = new GroupHistory();
        List<SimulatedConsumer> consumers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            consumers.add(newConsumer(cluster, history, consumers.size()));
        }
        cluster.trouble();
        for (int step = 0; step < CHAOS_STEPS; step++) {
            disturb(cluster, history, consumers, random);
            cluster.loop.advance(random.nextInt(8_000));
        }
        cluster.heal();
        if (consumers.stream().allMatch(SimulatedConsumer::isStopped)) {
            consumers.add(newConsumer(cluster, history, consumers.size()));
        }
        cluster.loop.advance(PEACE_MS);
        assertRest(cluster, history, consumers);
        return history;
    }

    private static void disturb(
            SimulatedCluster cluster, GroupHistory history, List<SimulatedConsumer> consumers, Random random) {
        SimulatedConsumer victim = consumers.get(random.nextInt(consumers.size()));
        switch (random.nextInt(10)) {
            case 0, 1 -> consumers.add(newConsumer(cluster, history, consumers.size()));
            case 2 -> victim.crash();
            case 3 -> victim.leave();
            case 4, 5 -> victim.pause(random.nextInt(40_000));
            case 6 -> cluster.killLeader();
            case 7 -> cluster.moveLeadership();
            case 8 -> {
                if (victim.instanceId != null) {
                    // Its double comes while it is still there.
                    consumers.add(new SimulatedConsumer(cluster, history, "double", victim.instanceId));
                }
            }
            default -> {}
        }
    }

    private static SimulatedConsumer newConsumer(SimulatedCluster cluster, GroupHistory history, int number) {
        String instanceId = number % 3 == 0 ? "static-" + number : null;
        return new SimulatedConsumer(cluster, history, "consumer-" + number, instanceId);
    }

    private static void assertRest(SimulatedCluster cluster, GroupHistory history, List<SimulatedConsumer> consumers) {
        TreeSet<Integer> generations = new TreeSet<>();
        List<Integer> consumed = new ArrayList<>();
        for (SimulatedConsumer consumer : consumers) {
            if (!consumer.isStopped()) {
                assertThat(consumer.isConsuming()).as("every consumer consumes").isTrue();
                generations.add(consumer.generation());
                consumer.partitions().forEach(consumed::add);
            }
        }
        assertThat(generations).as("generations at rest").hasSize(1);
        assertThat(consumed)
                .as("partitions consumed")
                .hasSize(GroupHistory.PARTITIONS)
                .doesNotHaveDuplicates();
        OffsetFetchRequestGroup request = new OffsetFetchRequestGroup();
        request.groupId = TestGroups.GROUP;
        request.topics = null;
        Reply<List<OffsetFetchResponseGroup>> reply = new Reply<>();
        cluster.coordinator().coordinator.fetchOffsets(List.of(request), false, reply);
        cluster.loop.run();
        reply.get()
                .get(0)
                .topics
                .get(0)
                .partitions
                .forEach(partition -> assertThat(partition.committedOffset)
                        .as("committed offset of partition %d", partition.partitionIndex)
                        .isGreaterThanOrEqualTo(history.committed(partition.partitionIndex)));
    }
}
