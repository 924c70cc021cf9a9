package io.millrace.broker.controller;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides which brokers keep the partitions of a topic: leaders go round the brokers in turn, and the further replicas of a
 * partition follow at a distance that grows each time around, so that no two brokers share all their partitions. Where
 * brokers have racks, turns alternate between racks, and a partition gets a second replica in a rack only when every rack
 * has one. The scheme, and so its results, are those of Kafka's AdminUtils (KIP-36); only where some brokers have a rack and
 * some do not, Kafka refuses to place anything, and this passes over the racks.
 */
public final class ReplicaPlacement {

    private ReplicaPlacement() {}

    /**
     * A broker that can keep replicas.
     *
     * @param id its id
     * @param rack where it stands, or null
     */
    public record Candidate(int id, @Nullable String rack) {}

    /**
     * Places partitions.
     *
     * @param brokers to choose from, at least {@code replicationFactor} of them
     * @param first number of the first partition to place
     * @param count how many to place, at least 1
     * @param replicationFactor replicas of each, at least 1
     * @param random a number from 0 up to its argument, exclusive: where the round begins
     * @return the replicas of each partition, preferred leader first, by partition
     */
    public static Map<Integer, List<Integer>> place(
            Collection<Candidate> brokers, int first, int count, int replicationFactor, IntUnaryOperator random) {
        int start = random.applyAsInt(brokers.size());
        return place(brokers, first, count, replicationFactor, start, random.applyAsInt(brokers.size()));
    }

    /** Places partitions behind those that a topic has, continuing the round that began at {@code start}. */
    static Map<Integer, List<Integer>> place(
            Collection<Candidate> brokers, int first, int count, int replicationFactor, int start, int shift) {
        boolean racksKnown = brokers.stream().allMatch(broker -> broker.rack() != null);
        Round round = new Round(racksKnown ? alternatingRacks(brokers) : byId(brokers), racksKnown);
        int distance = shift;
        Map<Integer, List<Integer>> placed = new LinkedHashMap<>();
        for (int partition = first; partition < first + count; partition++) {
            if (partition > 0 && partition % brokers.size() == 0) {
                distance++;
            }
            placed.put(partition, round.replicas((partition + start) % brokers.size(), distance, replicationFactor));
        }
        return placed;
    }

    private static List<Candidate> byId(Collection<Candidate> brokers) {
        return brokers.stream().sorted(Comparator.comparingInt(Candidate::id)).toList();
    }

    private static List<Candidate> alternatingRacks(Collection<Candidate> brokers) {
        Map<String, List<Candidate>> racks = new TreeMap<>();
        for (Candidate broker : byId(brokers)) {
            racks.computeIfAbsent(String.valueOf(broker.rack()), rack -> new ArrayList<>())
                    .add(broker);
        }
        List<Candidate> order = new ArrayList<>();
        for (int turn = 0; order.size() < brokers.size(); turn++) {
            for (List<Candidate> rack : racks.values()) {
                if (turn < rack.size()) {
                    order.add(rack.get(turn));
                }
            }
        }
        return order;
    }

    /** The brokers in the order in which they take turns. */
    private static final class Round {
        private final List<Candidate> order;
        private final boolean racksKnown;
        private final int racks;

        Round(List<Candidate> order, boolean racksKnown) {
            this.order = order;
            this.racksKnown = racksKnown;
            this.racks = (int) order.stream().map(Round::rack).distinct().count();
        }

        List<Integer> replicas(int leaderIndex, int distance, int replicationFactor) {
            Candidate leader = order.get(leaderIndex);
            List<Integer> replicas = new ArrayList<>(List.of(leader.id()));
            Set<String> usedRacks = new HashSet<>(Set.of(rack(leader)));
            int steps = 0;
            while (replicas.size() < replicationFactor) {
                // With racks, a whole round of racks is stepped over at a time, so that the next rack comes up next.
                int shift = racksKnown ? distance * racks : distance;
                Candidate candidate = order.get(follower(leaderIndex, shift, steps++));
                boolean rackIsDue = !racksKnown || !usedRacks.contains(rack(candidate)) || usedRacks.size() == racks;
                if (rackIsDue && !replicas.contains(candidate.id())) {
                    replicas.add(candidate.id());
                    usedRacks.add(rack(candidate));
                }
            }
            return replicas;
        }

        /** Index of the broker {@code step} places behind the first follower; never that of the leader. */
        private int follower(int leaderIndex, int shift, int step) {
            int others = order.size() - 1;
            return (leaderIndex + 1 + Math.floorMod(shift + step, others)) % order.size();
        }

        private static String rack(Candidate broker) {
            return String.valueOf(broker.rack());
        }
    }
}
