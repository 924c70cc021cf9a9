package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.KafkaStorage;
import io.millrace.storage.LogManager;
import io.millrace.storage.crash.LogContent.Aborted;
import io.millrace.storage.crash.LogContent.Batch;
import io.millrace.storage.crash.LogContent.Producer;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.log.UnifiedLog;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.FileRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.FetchIsolation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What a kill leaves, Kafka's own recovery puts in order: segments and indexes with space provided ahead, a compaction that had just
 * begun and one that was being put in place. Whoever has opened it, Kafka's tool finds nothing wrong.
 */
class KafkaOpensKilledLogsTest {
    private static final int KILLS = 3;
    /** Enough for some segments, and for transactions that fail. */
    private static final int FEWEST_RECORDS = 1500;

    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    @TempDir
    Path temporary;

    private final KafkaScheduler scheduler = new KafkaScheduler(1);

    @BeforeEach
    void start() {
        scheduler.startup();
    }

    @AfterEach
    void stop() throws InterruptedException {
        scheduler.shutdown();
    }

    @Test
    void theirRecoveryFindsWhatWasAcknowledged() throws Exception {
        Path dir = Files.createDirectory(temporary.resolve("logs"));
        CrashModel model = new CrashModel();
        Random random = new Random(SEED);
        boolean spaceAhead = false;
        for (int kill = 0; kill < KILLS; kill++) {
            KilledChild.run(dir, model, random.nextLong(), false, random.nextInt(300), FEWEST_RECORDS);
            String killed = "seed " + SEED + " kill " + kill;
            spaceAhead |= hasSpaceAhead(dir);
            leaveCompactions(dir.resolve(CrashChild.COMPACTED.toString()));
            finishTruncations(dir, model.takeTruncated(), killed);
            Path theirs = temporary.resolve("theirs");
            Injury.copyTree(dir, theirs);

            model.compare(partition -> openedByKafka(theirs, partition), killed + " opened by Kafka");
            assertNothingWrong(theirs, killed + " recovered by Kafka");
            Injury.deleteTree(theirs);

            try (LogManager manager = CrashChild.open(dir)) {
                model.compare(
                        partition -> {
                            PartitionLog log = manager.log(partition);
                            return log == null ? null : LogContent.of(log);
                        },
                        killed + " opened after them");
            }
            assertNothingWrong(dir, killed + " recovered by us");
        }
        assertThat(spaceAhead)
                .as("seed " + SEED + ": some kill found space provided ahead")
                .isTrue();
    }

