package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * See {@link Assignor#cooperativeSticky}. Everybody keeps what is theirs; what is free goes to whoever has least; then
 * partitions move from those who have two more than somebody else who wants them. What moves away from a member that still
 * holds it is given to nobody in this round: the member gives it up, and the next round hands it out.
 */
final class CooperativeStickyAssignor implements Assignor {

    @Override
    public String name() {
        return "cooperative-sticky";
    }

    @Override
    public boolean cooperative() {
        return true;
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Collection<Member> members, Map<String, Integer> partitionCounts) {
        List<Member> sorted = members.stream().sorted(Member.ORDER).toList();
        Map<String, List<TopicPartition>> assignment = Assignor.emptyAssignment(members);
        Map<TopicPartition, String> holders = holders(sorted, partitionCounts);
        holders.forEach((partition, holder) -> partitions(assignment, holder).add(partition));
        new TreeMap<>(partitionCounts).forEach((topic, count) -> {
            for (int p = 0; p < count; p++) {
                TopicPartition partition = new TopicPartition(topic, p);
                Member poorest = holders.containsKey(partition) ? null : poorest(sorted, assignment, topic);
                if (poorest != null) {
                    partitions(assignment, poorest.memberId()).add(partition);
                }
            }
        });
        while (moveOne(sorted, assignment)) {
            // every move makes the sum of squares of the counts smaller, so this ends
        }
        withholdWhatIsHeldElsewhere(assignment, holders);
        return assignment;
    }

    /** Who rightfully has what: the claim of the youngest generation; nobody's if two members of one claim it. */
    private static Map<TopicPartition, String> holders(List<Member> members, Map<String, Integer> partitionCounts) {
        Map<TopicPartition, String> holders = new HashMap<>();
        Map<TopicPartition, Integer> generations = new HashMap<>();
        Set<TopicPartition> disputed = new HashSet<>();
        for (Member member : members) {
            for (TopicPartition partition : member.owned()) {
                boolean exists = partition.partition() < partitionCounts.getOrDefault(partition.topic(), 0);
                if (!exists || !member.topics().contains(partition.topic())) {
                    continue;
                }
                int known = generations.getOrDefault(partition, Integer.MIN_VALUE);
                if (member.generation() > known) {
                    holders.put(partition, member.memberId());
                    generations.put(partition, member.generation());
                    disputed.remove(partition);
                } else if (member.generation() == known) {
                    disputed.add(partition);
                }
            }
        }
        disputed.forEach(holders::remove);
        return sortedByPartition(holders);
    }

    private static Map<TopicPartition, String> sortedByPartition(Map<TopicPartition, String> holders) {
        Map<TopicPartition, String> sorted = new TreeMap<>(
                java.util.Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        sorted.putAll(holders);
        return sorted;
    }

    private static @Nullable Member poorest(
            List<Member> members, Map<String, List<TopicPartition>> assignment, String topic) {
        Member poorest = null;
        for (Member member : members) {
            if (member.topics().contains(topic)
                    && (poorest == null || count(assignment, member) < count(assignment, poorest))) {
                poorest = member;
            }
        }
        return poorest;
    }

    private static boolean moveOne(List<Member> members, Map<String, List<TopicPartition>> assignment) {
        List<Member> richestFirst = new ArrayList<>(members);
        richestFirst.sort((a, b) -> count(assignment, b) - count(assignment, a));
        for (Member rich : richestFirst) {
            List<TopicPartition> theirs = partitions(assignment, rich.memberId());
            for (int i = theirs.size() - 1; i >= 0; i--) {
                Member poor = poorest(members, assignment, theirs.get(i).topic());
                if (poor != null && count(assignment, poor) < theirs.size() - 1) {
                    partitions(assignment, poor.memberId()).add(theirs.remove(i));
                    return true;
                }
            }
        }
        return false;
    }

    private static void withholdWhatIsHeldElsewhere(
            Map<String, List<TopicPartition>> assignment, Map<TopicPartition, String> holders) {
        assignment.forEach((memberId, partitions) -> partitions.removeIf(partition -> {
            String holder = holders.get(partition);
            return holder != null && !holder.equals(memberId);
        }));
    }

    private static int count(Map<String, List<TopicPartition>> assignment, Member member) {
        return partitions(assignment, member.memberId()).size();
    }

    private static List<TopicPartition> partitions(Map<String, List<TopicPartition>> assignment, String memberId) {
        return Objects.requireNonNull(assignment.get(memberId));
    }
}
