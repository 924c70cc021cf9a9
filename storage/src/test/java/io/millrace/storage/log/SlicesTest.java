package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchHeader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a read finds its place, by what is remembered, by the index or in the log, it is the one that a walk over all batches finds. */
class SlicesTest {
    private record Batch(long base, long last, long position, int size) {}

    @TempDir
    Path dir;

    private final Random random = new Random(11);
    private final List<Batch> all = new ArrayList<>();
    private final LogSlice slice = new LogSlice();

    @Test
    void slicesAreThoseOfAWalk() {
        try (TestLog test = new TestLog(
                dir,
                TestLog.config()
                        .segmentBytes(10_000_000)
                        .indexIntervalBytes(500)
                        .build())) {
            for (int round = 0; round < 12; round++) {
                // Small ones among large ones, only large ones, and only small ones.
                for (int large : new int[] {50, 100, 0}) {
                    for (int i = 0; i < 40; i++) {
                        append(test, random.nextInt(100) < large ? 600 + random.nextInt(9_000) : random.nextInt(300));
                    }
                    readAt(test, 300);
                }
                long cut = test.log.logEndOffset() - random.nextInt(150);
                test.log.truncateTo(cut);
                all.removeIf(batch -> batch.last >= cut);
                assertThat(test.log.logEndOffset()).isEqualTo(all.get(all.size() - 1).last + 1);
                if (round % 4 == 3) {
                    test.restart();
                }
            }
        }
    }

    private void append(TestLog test, int valueBytes) {
        Batch before = all.isEmpty() ? new Batch(0, -1, 0, 0) : all.get(all.size() - 1);
        // A leader whose log was compacted leaves gaps.
        long base = before.last + 1 + (random.nextInt(5) == 0 ? random.nextInt(4) : 0);
        String[] values = new String[1 + random.nextInt(3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = "x".repeat(valueBytes / values.length);
        }
        ByteBuffer bytes = Batches.stored(base, 0, TestLog.NOW, values);
        int size = bytes.remaining();
        all.add(new Batch(base, BatchHeader.lastOffset(bytes, 0), before.position + before.size, size));
        test.log.appendAsFollower(bytes, new AppendInfo());
    }

    private void readAt(TestLog test, int times) {
        for (int i = 0; i < times; i++) {
            long end = test.log.logEndOffset();
            long offset = random.nextLong(end);
            long bound = random.nextBoolean() ? end : Math.min(end, offset + 1 + random.nextInt(30));
            int maxBytes = random.nextInt(30_000);
            boolean minOne = random.nextBoolean();
            test.log.read(offset, maxBytes, minOne, bound, slice);
            requireAsWalked(offset, maxBytes, minOne, bound);
            slice.release();
        }
    }

    private void requireAsWalked(long offset, int maxBytes, boolean minOne, long bound) {
        Batch first =
                all.stream().filter(batch -> batch.last >= offset).findFirst().orElseThrow();
        long limit = first.position + (minOne ? Math.max(maxBytes, first.size) : maxBytes);
        long end = all.stream()
                .filter(batch -> batch.last < bound)
                .mapToLong(batch -> batch.position + batch.size)
                .max()
                .orElse(0);
        long length = Math.max(0, Math.min(limit, end) - first.position);
        String read = "from " + offset + " below " + bound + ", at most " + maxBytes + (minOne ? ", at least one" : "");
        assertThat((long) slice.length()).as(read).isEqualTo(length);
        if (length > 0) {
            assertThat(slice.position()).as(read).isEqualTo(first.position);
            assertThat(slice.isFirstBatchCut()).as(read).isEqualTo(length < first.size);
        }
    }
}
