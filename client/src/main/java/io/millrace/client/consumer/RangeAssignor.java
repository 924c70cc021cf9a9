package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** See {@link Assignor#range}. The first members get one partition more if it does not divide evenly. */
final class RangeAssignor implements Assignor {

    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Collection<Member> members, Map<String, Integer> partitionCounts) {
        Map<String, List<TopicPartition>> assignment = Assignor.emptyAssignment(members);
        partitionCounts.forEach((topic, count) -> {
            List<Member> interested = members.stream()
                    .filter(member -> member.topics().contains(topic))
                    .sorted(Member.ORDER)
                    .toList();
            if (interested.isEmpty()) {
                return;
            }
            int each = count / interested.size();
            int more = count % interested.size();
            int next = 0;
            for (int i = 0; i < interested.size(); i++) {
                List<TopicPartition> mine =
                        Objects.requireNonNull(assignment.get(interested.get(i).memberId()));
                int end = next + each + (i < more ? 1 : 0);
                for (; next < end; next++) {
                    mine.add(new TopicPartition(topic, next));
                }
            }
        });
        return assignment;
    }
}
