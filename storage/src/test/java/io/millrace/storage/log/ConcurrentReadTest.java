package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers take no lock: whatever the writer and the housekeeping do meanwhile, they see whole batches in order, or are told why not. */
class ConcurrentReadTest {
    private static final int BATCHES = 15_000;
    private static final int READERS = 3;

    @TempDir
    Path dir;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean done;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readersSeeWholeBatchesWhileSegmentsComeAndGo(boolean mapped) throws InterruptedException {
        LogConfig config = TestLog.config()
                .segmentBytes(30_000)
                .indexIntervalBytes(300)
                .retentionBytes(300_000)
                .build();
        try (TestLog test = new TestLog(dir, config, mapped)) {
            List<Thread> readers = startReaders(test);
            for (int i = 0; i < BATCHES && failure.get() == null; i++) {
                long next = test.log.logEndOffset();
                test.append(Batches.of(TestLog.NOW, value(next), value(next + 1)));
                test.log.updateHighWatermark(test.log.logEndOffset());
                if (i % 500 == 499) {
                    test.removeOldest(Math.max(1, test.log.segmentCount() - 8));
                }
                if (i % 700 == 0) {
                    test.log.upkeep().restIfIdle(0);
                }
            }
            stopReaders(readers);
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void readersOfWhatIsCommittedDoNotSeeATruncation() throws InterruptedException {
        LogConfig config =
                TestLog.config().segmentBytes(30_000).indexIntervalBytes(300).build();
        try (TestLog test = new TestLog(dir, config)) {
            List<Thread> readers = startReaders(test);
            Random random = new Random(5);
            for (int i = 0; i < BATCHES / 5 && failure.get() == null; i++) {
                long next = test.log.logEndOffset();
                test.append(Batches.of(TestLog.NOW, value(next), value(next + 1)));
                if (random.nextInt(10) == 0) {
                    test.log.updateHighWatermark(next);
                }
                if (random.nextInt(20) == 0) {
                    long cut = test.log.highWatermark() + random.nextInt(10) / 2 * 2;
                    test.log.truncateTo(Math.min(cut, test.log.logEndOffset()));
                }
            }
            stopReaders(readers);
        }
        assertThat(failure.get()).isNull();
    }

    /** They walk segments from which batches are just being cut, and must not take the bytes in between for damage. */
    @Test
    void lookupsByTimeTakeNoTruncationForDamage() throws InterruptedException {
        LogConfig config =
                TestLog.config().segmentBytes(6_000).indexIntervalBytes(300).build();
        try (TestLog test = new TestLog(dir, config)) {
            List<Thread> lookups = start(random -> lookUp(test, random));
            Random random = new Random(7);
            for (int i = 0; i < BATCHES && failure.get() == null; i++) {
                long next = test.log.logEndOffset();
                test.append(Batches.of(TestLog.NOW + next, value(next), value(next + 1)));
                if (random.nextInt(20) == 0) {
                    long back = random.nextInt(10) == 0 ? random.nextInt(400) : random.nextInt(30);
                    test.log.truncateTo(Math.max(0, test.log.logEndOffset() - back));
                }
            }
            stopReaders(lookups);
            assertThat(test.log.damagedRanges()).isEmpty();
            long last = test.log.logEndOffset() - 2;
            assertThat(test.log.offsetOfMaxTimestamp().timestamp()).isEqualTo(TestLog.NOW + last);
            for (long offset = 0; offset <= last; offset += 2) {
                assertThat(test.log.offsetForTimestamp(TestLog.NOW + offset).offset())
                        .isEqualTo(offset);
            }
            test.log.close();
            assertThat(namesOf(test, ".index")).as("indexes never found wrong").isEqualTo(namesOf(test, ".log"));
        }
        assertThat(failure.get()).isNull();
    }

    private static List<String> namesOf(TestLog test, String suffix) {
        return test.files().stream()
                .filter(name -> name.endsWith(suffix))
                .map(name -> name.substring(0, name.length() - suffix.length()))
                .toList();
    }

    private void lookUp(TestLog test, Random random) {
        try {
            int kind = random.nextInt(3);
            if (kind == 0) {
                test.log.offsetOfMaxTimestamp();
            } else if (kind == 1) {
                test.log.upkeep().segmentViews();
            } else {
                test.log.offsetForTimestamp(TestLog.NOW + random.nextInt((int) test.log.logEndOffset() + 1));
            }
        } catch (StorageException | IOException e) {
            // What it looked at was cut away: the client asks again.
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptedReaderHarmsNobodyElse(boolean mapped) throws InterruptedException {
        LogConfig config = TestLog.config().segmentBytes(30_000).build();
        try (TestLog test = new TestLog(dir, config, mapped)) {
            for (int i = 0; i < 500; i++) {
                long next = test.log.logEndOffset();
                test.append(Batches.of(TestLog.NOW, value(next), value(next + 1)));
            }
            test.log.updateHighWatermark(test.log.logEndOffset());
            List<Thread> readers = startReaders(test);
            for (int i = 0; i < 300 && failure.get() == null; i++) {
                Thread victim = new Thread(() -> {
                    LogSlice slice = new LogSlice();
                    ByteBuffer bytes = ByteBuffer.allocate(30_000);
                    Thread.currentThread().interrupt();
                    try {
                        test.log.read(10, 20_000, true, 900, slice);
                        slice.copyTo(bytes);
                    } catch (StorageException e) {
                        // Its own fault.
                        assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
                    } finally {
                        slice.release();
                    }
                });
                victim.start();
                victim.join();
                long next = test.log.logEndOffset();
                test.append(Batches.of(TestLog.NOW, value(next), value(next + 1)));
            }
            stopReaders(readers);
            assertThat(test.failures).isEmpty();
        }
        assertThat(failure.get()).isNull();
    }

    private List<Thread> startReaders(TestLog test) {
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            int seed = i;
            Thread reader = new Thread(() -> read(test, new Random(seed)), "reader-" + i);
            reader.start();
            readers.add(reader);
        }
        return readers;
    }

    private List<Thread> start(Consumer<Random> lookup) {
        List<Thread> lookups = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            Random random = new Random(i);
            Thread thread = new Thread(
                    () -> {
                        try {
                            while (!done) {
                                lookup.accept(random);
                            }
                        } catch (Throwable e) {
                            failure.compareAndSet(null, e);
                        }
                    },
                    "lookup-" + i);
            thread.start();
            lookups.add(thread);
        }
        return lookups;
    }

    private void stopReaders(List<Thread> readers) throws InterruptedException {
        done = true;
        for (Thread reader : readers) {
            reader.join(20_000);
            assertThat(reader.isAlive()).isFalse();
        }
    }

    private void read(TestLog test, Random random) {
        LogSlice slice = new LogSlice();
        ByteBuffer bytes = ByteBuffer.allocateDirect(64 * 1024);
        try {
            while (!done) {
                long bound = test.log.highWatermark();
                long start = test.log.logStartOffset();
                // Half of the time at the tail, where the writer is.
                long span = Math.max(1, bound - start);
                long offset = random.nextBoolean()
                        ? Math.max(start, bound - 1 - random.nextInt(6))
                        : start + random.nextInt((int) span);
                try {
                    test.log.read(offset, 1 + random.nextInt(20_000), true, bound, slice);
                } catch (StorageException e) {
                    // Retention was faster.
                    assertThat(e.error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
                    assertThat(test.log.logStartOffset()).isGreaterThan(offset);
                    continue;
                }
                if (slice.length() == 0) {
                    continue;
                }
                bytes.clear();
                slice.copyTo(bytes);
                slice.release();
                bytes.flip();
                check(Batches.records(bytes), offset, bound);
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        } finally {
            slice.release();
        }
    }

    private static void check(List<String> records, long offset, long bound) {
        assertThat(records).isNotEmpty();
        long expected = offset / 2 * 2;
        for (String record : records) {
            assertThat(record).isEqualTo(expected + ":" + value(expected));
            expected++;
        }
        assertThat(expected).isLessThanOrEqualTo(bound);
    }

    private static String value(long offset) {
        return offset + "-" + "x".repeat((int) (offset * 37 % 150));
    }
}
