package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** See {@link Assignor#roundRobin}. A member is passed over for topics it does not want. */
final class RoundRobinAssignor implements Assignor {

    @Override
    public String name() {
        return "roundrobin";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Collection<Member> members, Map<String, Integer> partitionCounts) {
        Map<String, List<TopicPartition>> assignment = Assignor.emptyAssignment(members);
        List<Member> circle = members.stream().sorted(Member.ORDER).toList();
        int next = 0;
        for (Map.Entry<String, Integer> topic : new TreeMap<>(partitionCounts).entrySet()) {
            if (circle.stream().noneMatch(member -> member.topics().contains(topic.getKey()))) {
                continue;
            }
            for (int partition = 0; partition < topic.getValue(); partition++) {
                while (!circle.get(next % circle.size()).topics().contains(topic.getKey())) {
                    next++;
                }
                Member member = circle.get(next++ % circle.size());
                Objects.requireNonNull(assignment.get(member.memberId()))
                        .add(new TopicPartition(topic.getKey(), partition));
            }
        }
        return assignment;
    }
}
