package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Takes away what {@code --throttle} of Kafka's tool sets on brokers and topics: {@code reassign-partitions.sh} does so, like Kafka's, once
 * nothing moves any more.
 */
final class ReplicationThrottles {
    private static final Set<String> OF_BROKERS = Set.of(
            "leader.replication.throttled.rate",
            "follower.replication.throttled.rate",
            "replica.alter.log.dirs.io.max.bytes.per.second");
    private static final Set<String> OF_TOPICS =
            Set.of("leader.replication.throttled.replicas", "follower.replication.throttled.replicas");

    private final Admin admin;
    private final Tool tool;

    ReplicationThrottles(Admin admin, Tool tool) {
        this.admin = admin;
        this.tool = tool;
    }

    void clear(Collection<Integer> brokers, Collection<String> topics) {
        say("Clearing broker-level throttles on broker", brokers);
        brokers.forEach(id -> clear(ConfigResource.broker(id), ConfigEntry.Source.DYNAMIC_BROKER_CONFIG, OF_BROKERS));
        say("Clearing topic-level throttles on topic", topics);
        topics.forEach(topic -> clear(ConfigResource.topic(topic), ConfigEntry.Source.DYNAMIC_TOPIC_CONFIG, OF_TOPICS));
    }

    private void say(String what, Collection<?> whose) {
        if (!tool.asJson()) {
            tool.line(what + (whose.size() == 1 ? "" : "s") + " "
                    + String.join(",", whose.stream().map(String::valueOf).toList()));
        }
    }

    private void clear(ConfigResource resource, ConfigEntry.Source source, Set<String> throttles) {
        List<ConfigChange> changes =
                Objects.requireNonNull(tool.await(admin.describeConfigs(List.of(resource)))
                                .get(resource))
                        .stream()
                        .filter(entry -> entry.source() == source && throttles.contains(entry.name()))
                        .map(entry -> ConfigChange.delete(entry.name()))
                        .toList();
        if (!changes.isEmpty()) {
            tool.await(admin.alterConfigs(resource, changes));
        }
    }
}
