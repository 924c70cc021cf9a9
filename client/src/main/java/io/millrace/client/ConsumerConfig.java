package io.millrace.client;

import io.millrace.client.consumer.Assignor;
import io.millrace.client.consumer.FetchConfig;
import io.millrace.client.consumer.GroupConfig;
import io.millrace.client.consumer.OffsetLookup;
import io.millrace.client.net.Backoff;
import io.millrace.client.net.ClusterConfig;
import io.millrace.client.net.ConnectionConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a {@link Consumer}: Kafka's keys, Kafka's defaults, checked when it is made and never changed after.
 *
 * <pre>{@code
 * ConsumerConfig config = ConsumerConfig.of("localhost:9092").with("group.id", "billing").with("auto.offset.reset", "earliest");
 * }</pre>
 *
 * Keys: {@code bootstrap.servers}, {@code client.id}, {@code group.id}, {@code group.instance.id},
 * {@code auto.offset.reset}, {@code enable.auto.commit}, {@code auto.commit.interval.ms}, {@code max.poll.records},
 * {@code max.poll.interval.ms}, {@code session.timeout.ms}, {@code heartbeat.interval.ms},
 * {@code partition.assignment.strategy} ({@code range}, {@code roundrobin}, {@code cooperative-sticky}, or the names of
 * Kafka's classes), {@code isolation.level}, {@code check.crcs}, {@code allow.auto.create.topics}, {@code fetch.min.bytes},
 * {@code fetch.max.bytes}, {@code fetch.max.wait.ms}, {@code max.partition.fetch.bytes}, {@code default.api.timeout.ms},
 * {@code request.timeout.ms}, {@code retry.backoff.ms}, {@code retry.backoff.max.ms}, {@code metadata.max.age.ms},
 * {@code reconnect.backoff.ms}, {@code reconnect.backoff.max.ms}, {@code socket.connection.setup.timeout.ms},
 * {@code send.buffer.bytes}, {@code receive.buffer.bytes}. Others are named in a warning and ignored.
 */
public final class ConsumerConfig {
    private static final int RECEIVE_BUFFER_BYTES = 64 << 10;

    private final Map<String, String> given;
    private final @Nullable String clientId;
    private final ClusterConfig cluster;
    private final ConnectionConfig connections;
    private final FetchConfig fetch;
    private final @Nullable GroupConfig group;
    private final @Nullable Long resetTimestamp;
    private final boolean autoCommit;
    private final int autoCommitIntervalMs;
    private final int maxPollRecords;
    private final int apiTimeoutMs;
    private final Backoff retry;

    private ConsumerConfig(Map<String, String> given) {
        this.given = given;
        Settings s = new Settings(given);
        String groupId = s.text("group.id");
        clientId = s.text("client.id");
        cluster = s.cluster(s.flag("allow.auto.create.topics", true));
        connections = s.connections(RECEIVE_BUFFER_BYTES);
        retry = s.retryBackoff();
        fetch = fetch(s);
        GroupConfig membership = group(s, groupId == null ? "" : groupId);
        group = groupId == null ? null : membership;
        resetTimestamp = switch (s.oneOf("auto.offset.reset", "latest", "latest", "earliest", "none")) {
            case "latest" -> OffsetLookup.LATEST;
            case "earliest" -> OffsetLookup.EARLIEST;
            default -> null;
        };
        boolean autoCommitWanted = s.flag("enable.auto.commit", true);
        autoCommit = autoCommitWanted && group != null;
        autoCommitIntervalMs = s.integer("auto.commit.interval.ms", 5_000, 0, Integer.MAX_VALUE);
        maxPollRecords = s.integer("max.poll.records", 500, 1, Integer.MAX_VALUE);
        apiTimeoutMs = s.integer("default.api.timeout.ms", 60_000, 0, Integer.MAX_VALUE);
        s.warnAboutUnknown();
    }

    private static FetchConfig fetch(Settings s) {
        return new FetchConfig(
                s.integer("fetch.min.bytes", 1, 0, Integer.MAX_VALUE),
                s.integer("fetch.max.wait.ms", 500, 0, Integer.MAX_VALUE),
                s.integer("fetch.max.bytes", 50 << 20, 0, Integer.MAX_VALUE),
                s.integer("max.partition.fetch.bytes", 1 << 20, 0, Integer.MAX_VALUE),
                s.oneOf("isolation.level", "read_uncommitted", "read_uncommitted", "read_committed")
                        .equals("read_committed"),
                s.flag("check.crcs", true));
    }

    private static GroupConfig group(Settings s, String groupId) {
        return new GroupConfig(
                groupId,
                s.text("group.instance.id"),
                s.integer("session.timeout.ms", 45_000, 1, Integer.MAX_VALUE),
                s.integer("heartbeat.interval.ms", 3_000, 1, Integer.MAX_VALUE),
                s.integer("max.poll.interval.ms", 300_000, 1, Integer.MAX_VALUE),
                assignors(s.list("partition.assignment.strategy")),
                s.integer("request.timeout.ms", 30_000, 1, Integer.MAX_VALUE));
    }

    private static List<Assignor> assignors(List<String> names) {
        if (names.isEmpty()) {
            return List.of(Assignor.range(), Assignor.cooperativeSticky());
        }
        List<Assignor> assignors = new ArrayList<>();
        for (String name : names) {
            assignors.add(
                    switch (name.substring(name.lastIndexOf('.') + 1)) {
                        case "range", "RangeAssignor" -> Assignor.range();
                        case "roundrobin", "RoundRobinAssignor" -> Assignor.roundRobin();
                        case "cooperative-sticky", "CooperativeStickyAssignor" -> Assignor.cooperativeSticky();
                        default ->
                            throw Settings.bad(
                                    "partition.assignment.strategy",
                                    name,
                                    "range, roundrobin, cooperative-sticky, or the class of Kafka's of that name");
                    });
        }
        return assignors;
    }

    /** The defaults, for the cluster of these brokers: {@code host:port}, several separated by commas. */
    public static ConsumerConfig of(String bootstrapServers) {
        return from(Map.of("bootstrap.servers", bootstrapServers));
    }

    /**
     * From keys and values, as in a {@link java.util.Properties} file.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public static ConsumerConfig from(Map<?, ?> properties) {
        return new ConsumerConfig(Settings.textOf(properties));
    }

    /**
     * The same configuration but for one key.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public ConsumerConfig with(String key, Object value) {
        Map<String, String> changed = new TreeMap<>(given);
        changed.put(key, String.valueOf(value));
        return from(changed);
    }

    /** What {@code client.id} says, or null; every client without one makes one up. */
    public @Nullable String clientId() {
        return clientId;
    }

    ClusterConfig cluster() {
        return cluster;
    }

    ConnectionConfig connections() {
        return connections;
    }

    FetchConfig fetch() {
        return fetch;
    }

    @Nullable
    GroupConfig group() {
        return group;
    }

    @Nullable
    Long resetTimestamp() {
        return resetTimestamp;
    }

    boolean autoCommit() {
        return autoCommit;
    }

    int autoCommitIntervalMs() {
        return autoCommitIntervalMs;
    }

    int maxPollRecords() {
        return maxPollRecords;
    }

    int apiTimeoutMs() {
        return apiTimeoutMs;
    }

    Backoff retry() {
        return retry;
    }
}
