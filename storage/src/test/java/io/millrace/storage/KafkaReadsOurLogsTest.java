package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.tool.DumpLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kafka.log.UnifiedLog;
import org.apache.kafka.common.record.FileRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.FetchIsolation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write, Kafka's own classes read: the log as a broker of theirs opens it, and their tool finds nothing wrong. */
class KafkaReadsOurLogsTest {
    private static final String CLUSTER = "abcdefghijklmnopqrstuv";
    private static final long NOW = System.currentTimeMillis() - 100_000;

    @TempDir
    Path dir;

    private final Map<TopicPartition, List<String>> written =
            new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    private final AppendInfo info = new AppendInfo();

    @BeforeEach
    void write() {
        try (LogManager manager = start()) {
            PartitionLog plain = create(manager, "plain", config().build());
            for (int i = 0; i < 300; i++) {
                plain.appendAsLeader(
                        Batches.of(NOW + i, "value" + i, "another" + i), i / 70, AppendOrigin.CLIENT, info);
            }
            plain.updateHighWatermark(600);
            plain.deleteRecords(90);
            manager.sweepNow();
            writeCompressed(manager);
            writeTransactions(manager);
            writeCompacted(manager);
            PartitionLog cut = create(manager, "cut", config().build());
            for (int i = 0; i < 100; i++) {
                cut.appendAsLeader(Batches.of(NOW + i, "value" + i), 3, AppendOrigin.CLIENT, info);
            }
            cut.truncateTo(41);
            cut.appendAsLeader(Batches.of(NOW + 500, "after"), 7, AppendOrigin.CLIENT, info);
            create(manager, "empty", config().build());
            create(manager, "deleted", config().build())
                    .appendAsLeader(Batches.of(NOW, "gone"), 0, AppendOrigin.CLIENT, info);
            manager.delete(new TopicPartition("deleted", 0));
            for (PartitionLog log : manager.logs()) {
                log.updateHighWatermark(log.logEndOffset());
            }
        }
        try (LogManager manager = start()) {
            for (PartitionLog log : manager.logs()) {
                written.put(log.topicPartition(), summary(log));
            }
        }
        assertThat(written).hasSize(6);
    }

