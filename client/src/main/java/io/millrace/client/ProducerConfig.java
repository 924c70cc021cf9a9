package io.millrace.client;

import io.millrace.client.net.ClusterConfig;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.producer.Partitioner;
import io.millrace.client.producer.SenderConfig;
import io.millrace.protocol.record.Compression;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a {@link Producer}: Kafka's keys, Kafka's defaults, checked when it is made and never changed after.
 *
 * <pre>{@code
 * ProducerConfig config = ProducerConfig.of("localhost:9092").with("compression.type", "zstd").with("linger.ms", 5);
 * }</pre>
 *
 * Keys: {@code bootstrap.servers}, {@code client.id}, {@code acks}, {@code enable.idempotence}, {@code batch.size},
 * {@code linger.ms}, {@code partitioner.class} ({@code roundrobin}, {@code sticky}, or Kafka's class of that name; what spreads
 * records without a key), {@code buffer.memory}, {@code max.block.ms}, {@code max.request.size},
 * {@code max.in.flight.requests.per.connection}, {@code request.timeout.ms}, {@code delivery.timeout.ms}, {@code retries},
 * {@code retry.backoff.ms}, {@code retry.backoff.max.ms}, {@code compression.type}, {@code compression.gzip.level},
 * {@code compression.lz4.level}, {@code compression.zstd.level}, {@code metadata.max.age.ms}, {@code reconnect.backoff.ms},
 * {@code reconnect.backoff.max.ms}, {@code socket.connection.setup.timeout.ms}, {@code send.buffer.bytes},
 * {@code receive.buffer.bytes}. Others are named in a warning and ignored.
 */
public final class ProducerConfig {
    private static final int RECEIVE_BUFFER_BYTES = 32 << 10;

    private final Map<String, String> given;
    private final @Nullable String clientId;
    private final ClusterConfig cluster;
    private final ConnectionConfig connections;
    private final SenderConfig sender;
    private final Supplier<Partitioner> partitioner;
    private final long maxBlockMs;

    private ProducerConfig(Map<String, String> given) {
        this.given = given;
        Settings s = new Settings(given);
        clientId = s.text("client.id");
        cluster = s.cluster(true);
        connections = s.connections(RECEIVE_BUFFER_BYTES);
        maxBlockMs = s.whole("max.block.ms", 60_000, 0, Long.MAX_VALUE);
        sender = sender(s);
        partitioner = partitioner(s);
        s.warnAboutUnknown();
    }

    private static Supplier<Partitioner> partitioner(Settings s) {
        String name = s.text("partitioner.class", "roundrobin");
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "roundrobin", "RoundRobinPartitioner" -> Partitioner::roundRobin;
            case "sticky", "DefaultPartitioner", "UniformStickyPartitioner" -> Partitioner::sticky;
            default ->
                throw Settings.bad(
                        "partitioner.class",
                        name,
                        "roundrobin or sticky; a partitioner of one's own is given to the producer itself");
        };
    }

    private static SenderConfig sender(Settings s) {
        String acks = s.oneOf("acks", "all", "all", "-1", "0", "1");
        boolean idempotenceChosen = s.text("enable.idempotence") != null;
        int retries = s.integer("retries", Integer.MAX_VALUE, 0, Integer.MAX_VALUE);
        int maxInFlight = s.integer("max.in.flight.requests.per.connection", 5, 1, Integer.MAX_VALUE);
        boolean all = acks.equals("all") || acks.equals("-1");
        // Like Kafka's: what contradicts idempotence turns it off, unless it was asked for by name.
        boolean idempotentByDefault = all && retries > 0 && maxInFlight <= SenderConfig.MAX_IN_FLIGHT_IDEMPOTENT;
        boolean idempotent = s.flag("enable.idempotence", idempotenceChosen || idempotentByDefault);
        long lingerMs = s.whole("linger.ms", 0, 0, Integer.MAX_VALUE);
        int requestTimeoutMs = s.integer("request.timeout.ms", 30_000, 1, Integer.MAX_VALUE);
        Compression compression = compression(s);
        return new SenderConfig(
                all ? -1 : Short.parseShort(acks),
                s.integer("batch.size", 16_384, 0, 1 << 30),
                lingerMs,
                s.whole("buffer.memory", 32 << 20, 0, Long.MAX_VALUE),
                s.integer("max.request.size", 1 << 20, 0, 1 << 30),
                maxInFlight,
                requestTimeoutMs,
                s.integer(
                        "delivery.timeout.ms",
                        (int) Math.max(120_000, Math.min(Integer.MAX_VALUE, lingerMs + requestTimeoutMs)),
                        0,
                        Integer.MAX_VALUE),
                retries,
                s.retryBackoff(),
                compression,
                level(s, compression),
                idempotent);
    }

    private static Compression compression(Settings s) {
        String name = s.text("compression.type", "none");
        try {
            return Compression.ofConfigName(name);
        } catch (IllegalArgumentException e) {
            throw Settings.bad("compression.type", name, "one of none, gzip, snappy, lz4, zstd");
        }
    }

    private static int level(Settings s, Compression chosen) {
        int level = chosen.defaultLevel();
        for (Compression codec : new Compression[] {Compression.GZIP, Compression.LZ4, Compression.ZSTD}) {
            String key = "compression." + codec.configName() + ".level";
            int configured = s.integer(key, codec.defaultLevel(), Integer.MIN_VALUE, Integer.MAX_VALUE);
            if (!codec.isLevel(configured)) {
                throw Settings.bad(key, String.valueOf(configured), "a level that " + codec.configName() + " has");
            }
            level = codec == chosen ? configured : level;
        }
        return level;
    }

    /** The defaults, for the cluster of these brokers: {@code host:port}, several separated by commas. */
    public static ProducerConfig of(String bootstrapServers) {
        return from(Map.of("bootstrap.servers", bootstrapServers));
    }

    /**
     * From keys and values, as in a {@link java.util.Properties} file.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public static ProducerConfig from(Map<?, ?> properties) {
        return new ProducerConfig(Settings.textOf(properties));
    }

    /**
     * The same configuration but for one key.
     *
     * @throws IllegalArgumentException naming key, value and rule
     */
    public ProducerConfig with(String key, Object value) {
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

    SenderConfig sender() {
        return sender;
    }

    /** One that belongs to the producer that asks. */
    Partitioner partitioner() {
        return partitioner.get();
    }

    long maxBlockMs() {
        return maxBlockMs;
    }
}
