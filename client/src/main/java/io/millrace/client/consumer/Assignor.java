package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Divides the partitions of a group's topics among its members. Pure; the member that leads the group calls it. */
public interface Assignor {

    /** What members call it among themselves. */
    String name();

    /** Whether members keep what they have while the group rebalances, giving up only what goes to others. */
    default boolean cooperative() {
        return false;
    }

    /**
     * Divides.
     *
     * @param members in any order
     * @param partitionCounts of the topics that exist
     * @return for each member id its partitions; every member has an entry
     */
    Map<String, List<TopicPartition>> assign(Collection<Member> members, Map<String, Integer> partitionCounts);

    /**
     * A member of the group.
     *
     * @param instanceId null unless its name outlives the process
     * @param topics what it wants
     * @param owned what it says it has
     * @param generation in which it got that; -1 if unknown
     */
    record Member(
            String memberId,
            @Nullable String instanceId,
            List<String> topics,
            List<TopicPartition> owned,
            int generation) {

        /** The order all of Kafka's assignors go by: named members first, by name, then the others by id. */
        static final Comparator<Member> ORDER = Comparator.comparing(
                        Member::instanceId, Comparator.nullsLast(Comparator.<String>naturalOrder()))
                .thenComparing(Member::memberId);
    }

    /** By topic: to each member a range of neighbours, so that equal topics fall to members alike. */
    static Assignor range() {
        return new RangeAssignor();
    }

    /** All partitions of all topics dealt out like cards. */
    static Assignor roundRobin() {
        return new RoundRobinAssignor();
    }

    /** As even as can be, moving as little as can be, and never stopping what does not move. */
    static Assignor cooperativeSticky() {
        return new CooperativeStickyAssignor();
    }

    /** An empty list for every member, in the order of assigning. */
    static Map<String, List<TopicPartition>> emptyAssignment(Collection<Member> members) {
        Map<String, List<TopicPartition>> assignment = new TreeMap<>();
        members.forEach(member -> assignment.put(member.memberId(), new ArrayList<>()));
        return assignment;
    }
}