    private void writeCompressed(LogManager manager) {
        BatchBuilder builder = new BatchBuilder();
        PartitionLog log = create(manager, "compressed", config().build());
        for (int i = 0; i < 100; i++) {
            builder.begin(Compression.values()[i % Compression.values().length]);
            for (int j = 0; j < 5; j++) {
                builder.append(
                        NOW + i + j,
                        new byte[] {'k', (byte) ('a' + j)},
                        ("value" + i).repeat(5).getBytes(StandardCharsets.UTF_8));
            }
            log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, info);
        }
    }

    private void writeTransactions(LogManager manager) {
        PartitionLog log = create(manager, "transactions", config().build());
        for (int i = 0; i < 40; i++) {
            log.appendAsLeader(Batches.idempotent(5, 0, i, NOW + i, "i" + i), 1, AppendOrigin.CLIENT, info);
            log.appendAsLeader(Batches.transactional(6, 0, i, NOW + i, "t" + i), 1, AppendOrigin.CLIENT, info);
            log.appendAsLeader(Batches.marker(6, 0, i % 3 > 0, 2, NOW + i), 1, AppendOrigin.COORDINATOR, info);
        }
        log.appendAsLeader(Batches.transactional(7, 3, 0, NOW + 50, "open"), 1, AppendOrigin.CLIENT, info);
    }

    private void writeCompacted(LogManager manager) {
        PartitionLog log = create(
                manager,
                "compacted",
                config().compact(true).delete(false).minCleanableDirtyRatio(0).build());
        BatchBuilder builder = new BatchBuilder();
        for (int i = 0; i < 200; i++) {
            builder.begin(Compression.NONE);
            builder.append(
                    NOW + i,
                    new byte[] {(byte) ('a' + i % 17)},
                    i % 19 == 0 ? null : ("v" + i).getBytes(StandardCharsets.UTF_8));
            log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, info);
        }
        log.updateHighWatermark(log.logEndOffset());
        long before = log.size();
        manager.compactNow();
        assertThat(log.size()).isLessThan(before / 2);
    }

    @Test
    void theirToolFindsNothingWrongAndPrintsWhatOursPrints() throws IOException {
        String files = String.join(",", segmentFiles());
        String[] options = {"--print-data-log", "--deep-iteration", "--files", files};
        String theirs = KafkaStorage.dump(options);
        assertThat(theirs)
                .contains("baseOffset: ")
                .doesNotContain("isvalid: false")
                .doesNotContain("Mismatches")
                .doesNotContain("Index offset")
                .doesNotContain("Non-consecutive offsets in " + dir.resolve("plain-0"))
                .doesNotContain("mismatch")
                .doesNotContain("out of order");
        // Theirs ends with gaps in offsets, which compaction leaves; ours finds nothing wrong with them.
        int gaps = theirs.indexOf("Non-consecutive offsets");
        assertThat(captureOurs(options)).isEqualTo(gaps < 0 ? theirs : theirs.substring(0, gaps));
        for (String check : List.of("--index-sanity-check", "--verify-index-only")) {
            String checked = KafkaStorage.dump(check, "--files", files);
            assertThat(checked).as(check).doesNotContain("ismatch").contains(".timeindex", "is empty.");
            assertThat(captureOurs(check, "--files", files)).as(check).isEqualTo(checked);
        }
        assertThat(KafkaStorage.dump("--deep-iteration", "--files=" + files))
                .as("a value behind an equals sign")
                .contains("| offset: ")
                .startsWith(captureOurs("--deep-iteration", "--files=" + files));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theirLogOpensOursAndReadsEveryRecord(boolean clean) throws Exception {
        KafkaScheduler scheduler = new KafkaScheduler(1);
        scheduler.startup();
        try {
            for (TopicPartition partition : written.keySet()) {
                Path path = dir.resolve(partition.toString());
                long start = partition.topic().equals("plain") ? 90 : 0;
                UnifiedLog log = KafkaStorage.open(path, start, 0, clean, scheduler);
                try {
                    assertThat(summary(log, start)).as(partition.toString()).isEqualTo(written.get(partition));
                } finally {
                    log.close();
                }
            }
        } finally {
            scheduler.shutdown();
        }
    }

    private static List<String> summary(PartitionLog log) {
        List<String> lines = new ArrayList<>();
        lines.add(log.logStartOffset() + ".." + log.logEndOffset() + " epoch "
                + log.leaderEpochs().latestEpoch() + " from "
                + log.leaderEpochs().latestStartOffset() + " id "
                // An empty directory is not written to, and is anybody's who has its name.
                + (log.logEndOffset() == 0 ? "" : log.topicId()));
        log.activeProducers().stream()
                .map(producer -> "producer " + producer.producerId() + " " + producer.producerEpoch() + " "
                        + producer.lastSequence() + " " + producer.lastOffset() + " "
                        + producer.currentTxnFirstOffset())
                .sorted()
                .forEach(lines::add);
        lines.add("aborted " + log.abortedTransactions(0, log.logEndOffset()).size());
        io.millrace.storage.log.LogSlice slice = new io.millrace.storage.log.LogSlice();
        long next = log.logStartOffset();
        while (next < log.logEndOffset()) {
            log.read(next, 100_000, true, log.logEndOffset(), slice);
            if (slice.length() == 0) {
                break;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            for (org.apache.kafka.common.record.RecordBatch batch :
                    org.apache.kafka.common.record.MemoryRecords.readableRecords(bytes.flip())
                            .batches()) {
                next = addRecords(batch, next, lines);
            }
        }
        return lines;
    }

    private static long addRecords(RecordBatch batch, long from, List<String> lines) {
        for (org.apache.kafka.common.record.Record record : batch) {
            if (record.offset() >= from) {
                lines.add(record.offset() + " " + record.timestamp() + " " + text(record.key()) + " "
                        + text(record.value()));
            }
        }
        return batch.nextOffset();
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null
                ? "null"
                : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    private static List<String> summary(UnifiedLog log, long start) {
        List<String> lines = new ArrayList<>();
        int epoch = log.latestEpoch().isEmpty() ? -1 : (int) log.latestEpoch().get();
        long epochStart = log.leaderEpochCache()
                .get()
                .latestEntry()
                .map(entry -> entry.startOffset)
                .orElse(-1L);
        lines.add(log.logStartOffset() + ".." + log.logEndOffset() + " epoch " + epoch + " from " + epochStart + " id "
                + (log.topicId().isEmpty() ? "" : log.topicId().get()));
        scala.jdk.javaapi.CollectionConverters.asJava(log.activeProducers()).stream()
                .map(producer -> "producer " + producer.producerId() + " " + producer.producerEpoch() + " "
                        + producer.lastSequence() + " " + KafkaStorage.lastOffset(log, producer.producerId()) + " "
                        + producer.currentTxnStartOffset())
                .sorted()
                .forEach(lines::add);
        lines.add("aborted "
                + scala.jdk.javaapi.CollectionConverters.asJava(log.collectAbortedTransactions(0, log.logEndOffset()))
                        .size());
        long next = start;
        while (next < log.logEndOffset()) {
            FileRecords records = (FileRecords) log.read(next, 100_000, FetchIsolation.LOG_END, true).records;
            for (RecordBatch batch : records.batches()) {
                next = addRecords(batch, next, lines);
            }
        }
        return lines;
    }

    private List<String> segmentFiles() throws IOException {
        try (Stream<Path> files = Files.walk(dir, 2)) {
            return files.map(Path::toString)
                    .filter(name -> name.matches(".*\\.(log|index|timeindex|txnindex|snapshot)"))
                    .sorted()
                    .toList();
        }
    }

    private static String captureOurs(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        DumpLog.run(args, out, out, false);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private LogManager start() {
        LogManager manager = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        manager.lockDirs();
        manager.start(1, CLUSTER, topic -> config().build()).join();
        return manager;
    }

    private static PartitionLog create(LogManager manager, String topic, LogConfig config) {
        return manager.getOrCreate(new TopicPartition(topic, 0), Uuid.random(), config);
    }

    private static LogConfig.Builder config() {
        return new LogConfig.Builder()
                .segmentBytes(4000)
                .indexIntervalBytes(300)
                .fileDeleteDelayMs(60_000);
    }
}
