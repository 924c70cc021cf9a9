package io.millrace.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.Test;

class AssignorTest {
    private static final List<String> TOPICS = List.of("a", "b", "c");

    @Test
    void rangeDividesAsKafkaDoes() {
        dividesLike(Assignor.range(), new RangeAssignor());
    }

    @Test
    void roundRobinDividesAsKafkaDoes() {
        dividesLike(Assignor.roundRobin(), new RoundRobinAssignor());
    }

    /** Members of both kinds, hundreds of random groups: the same partitions to the same members. */
    private static void dividesLike(Assignor ours, AbstractPartitionAssignor kafkas) {
        assertThat(ours.name()).isEqualTo(kafkas.name());
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            Map<String, Integer> counts = new TreeMap<>();
            TOPICS.forEach(topic -> counts.put(topic, 1 + random.nextInt(9)));
            List<Assignor.Member> members = new ArrayList<>();
            Map<String, Subscription> subscriptions = new HashMap<>();
            int memberCount = 1 + random.nextInt(6);
            for (int i = 0; i < memberCount; i++) {
                String id = "m" + (char) ('a' + random.nextInt(26)) + i;
                String instance = random.nextInt(3) == 0 ? "instance-" + (9 - i) : null;
                List<String> topics = TOPICS.subList(0, 1 + random.nextInt(TOPICS.size()));
                members.add(new Assignor.Member(id, instance, topics, List.of(), -1));
                Subscription subscription = new Subscription(topics, (ByteBuffer) null, List.of());
                subscription.setGroupInstanceId(java.util.Optional.ofNullable(instance));
                subscriptions.put(id, subscription);
            }
            Collections.shuffle(members, random);
            Map<String, Integer> wanted = new TreeMap<>(counts);
            wanted.keySet()
                    .removeIf(
                            topic -> members.stream().noneMatch(m -> m.topics().contains(topic)));
            Map<String, Set<String>> expected = new TreeMap<>();
            kafkas.assign(cluster(wanted), new ConsumerPartitionAssignor.GroupSubscription(subscriptions))
                    .groupAssignment()
                    .forEach((id, assignment) -> {
                        Set<String> names = new HashSet<>();
                        assignment.partitions().forEach(partition -> names.add(partition.toString()));
                        expected.put(id, names);
                    });
            Map<String, Set<String>> actual = new TreeMap<>();
            ours.assign(members, wanted).forEach((id, partitions) -> {
                Set<String> names = new HashSet<>();
                partitions.forEach(partition -> names.add(partition.toString()));
                actual.put(id, names);
            });
            assertThat(actual).as("round %d", round).isEqualTo(expected);
        }
    }

    private static Cluster cluster(Map<String, Integer> counts) {
        List<PartitionInfo> partitions = new ArrayList<>();
        counts.forEach((topic, count) -> {
            for (int i = 0; i < count; i++) {
                partitions.add(new PartitionInfo(topic, i, Node.noNode(), new Node[0], new Node[0]));
            }
        });
        return new Cluster("c", List.of(), partitions, Set.of(), Set.of());
    }

    /** Members come and go: after the rounds it takes, all partitions are given once, evenly, and little has moved. */
    @Test
    void cooperativeStickyIsEvenSettlesAndMovesLittle() {
        Assignor assignor = Assignor.cooperativeSticky();
        Random random = new Random(2);
        Map<String, Integer> counts = Map.of("a", 10, "b", 7);
        Map<String, List<TopicPartition>> owned = new TreeMap<>();
        int generation = 0;
        int nextMember = 0;
        for (int change = 0; change < 200; change++) {
            Map<String, List<TopicPartition>> before = new TreeMap<>(owned);
            if (owned.isEmpty() || (owned.size() < 6 && random.nextBoolean())) {
                owned.put("m" + nextMember++, List.of());
            } else {
                owned.remove(new ArrayList<>(owned.keySet()).get(random.nextInt(owned.size())));
            }
            if (owned.isEmpty()) {
                continue;
            }
            int rounds = 0;
            boolean settled = false;
            while (!settled) {
                assertThat(rounds++)
                        .as("rounds until change %d has settled", change)
                        .isLessThan(3);
                generation++;
                List<Assignor.Member> members = new ArrayList<>();
                int asOf = generation;
                owned.forEach((id, partitions) ->
                        members.add(new Assignor.Member(id, null, List.of("a", "b"), partitions, asOf)));
                Map<String, List<TopicPartition>> assigned = assignor.assign(members, counts);
                assertNobodyGetsWhatAnotherHolds(owned, assigned);
                Map<String, List<TopicPartition>> previous = owned;
                settled = assigned.entrySet().stream()
                        .allMatch(e -> new HashSet<>(e.getValue()).containsAll(previous.get(e.getKey())));
                owned = new TreeMap<>(assigned);
            }
            Set<TopicPartition> all = new HashSet<>();
            int least = Integer.MAX_VALUE;
            int most = 0;
            for (List<TopicPartition> partitions : owned.values()) {
                all.addAll(partitions);
                least = Math.min(least, partitions.size());
                most = Math.max(most, partitions.size());
            }
            assertThat(owned.values().stream().mapToInt(List::size).sum()).isEqualTo(17);
            assertThat(all).hasSize(17);
            assertThat(most - least)
                    .as("evenness after change %d: %s", change, owned)
                    .isLessThanOrEqualTo(1);
            assertMovedLittle(before, owned);
        }
    }

    private static void assertNobodyGetsWhatAnotherHolds(
            Map<String, List<TopicPartition>> owned, Map<String, List<TopicPartition>> assigned) {
        assigned.forEach((id, partitions) -> owned.forEach((other, held) -> {
            if (!other.equals(id)) {
                assertThat(partitions).noneMatch(held::contains);
            }
        }));
    }

    private static void assertMovedLittle(
            Map<String, List<TopicPartition>> before, Map<String, List<TopicPartition>> after) {
        int moved = 0;
        for (Map.Entry<String, List<TopicPartition>> entry : after.entrySet()) {
            List<TopicPartition> had = before.getOrDefault(entry.getKey(), List.of());
            moved += (int)
                    had.stream().filter(p -> !entry.getValue().contains(p)).count();
        }
        int newShare = after.entrySet().stream()
                .filter(entry -> !before.containsKey(entry.getKey()))
                .mapToInt(entry -> entry.getValue().size())
                .sum();
        assertThat(moved).as("partitions that somebody still there has lost").isLessThanOrEqualTo(newShare);
    }

    @Test
    void cooperativeStickyTrustsTheYoungestClaim() {
        TopicPartition partition = new TopicPartition("a", 0);
        List<Assignor.Member> members = List.of(
                new Assignor.Member("stale", null, List.of("a"), List.of(partition), 3),
                new Assignor.Member("young", null, List.of("a"), List.of(partition), 4));
        assertThat(Assignor.cooperativeSticky().assign(members, Map.of("a", 1)).get("young"))
                .containsExactly(partition);
    }
}
