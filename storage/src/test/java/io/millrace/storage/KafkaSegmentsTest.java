package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.LegacyCursor;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Log directories written by Apache Kafka 3.9.2: two right after a kill ({@code unclean}), and what Kafka itself made of them
 * ({@code clean}) by recovering and stopping in order.
 */
class KafkaSegmentsTest {
    private static final String CLUSTER = "-3coFD_bS7eVlRTl9QvK2A";

    /** Topics that were made with the broker's index interval; the others have 512. */
    private static final List<String> WIDE_INDEX =
            List.of("bulk", "big-snappy", "__consumer_offsets", "__transaction_state");

    @TempDir
    Path root;

    @Test
    void servesEveryRecordOfADirectoryThatKafkaClosed() throws IOException {
        KafkaSegments.unzip("clean", root);
        Map<TopicPartition, Integer> counts =
                new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        try (LogManager manager = start()) {
            for (PartitionLog log : manager.logs()) {
                assertThat(log.cleanStart()).isTrue();
                assertThat(log.highWatermark()).as(log.toString()).isEqualTo(log.logEndOffset());
                counts.put(log.topicPartition(), countRecords(log));
            }
        }
        // As kafka.tools.DumpLogSegments counted them.
        assertThat(counts).hasSize(26);
        assertThat(counts)
                .containsEntry(new TopicPartition("bulk", 0), 1246)
                .containsEntry(new TopicPartition("gzip", 0), 240)
                .containsEntry(new TopicPartition("snappy", 0), 240)
                .containsEntry(new TopicPartition("lz4", 0), 240)
                .containsEntry(new TopicPartition("zstd", 0), 240)
                .containsEntry(new TopicPartition("big-snappy", 0), 180)
                .containsEntry(new TopicPartition("old-v0", 0), 120)
                .containsEntry(new TopicPartition("old-v1-append", 0), 36)
                .containsEntry(new TopicPartition("retained", 0), 125)
                .containsEntry(new TopicPartition("compacted", 0), 39)
                .containsEntry(new TopicPartition("plain", 1), 73)
                .containsEntry(new TopicPartition("txn", 0), 104)
                .containsEntry(new TopicPartition("__transaction_state", 1), 39);
    }

    @Test
    void leavesADirectoryThatKafkaClosedAsItWas() throws IOException {
        KafkaSegments.unzip("clean", root);
        Map<String, byte[]> before = contents(path -> true);
        start().close();
        assertSameFiles(before, contents(path -> true));
    }

    @Test
    void recoversAKilledDirectoryToTheSameBytesAsKafka() throws IOException {
        KafkaSegments.unzip("clean", root);
        Map<String, byte[]> expected = contents(KafkaSegmentsTest::isOfALog);
        deleteTree();
        KafkaSegments.unzip("unclean", root);
        try (LogManager manager = start()) {
            for (PartitionLog log : manager.logs()) {
                assertThat(log.cleanStart()).isFalse();
                countRecords(log);
            }
            PartitionLog txn = Objects.requireNonNull(manager.log(new TopicPartition("txn", 1)));
            assertThat(txn.lastStableOffset()).as("a transaction is open").isLessThan(txn.logEndOffset());
        }
        assertSameFiles(expected, contents(KafkaSegmentsTest::isOfALog));
    }

    private LogManager start() {
        StorageConfig config = StorageConfig.of(List.of(root.resolve("d1"), root.resolve("d2")));
        LogManager manager = new LogManager(config, new TestClock(1_790_000_000_000L));
        manager.lockDirs();
        manager.start(manager.storedBrokerId().orElseThrow(), CLUSTER, KafkaSegmentsTest::config)
                .join();
        return manager;
    }

    private static LogConfig config(String topic) {
        return new LogConfig.Builder()
                .retentionMs(-1)
                .indexIntervalBytes(WIDE_INDEX.contains(topic) ? 4096 : 512)
                .build();
    }

