package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.DamagedRange;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL while it works on its logs, or opens them, opens them and compares every record with what the
 * process had reported; and hurts copies of what it left ({@link Injury}). {@code -Dcrash.kills=200} for the long form,
 * {@code -Dcrash.seed=N} to repeat one.
 */
class CrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 4);
    private static final int INJURIES = 3;
    private static final int FEWEST_RECORDS = 10;
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    @TempDir
    Path dir;

    private final List<Model> models = new ArrayList<>();
    private final CompactedModel compacted = new CompactedModel();
    private long acknowledged;

    @Test
    void everythingReportedIsThereAfterEveryKill() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < CrashChild.PARTITIONS; i++) {
            models.add(new Model());
        }
        for (int kill = 0; kill < KILLS; kill++) {
            boolean whileOpening = random.nextInt(5) == 0 && kill > 0;
            runAndKill(random.nextLong(), whileOpening, random.nextInt(500));
            String killed = "seed " + SEED + " kill " + kill;
            for (int i = 0; i < INJURIES; i++) {
                hurtACopy(random, killed);
            }
            try (LogManager manager = CrashChild.open(dir)) {
                for (int i = 0; i < CrashChild.PARTITIONS; i++) {
                    PartitionLog log = manager.log(CrashChild.partition(i));
                    // The first kills may come before it is created.
                    if (log != null || !models.get(i).records.isEmpty()) {
                        models.get(i).compare(Objects.requireNonNull(log), killed + " partition " + i);
                    }
                }
                PartitionLog log = manager.log(CrashChild.COMPACTED);
                if (log != null || !compacted.newest.isEmpty()) {
                    compacted.compare(Objects.requireNonNull(log), killed);
                }
            }
        }
    }

    // A copy of what the kill left is hurt on top of it, opened, and held against the same reports.
    private void hurtACopy(Random random, String killed) throws IOException {
        Path copy = dir.resolveSibling(dir.getFileName() + "-hurt");
        Injury.copyTree(dir, copy);
        try {
            Injury injury = Injury.inflict(copy, random);
            String context = killed + " " + injury;
            try (LogManager manager = CrashChild.open(copy)) {
                assertThat(manager.dirs()).as(context).allMatch(LogDirStatus::online);
                manager.scrubNow();
                for (int i = 0; i < CrashChild.PARTITIONS; i++) {
                    TopicPartition partition = CrashChild.partition(i);
                    PartitionLog log = manager.log(partition);
                    // The kill may have come before it was created.
                    if (log != null || !models.get(i).records.isEmpty()) {
                        models.get(i).compareHurt(Objects.requireNonNull(log), injury, context + " partition " + i);
                    }
                }
            }
        } finally {
            Injury.deleteTree(copy);
        }
    }

    /** @param afterMs how long the process works, or opens its logs, before it is killed; until it has reported a few records at least */
    private void runAndKill(long seed, boolean whileOpening, long afterMs) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashChild.class.getName(),
                        dir.toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            long killAt = Long.MAX_VALUE;
            long enough = whileOpening ? acknowledged : acknowledged + FEWEST_RECORDS;
            String line;
            while ((line = out.readLine()) != null) {
                if (line.equals(whileOpening ? "o" : "d")) {
                    killAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMs);
                } else if (line.matches("[atusk] .* \\.")) {
                    report(line.split(" "));
                }
                if (System.nanoTime() >= killAt && acknowledged >= enough) {
                    // Through the handle: the process object would close the stream and lose the last reports.
                    child.toHandle().destroyForcibly();
                    killAt = Long.MAX_VALUE;
                }
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("the child dies").isTrue();
        assertThat(child.exitValue()).as("killed, not ended by itself").isEqualTo(137);
    }

    private void report(String[] words) {
        if (words[0].equals("k")) {
            compacted.appended(Long.parseLong(words[1]), Integer.parseInt(words[2]));
            return;
        }
        Model model = models.get(Integer.parseInt(words[1]));
        long offset = Long.parseLong(words[2]);
        switch (words[0]) {
            case "a" -> {
                model.appended(offset, Integer.parseInt(words[3]), Long.parseLong(words[4]));
                acknowledged += Integer.parseInt(words[3]);
            }
            case "t" -> model.truncating = offset;
            case "u" -> model.truncated(offset);
            default -> model.mayStartUpTo = Math.max(model.mayStartUpTo, offset);
        }
    }

    /** The newest offset of each key. */
    private static final class CompactedModel {
        private final Map<Integer, Long> newest = new TreeMap<>();

        void appended(long offset, int key) {
            newest.merge(key, offset, Math::max);
        }

        void compare(PartitionLog log, String context) {
            Map<Long, byte[]> found = Model.read(log);
            newest.forEach((key, offset) -> assertThat(found.get(offset))
                    .as(context + ": newest record of key " + key + " at offset " + offset)
                    .isEqualTo(CrashChild.keyedValue(key, offset)));
            found.forEach((offset, value) -> {
                int key = Integer.parseInt(new String(value, StandardCharsets.UTF_8).split(" ")[0]);
                assertThat(value).isEqualTo(CrashChild.keyedValue(key, offset));
                // One may have been appended without being reported.
                appended(offset, key);
            });
        }
    }

    private static final class Model {
        final TreeMap<Long, byte[]> records = new TreeMap<>();
        long end;
        long truncating = Long.MAX_VALUE;
        long mayStartUpTo;

        void appended(long offset, int count, long seed) {
            assertThat(offset).isEqualTo(end);
            for (int i = 0; i < count; i++) {
                records.put(offset + i, CrashChild.value(seed, i));
            }
            end = offset + count;
        }

        void truncated(long newEnd) {
            records.tailMap(newEnd, true).clear();
            end = newEnd;
            truncating = Long.MAX_VALUE;
        }

        /** Whatever was done to the files: no record is another one, and only what was hurt may be missing. */
        void compareHurt(PartitionLog log, Injury injury, String context) {
            boolean hurt = injury.concerns(log.topicPartition());
            long surelyThere = Math.min(end, Math.max(log.logStartOffset(), truncating - 5));
            Map<Long, byte[]> found = read(log);
            found.forEach((offset, value) -> {
                byte[] known = records.get(offset);
                assertThat(known == null || Arrays.equals(known, value))
                        .as(context + ": value of offset " + offset)
                        .isTrue();
            });
            for (long offset : records.tailMap(log.logStartOffset()).keySet()) {
                if (!found.containsKey(offset) && offset < surelyThere) {
                    assertThat(hurt && injury.mayTake(offset, log.logEndOffset()))
                            .as(context + ": offset " + offset + " is missing, the log ends at " + log.logEndOffset())
                            .isTrue();
                }
            }
        }

        void compare(PartitionLog log, String context) {
            assertThat(log.logStartOffset()).as(context + ": log start").isLessThanOrEqualTo(mayStartUpTo);
            long surelyThere = Math.min(end, Math.max(log.logStartOffset(), truncating - 5));
            assertThat(log.logEndOffset()).as(context + ": log end").isGreaterThanOrEqualTo(surelyThere);
            Map<Long, byte[]> found = read(log);
            for (Map.Entry<Long, byte[]> record :
                    records.tailMap(log.logStartOffset()).entrySet()) {
                byte[] there = found.get(record.getKey());
                if (there == null) {
                    assertThat(record.getKey()).as(context + ": missing").isGreaterThanOrEqualTo(log.logEndOffset());
                    continue;
                }
                assertThat(Arrays.equals(there, record.getValue()))
                        .as(context + ": value of offset " + record.getKey())
                        .isTrue();
            }
            // One batch may have been appended without being reported.
            long unreported =
                    found.keySet().stream().filter(offset -> offset >= end).count();
            assertThat(unreported).as(context + ": unreported records").isLessThanOrEqualTo(5);
            records.clear();
            records.putAll(found);
            end = log.logEndOffset();
            truncating = Long.MAX_VALUE;
        }

        private static Map<Long, byte[]> read(PartitionLog log) {
            Map<Long, byte[]> found = new TreeMap<>();
            RecordCursor cursor = new RecordCursor();
            LogSlice slice = new LogSlice();
            long next = log.logStartOffset();
            while (next < log.logEndOffset()) {
                try {
                    log.read(next, 64 * 1024, true, log.logEndOffset(), slice);
                } catch (StorageException e) {
                    next = behindDamage(log, next, e);
                    continue;
                }
                assertThat(slice.length())
                        .as("bytes at offset " + next + " of " + log)
                        .isPositive();
                ByteBuffer bytes = ByteBuffer.allocate(slice.length());
                slice.copyTo(bytes);
                slice.release();
                bytes.flip();
                for (int index = 0; isWhole(bytes, index); index += BatchHeader.sizeInBytes(bytes, index)) {
                    assertThat(BatchHeader.crcIsValid(bytes, index)).isTrue();
                    cursor.wrap(bytes, index);
                    while (cursor.next()) {
                        byte[] value = new byte[cursor.valueLength()];
                        cursor.buffer().get(cursor.valueIndex(), value);
                        if (cursor.offset() >= log.logStartOffset()) {
                            found.put(cursor.offset(), value);
                        }
                    }
                    next = BatchHeader.nextOffset(bytes, index);
                }
            }
            return found;
        }

        private static long behindDamage(PartitionLog log, long offset, StorageException refused) {
            return log.damagedRanges().stream()
                    .filter(range -> range.firstOffset() <= offset && offset < range.nextOffset())
                    .mapToLong(DamagedRange::nextOffset)
                    .findFirst()
                    .orElseThrow(() -> refused);
        }

        private static boolean isWhole(ByteBuffer bytes, int index) {
            return bytes.limit() - index >= BatchHeader.RECORDS
                    && BatchHeader.sizeInBytes(bytes, index) <= bytes.limit() - index;
        }
    }
}
