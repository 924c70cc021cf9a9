package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The new partitions that a request of the controller gives this broker a replica of. They are told of in one line a topic: a line for
 * each takes longer than to make them, and says the same of all.
 */
final class FirstRoles {
    private static final Logger LOG = LoggerFactory.getLogger(FirstRoles.class);

    private static final class Count {
        private int leading;
        private int following;
    }

    private final Map<String, Count> topics = new TreeMap<>();

    void add(TopicPartition partition, boolean leading) {
        Count count = topics.computeIfAbsent(partition.topic(), topic -> new Count());
        if (leading) {
            count.leading++;
        } else {
            count.following++;
        }
    }

    void log() {
        topics.forEach((topic, count) -> LOG.info(
                "Has replicas of new partitions topic={} leading={} following={}",
                topic,
                count.leading,
                count.following));
    }
}
