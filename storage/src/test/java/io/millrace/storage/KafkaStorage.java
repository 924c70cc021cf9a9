package io.millrace.storage;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import kafka.log.UnifiedLog;
import kafka.log.UnifiedLog$;
import kafka.server.BrokerTopicStats;
import kafka.tools.DumpLogSegments;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import scala.Console;
import scala.Option;

/** Kafka's own classes for logs, used as a broker of theirs and its tool use them. */
public final class KafkaStorage {
    private KafkaStorage() {}

    /**
     * Opens the log in a partition's directory.
     *
     * @param logStart as its checkpoint says
     * @param recoveryPoint likewise; of no meaning after a clean stop
     * @param clean whether the directory was closed in order
     * @param scheduler running
     */
    public static UnifiedLog open(
            Path dir, long logStart, long recoveryPoint, boolean clean, KafkaScheduler scheduler) {
        return UnifiedLog$.MODULE$.apply(
                dir.toFile(),
                new LogConfig(new Properties()),
                logStart,
                recoveryPoint,
                scheduler,
                new BrokerTopicStats(false),
                Time.SYSTEM,
                900_000,
                new ProducerStateManagerConfig(86_400_000, true),
                600_000,
                new LogDirFailureChannel(1),
                clean,
                Option.empty(),
                true,
                new ConcurrentHashMap<>(),
                false,
                LogOffsetsListener.NO_OP_OFFSETS_LISTENER);
    }

    /** Offset of the last record of a producer that is known. */
    public static long lastOffset(UnifiedLog log, long producerId) {
        return log.producerStateManager().activeProducers().get(producerId).lastDataOffset();
    }

    /** What {@code kafka-dump-log.sh} prints. */
    public static String dump(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Console.withOut(bytes, () -> {
            DumpLogSegments.main(args);
            return null;
        });
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
