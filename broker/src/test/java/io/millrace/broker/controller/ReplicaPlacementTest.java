package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.controller.ReplicaPlacement.Candidate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReplicaPlacementTest {

    /** The example in Kafka's description of its scheme: five brokers, ten partitions, three replicas, start 0, shift 0. */
    @Test
    void goesRoundTheBrokersAsKafkaDoes() {
        Map<Integer, List<Integer>> placed = ReplicaPlacement.place(brokers(5, 0), 0, 10, 3, 0, 0);

        assertThat(placed.values())
                .containsExactly(
                        List.of(0, 1, 2),
                        List.of(1, 2, 3),
                        List.of(2, 3, 4),
                        List.of(3, 4, 0),
                        List.of(4, 0, 1),
                        List.of(0, 2, 3),
                        List.of(1, 3, 4),
                        List.of(2, 4, 0),
                        List.of(3, 0, 1),
                        List.of(4, 1, 2));
    }

    /** The example in Kafka's description of racks: taking turns, the brokers stand in the order 0, 3, 1, 5, 4, 2. */
    @Test
    void alternatesBetweenRacksAsKafkaDoes() {
        List<Candidate> brokers = List.of(
                new Candidate(0, "rack1"),
                new Candidate(1, "rack3"),
                new Candidate(2, "rack3"),
                new Candidate(3, "rack2"),
                new Candidate(4, "rack2"),
                new Candidate(5, "rack1"));

        Map<Integer, List<Integer>> placed = ReplicaPlacement.place(brokers, 0, 7, 3, 0, 0);

        assertThat(placed.values())
                .containsExactly(
                        List.of(0, 3, 1),
                        List.of(3, 1, 5),
                        List.of(1, 5, 4),
                        List.of(5, 4, 2),
                        List.of(4, 2, 0),
                        List.of(2, 0, 3),
                        List.of(0, 4, 2));
    }

    @Test
    void passesOverRacksThatOnlySomeBrokersHave() {
        List<Candidate> brokers = List.of(new Candidate(0, "a"), new Candidate(1, null), new Candidate(2, "a"));

        assertThat(ReplicaPlacement.place(brokers, 0, 1, 3, 0, 0).get(0)).containsExactly(0, 1, 2);
    }

    @Property(seed = "1")
    void everyPartitionHasItsReplicasOnDifferentBrokers(
            @ForAll @IntRange(min = 1, max = 12) int brokers,
            @ForAll @IntRange(min = 0, max = 4) int racks,
            @ForAll @IntRange(min = 1, max = 40) int partitions,
            @ForAll @IntRange(min = 1, max = 5) int wanted,
            @ForAll @IntRange(min = 0, max = 11) int start,
            @ForAll @IntRange(min = 0, max = 11) int shift) {
        int replicationFactor = Math.min(wanted, brokers);

        Map<Integer, List<Integer>> placed = ReplicaPlacement.place(
                brokers(brokers, racks), 0, partitions, replicationFactor, start % brokers, shift % brokers);

        assertThat(placed).hasSize(partitions);
        assertThat(placed.values()).allSatisfy(replicas -> {
            assertThat(replicas).hasSize(replicationFactor).doesNotHaveDuplicates();
            assertThat(replicas).allMatch(id -> id >= 0 && id < brokers);
        });
    }

    @Property(seed = "1")
    void leadersAreSpreadEvenly(
            @ForAll @IntRange(min = 1, max = 12) int brokers,
            @ForAll @IntRange(min = 0, max = 4) int racks,
            @ForAll @IntRange(min = 1, max = 40) int partitions,
            @ForAll @IntRange(min = 0, max = 11) int start) {
        Map<Integer, List<Integer>> placed =
                ReplicaPlacement.place(brokers(brokers, racks), 0, partitions, 1, start % brokers, 0);

        Map<Integer, Integer> leaders = new HashMap<>();
        IntStream.range(0, brokers).forEach(id -> leaders.put(id, 0));
        placed.values().forEach(replicas -> leaders.merge(replicas.get(0), 1, Integer::sum));
        List<Integer> counts = new ArrayList<>(leaders.values());
        counts.sort(null);
        assertThat(counts.get(counts.size() - 1) - counts.get(0)).isLessThanOrEqualTo(1);
    }

    @Property(seed = "1")
    void noRackGetsASecondReplicaBeforeEveryRackHasOne(
            @ForAll @IntRange(min = 2, max = 12) int brokers,
            @ForAll @IntRange(min = 2, max = 4) int racks,
            @ForAll @IntRange(min = 1, max = 40) int partitions,
            @ForAll @IntRange(min = 2, max = 4) int wanted,
            @ForAll @IntRange(min = 0, max = 11) int shift) {
        int present = Math.min(racks, brokers);
        int replicationFactor = Math.min(wanted, brokers);

        Map<Integer, List<Integer>> placed =
                ReplicaPlacement.place(brokers(brokers, racks), 0, partitions, replicationFactor, 0, shift % brokers);

        assertThat(placed.values())
                .allSatisfy(replicas -> assertThat(new HashSet<>(
                                replicas.stream().map(id -> id % racks).toList()))
                        .hasSize(Math.min(present, replicationFactor)));
    }

    /** Brokers 0 to count - 1; broker i stands in rack i % racks, or in none if racks is 0. */
    private static List<Candidate> brokers(int count, int racks) {
        return IntStream.range(0, count)
                .mapToObj(id -> new Candidate(id, racks == 0 ? null : "rack-" + id % racks))
                .toList();
    }
}