    private static int countRecords(PartitionLog log) {
        int count = 0;
        long next = log.logStartOffset();
        LogSlice slice = new LogSlice();
        while (next < log.logEndOffset()) {
            log.read(next, 10_000, true, log.logEndOffset(), slice);
            if (slice.length() == 0) {
                break;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            bytes.flip();
            List<Long> offsets = offsets(bytes);
            long from = next;
            count += (int) offsets.stream().filter(offset -> offset >= from).count();
            next = Math.max(next, lastOffset(bytes)) + 1;
        }
        return count;
    }

    private static List<Long> offsets(ByteBuffer bytes) {
        List<Long> offsets = new ArrayList<>();
        if (BatchHeader.magic(bytes, 0) == BatchHeader.CURRENT_MAGIC) {
            for (String record : Batches.records(bytes)) {
                offsets.add(Long.parseLong(record.substring(0, record.indexOf(':'))));
            }
        } else {
            LegacyCursor messages = new LegacyCursor().wrap(bytes, 0, wholeLength(bytes));
            while (messages.next()) {
                offsets.add(messages.offset());
            }
        }
        return offsets;
    }

    private static int wholeLength(ByteBuffer bytes) {
        int end = 0;
        while (bytes.limit() - end >= BatchHeader.LOG_OVERHEAD
                && BatchHeader.sizeInBytes(bytes, end) <= bytes.limit() - end) {
            end += BatchHeader.sizeInBytes(bytes, end);
        }
        return end;
    }

    private static long lastOffset(ByteBuffer bytes) {
        long last = -1;
        for (int index = 0; index < wholeLength(bytes); index += BatchHeader.sizeInBytes(bytes, index)) {
            last = BatchHeader.magic(bytes, index) == BatchHeader.CURRENT_MAGIC
                    ? BatchHeader.lastOffset(bytes, index)
                    : BatchHeader.baseOffset(bytes, index);
        }
        return last;
    }

    // Files of partitions in use; a copy under way (-future) and a deleted one are not.
    private static boolean isOfALog(String path) {
        String dir = path.substring(0, Math.max(0, path.lastIndexOf('/')));
        return dir.indexOf('/') > 0 && dir.matches(".*-[0-9]+");
    }

    private Map<String, byte[]> contents(Predicate<String> wanted) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(path).toString();
                if (wanted.test(name) && !name.contains("-delete/")) {
                    contents.put(name, Files.readAllBytes(path));
                }
            }
        }
        return contents;
    }

    private static void assertSameFiles(Map<String, byte[]> expected, Map<String, byte[]> actual) {
        List<String> differences = new ArrayList<>();
        for (String name : expected.keySet()) {
            if (!actual.containsKey(name)) {
                differences.add("missing " + name);
            } else if (!sameContent(name, expected.get(name), actual.get(name))) {
                differences.add(
                        "other bytes in " + name + ": " + expected.get(name).length + " / " + actual.get(name).length);
            }
        }
        actual.keySet().stream()
                // The lock file stays for the next broker to lock.
                .filter(name -> !expected.containsKey(name) && !name.endsWith("/.lock"))
                .forEach(name -> differences.add("extra " + name));
        assertThat(differences).isEmpty();
    }

    private static boolean sameContent(String name, byte[] expected, byte[] actual) {
        if (name.endsWith("-checkpoint")) {
            // The order of the lines is arbitrary, and a file without entries may be empty.
            return lines(expected).equals(lines(actual));
        }
        return Arrays.equals(expected, actual);
    }

    // Without the count and without the log that is being moved here: a directory under way is left alone.
    private static List<String> lines(byte[] content) {
        return new String(content, StandardCharsets.UTF_8)
                .lines()
                .skip(2)
                .filter(line -> !line.startsWith("moving 0"))
                .sorted()
                .toList();
    }

    private void deleteTree() throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                if (!path.equals(root)) {
                    Files.delete(path);
                }
            }
        }
    }
}
