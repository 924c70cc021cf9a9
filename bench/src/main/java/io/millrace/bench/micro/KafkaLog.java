package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import kafka.log.UnifiedLog;
import kafka.log.UnifiedLog$;
import kafka.server.BrokerTopicStats;
import kafka.server.RequestLocal;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import scala.Option;

/** One partition of Kafka's in a directory of its own, which is removed when it is closed. */
final class KafkaLog implements AppendTarget {
    private static final int PRODUCER_EXPIRATION_MS = 86_400_000;
    private static final int CHECK_INTERVAL_MS = 600_000;
    private static final int MAX_TRANSACTION_TIMEOUT_MS = 900_000;

    private final Path dir;
    private final KafkaScheduler scheduler = new KafkaScheduler(1);
    private final UnifiedLog log;
    private final RequestLocal requestLocal = RequestLocal.withThreadConfinedCaching();

    KafkaLog() throws IOException {
        dir = Files.createTempDirectory("kafka-bench");
        scheduler.startup();
        log = open(Files.createDirectory(dir.resolve("bench-0")), scheduler, true);
    }

    private KafkaLog(Path dir) {
        this.dir = dir;
        scheduler.startup();
        log = open(dir.resolve("bench-0"), scheduler, true);
    }

    /** Closes it in order and opens it again, as when a broker is started again; this one must not be used any more. */
    KafkaLog reopened() {
        stop();
        return new KafkaLog(dir);
    }

    /** @param clean whether the directory is believed to have been closed in order */
    static UnifiedLog open(Path path, KafkaScheduler scheduler, boolean clean) {
        return UnifiedLog$.MODULE$.apply(
                path.toFile(),
                new LogConfig(new Properties()),
                0L,
                0L,
                scheduler,
                new BrokerTopicStats(false),
                Time.SYSTEM,
                MAX_TRANSACTION_TIMEOUT_MS,
                new ProducerStateManagerConfig(PRODUCER_EXPIRATION_MS, true),
                CHECK_INTERVAL_MS,
                new LogDirFailureChannel(1),
                clean,
                Option.apply(new org.apache.kafka.common.Uuid(1, 2)),
                true,
                new ConcurrentHashMap<>(),
                false,
                LogOffsetsListener.NO_OP_OFFSETS_LISTENER);
    }

    /** Opens a second log on the directory as after a kill; returns its end. */
    long recover() {
        UnifiedLog recovered = open(log.dir().toPath(), scheduler, false);
        long end = recovered.logEndOffset();
        recovered.closeHandlers();
        return end;
    }

    @Override
    public long append(ByteBuffer records) {
        return log.appendAsLeader(
                        MemoryRecords.readableRecords(Batches.anew(records)),
                        0,
                        AppendOrigin.CLIENT,
                        MetadataVersion.latestProduction(),
                        requestLocal,
                        VerificationGuard.SENTINEL)
                .firstOffset();
    }

    /** Finds up to {@code maxBytes} from {@code offset} on, and says how many there are. */
    int find(long offset, int maxBytes) {
        return log.read(offset, maxBytes, FetchIsolation.LOG_END, true).records.sizeInBytes();
    }

    long logEndOffset() {
        return log.logEndOffset();
    }

    @Override
    public void close() throws IOException {
        stop();
        TempDirs.delete(dir);
    }

    private void stop() {
        log.close();
        try {
            scheduler.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        requestLocal.close();
    }
}
