package io.millrace.broker;

import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A broker in the JVM of a test, or of a small program that wants one: the real one, with its ZooKeeper, on free ports of the loopback
 * interface, ready when {@code start} returns. Any number may run side by side.
 *
 * <pre>{@code
 * @AutoClose
 * static final EmbeddedBroker broker = EmbeddedBroker.start();
 *
 * @Test
 * void greets() {
 *     try (var producer = Producer.ofStrings(broker.bootstrapServers())) {
 *         producer.send(new ProducerRecord<>("greetings", "en", "hello")).join();
 *     }
 * }
 * }</pre>
 *
 * <p>Settings are those of {@code docs/configuration.md}. Other than in a broker of its own process,
 * {@code offsets.topic.num.partitions} is 1 and {@code group.initial.rebalance.delay.ms} is 0 unless they are set, because a test
 * should not wait. It logs as the program around it does. Methods may be called by any thread.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final String LISTENER = "PLAINTEXT";

    private final Broker broker;
    private final @Nullable Path toDelete;

    private EmbeddedBroker(Broker broker, @Nullable Path toDelete) {
        this.broker = broker;
        this.toDelete = toDelete;
    }

    /**
     * Starts one with its files in a new directory for temporary files, which {@link #close} deletes.
     *
     * @throws UncheckedIOException if the files cannot be made
     */
    public static EmbeddedBroker start() {
        return start(Map.of());
    }

    /**
     * Likewise, with settings of one's own.
     *
     * @param settings by their keys, as in {@code broker.properties}
     * @throws ConfigException if a setting is refused
     * @throws UncheckedIOException if the files cannot be made
     */
    public static EmbeddedBroker start(Map<String, String> settings) {
        Path dir;
        try {
            dir = Files.createTempDirectory("millrace-");
        } catch (IOException e) {
            throw new UncheckedIOException("No directory can be made for an embedded broker", e);
        }
        try {
            return start(dir, settings, dir);
        } catch (RuntimeException e) {
            delete(dir);
            throw e;
        }
    }

    /**
     * Starts one with its files in a directory that stays: another one that is started there later goes on with its topics,
     * groups and records.
     *
     * @param dir made if it is missing
     * @param settings by their keys, as in {@code broker.properties}
     * @throws ConfigException if a setting is refused
     * @throws UncheckedIOException if the files cannot be made or read
     */
    public static EmbeddedBroker start(Path dir, Map<String, String> settings) {
        return start(dir, settings, null);
    }

    private static EmbeddedBroker start(Path dir, Map<String, String> settings, @Nullable Path toDelete) {
        Map<String, String> all = new HashMap<>(Map.of(
                "broker.id", "1",
                "listeners", LISTENER + "://localhost:0",
                "log.dirs", dir.resolve("logs").toString(),
                "offsets.topic.num.partitions", "1",
                "group.initial.rebalance.delay.ms", "0"));
        all.putAll(settings);
        Broker broker = new Broker(BrokerConfig.parse(all));
        try {
            broker.start();
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded broker in " + dir + " cannot start: " + e.getMessage(), e);
        }
        return new EmbeddedBroker(broker, toDelete);
    }

    /** What clients take as {@code bootstrap.servers}: {@code host:port} of the listener named PLAINTEXT. */
    public String bootstrapServers() {
        return "localhost:" + broker.port(LISTENER);
    }

    /** What {@link #close} deletes, or null. */
    @Nullable
    Path temporaryDir() {
        return toDelete;
    }

    /** Stops it in order, and deletes what is temporary. */
    @Override
    public void close() {
        broker.close();
        if (toDelete != null) {
            delete(toDelete);
        }
    }

    private static void delete(Path dir) {
        try {
            Files.walkFileTree(dir, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("The directory " + dir + " of an embedded broker cannot be deleted", e);
        }
    }
}