    private static boolean hasSpaceAhead(Path dir) throws IOException {
        for (Path log : files(dir, ".*\\.log")) {
            try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
                ByteBuffer last = ByteBuffer.allocate(16);
                if (channel.size() > 16 && channel.read(last, channel.size() - 16) == 16 && last.getLong(8) == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    // As if the kill had come a little later: a segment that was truncated keeps the length that it had until it is cut
    // in the background, also when the next one has begun, and Kafka's recovery removes what follows zeros in one that
    // is
    // not the last. One that was filled without that has none.
    private static void finishTruncations(Path dir, Set<TopicPartition> truncated, String context) throws IOException {
        Set<String> cut = truncated.stream().map(TopicPartition::toString).collect(Collectors.toSet());
        for (Path log : files(dir, ".*\\.log")) {
            Path partition = log.getParent();
            if (files(partition, ".*\\.log").stream().noneMatch(other -> other.compareTo(log) > 0)) {
                continue;
            }
            long data = Injury.dataBytes(log);
            if (cut.contains(partition.getFileName().toString())) {
                try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                    channel.truncate(data);
                }
            } else {
                assertThat(Files.size(log)).as(context + ": the end of " + log).isEqualTo(data);
            }
        }
    }

    // As if the kill had come later: the first segment is there once more to be put in place, the second half written.
    private static void leaveCompactions(Path partition) throws IOException {
        List<Path> logs = files(partition, ".*\\.log");
        if (logs.size() < 3) {
            return;
        }
        for (String suffix : List.of(SegmentFiles.LOG, SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX)) {
            Path placed = partition.resolve(logs.get(0).getFileName().toString().replace(SegmentFiles.LOG, suffix));
            Path swap = partition.resolve(placed.getFileName() + SegmentFiles.SWAP);
            if (Files.exists(placed) && Files.notExists(swap)) {
                Files.copy(placed, swap);
            }
        }
        Path half = partition.resolve(logs.get(1).getFileName() + SegmentFiles.CLEANED);
        byte[] content = Files.readAllBytes(logs.get(1));
        Files.write(half, Arrays.copyOf(content, content.length / 2));
    }

    private @Nullable LogContent openedByKafka(Path dir, TopicPartition partition) {
        Path path = dir.resolve(partition.toString());
        if (Files.notExists(path)) {
            return null;
        }
        try {
            UnifiedLog log = KafkaStorage.open(
                    path,
                    Math.max(0, Injury.checkpoint(dir, "log-start-offset-checkpoint", partition)),
                    Math.max(0, Injury.checkpoint(dir, "recovery-point-offset-checkpoint", partition)),
                    false,
                    scheduler);
            try {
                return contentOf(log);
            } finally {
                log.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LogContent contentOf(UnifiedLog log) {
        NavigableMap<Long, byte[]> values = new TreeMap<>();
        List<Batch> batches = new ArrayList<>();
        long next = log.logStartOffset();
        while (next < log.logEndOffset()) {
            FileRecords records = (FileRecords) log.read(next, 100_000, FetchIsolation.LOG_END, true).records;
            for (RecordBatch batch : records.batches()) {
                batch.ensureValid();
                batches.add(read(batch, log.logStartOffset(), values));
                next = batch.nextOffset();
            }
        }
        List<Producer> producers = CollectionConverters.asJava(log.activeProducers()).stream()
                .map(producer -> new Producer(
                        producer.producerId(),
                        (short) producer.producerEpoch(),
                        producer.lastSequence(),
                        KafkaStorage.lastOffset(log, producer.producerId()),
                        producer.currentTxnStartOffset()))
                .toList();
        List<Aborted> aborted =
                CollectionConverters.asJava(log.collectAbortedTransactions(log.logStartOffset(), log.logEndOffset()))
                        .stream()
                        .map(one -> new Aborted(one.producerId(), one.firstOffset(), one.lastOffset()))
                        .toList();
        return new LogContent(log.logStartOffset(), log.logEndOffset(), values, batches, producers, aborted);
    }

    private static Batch read(RecordBatch batch, long start, NavigableMap<Long, byte[]> values) {
        Boolean marker = null;
        for (Record record : batch) {
            if (batch.isControlBatch()) {
                marker = ControlRecordType.parse(record.key()) == ControlRecordType.COMMIT;
            } else if (record.offset() >= start) {
                byte[] value = new byte[record.valueSize()];
                record.value().get(value);
                values.put(record.offset(), value);
            }
        }
        return new Batch(
                batch.baseOffset(),
                batch.nextOffset(),
                batch.producerId(),
                batch.producerEpoch(),
                batch.baseSequence(),
                batch.isTransactional(),
                marker);
    }

    private static void assertNothingWrong(Path dir, String context) throws IOException {
        List<Path> files = files(dir, ".*\\.(log|index|timeindex|txnindex|snapshot)");
        String dump = KafkaStorage.dump(
                "--deep-iteration",
                "--files",
                String.join(",", files.stream().map(Path::toString).toList()));
        assertThat(dump.lines()
                        .filter(line -> line.matches("(?i).*(isvalid: false|mismatch|invalid bytes|out of order"
                                + "|log offset: |exception|could not).*")))
                .as(context)
                .isEmpty();
        assertThat(dump).as(context).contains("baseOffset: ", "compresscodec: zstd", "endTxnMarker: ABORT");
        // Compaction alone leaves gaps.
        assertThat(dump.lines().filter(line -> line.startsWith("Non-consecutive offsets in ")))
                .as(context)
                .allMatch(line -> line.contains(CrashChild.COMPACTED.toString()));
    }

    private static List<Path> files(Path dir, String name) throws IOException {
        try (Stream<Path> files = Files.walk(dir, 2)) {
            return files.filter(path -> path.getFileName().toString().matches(name))
                    .sorted()
                    .toList();
        }
    }
}
