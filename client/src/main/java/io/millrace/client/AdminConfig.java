package io.millrace.client;

import io.millrace.client.net.ClusterConfig;
import io.millrace.client.net.ConnectionConfig;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an {@link Admin}: Kafka's keys, Kafka's defaults, checked when it is made and never changed after.
 *
 * <p>Keys: {@code bootstrap.servers}, {@code client.id}, {@code default.api.timeout.ms}, {@code request.timeout.ms},
 * {@code retry.backoff.ms}, {@code retry.backoff.max.ms}, {@code metadata.max.age.ms}, {@code reconnect.backoff.ms},
 * {@code reconnect.backoff.max.ms}, {@code socket.connection.setup.timeout.ms}, {@code send.buffer.bytes},
 * {@code receive.buffer.bytes}. Others are named in a warning and ignored.
 *
 * <pre>{@code
 * AdminConfig config = AdminConfig.of("localhost:9092").with("default.api.timeout.ms", 10_000);
 * }</pre>
 */
public final class AdminConfig {
    private static final int RECEIVE_BUFFER_BYTES = 64 << 10;

    private final Map<String, String> given;
    private final @Nullable String clientId;
    private final ClusterConfig cluster;
    private final ConnectionConfig connections;
    private final int apiTimeoutMs;

    private AdminConfig(Map<String, String> given) {
        this.given = given;
        Settings s = new Settings(given);
        clientId = s.text("client.id");
        cluster = s.cluster(false);
        connections = s.connections(RECEIVE_BUFFER_BYTES);
        apiTimeoutMs = s.integer("default.api.timeout.ms", 60_000, 1, Integer.MAX_VALUE);
        s.warnAboutUnknown();
    }

    /** The defaults, for the cluster of these brokers: {@code host:port}, several separated by commas. */
    public static AdminConfig of(String bootstrapServers) {
        return from(Map.of("bootstrap.servers", bootstrapServers));
    }

    /**
     * From keys and values, as in a {@link java.util.Properties} file.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public static AdminConfig from(Map<?, ?> properties) {
        return new AdminConfig(Settings.textOf(properties));
    }

    /**
     * The same configuration but for one key.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public AdminConfig with(String key, Object value) {
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

    int apiTimeoutMs() {
        return apiTimeoutMs;
    }
}
