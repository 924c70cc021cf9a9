package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What is remembered of the last batches answers as a walk over all of them would, or not at all. */
class RecentBatchesTest {
    private record Batch(long base, long last, int position, int size) {}

    private final RecentBatches.Found found = new RecentBatches.Found();

    @Test
    void answersAsAWalkWould() {
        Random random = new Random(7);
        RecentBatches recent = new RecentBatches();
        List<Batch> all = new ArrayList<>();
        assertThat(recent.find(0, 100, true, 1000, found)).isFalse();
        int answers = 0;
        for (int i = 0; i < 20_000; i++) {
            Batch before = all.isEmpty() ? new Batch(0, -1, 0, 0) : all.get(all.size() - 1);
            if (random.nextInt(4) == 0) {
                long base = before.last + 1 + (random.nextInt(5) == 0 ? random.nextInt(4) : 0);
                Batch batch = new Batch(
                        base, base + random.nextInt(5), before.position + before.size, 1 + random.nextInt(500));
                all.add(batch);
                recent.add(batch.base, batch.last, batch.position, batch.size);
            } else {
                long end = before.last + 1;
                long offset = Math.max(0, end - random.nextInt(70));
                long bound = Math.min(end, offset + 1 + random.nextInt(70));
                int maxBytes = random.nextInt(3_000);
                boolean minOne = random.nextBoolean();
                if (recent.find(offset, maxBytes, minOne, bound, found)) {
                    answers++;
                    requireAsWalked(all, offset, maxBytes, minOne, bound);
                } else {
                    int known = Math.max(0, all.size() - RecentBatches.CAPACITY);
                    assertThat(all.isEmpty() || offset > before.last || offset < all.get(known).base)
                            .as("no answer for offset " + offset)
                            .isTrue();
                }
            }
        }
        assertThat(answers).isGreaterThan(5_000);
    }

    private void requireAsWalked(List<Batch> all, long offset, int maxBytes, boolean minOne, long bound) {
        Batch first =
                all.stream().filter(batch -> batch.last >= offset).findFirst().orElseThrow();
        long limit = first.position + (minOne ? Math.max(maxBytes, first.size) : maxBytes);
        long end = all.stream()
                .filter(batch -> batch.last < bound)
                .mapToLong(batch -> batch.position + batch.size)
                .max()
                .orElse(0);
        assertThat(found.position).isEqualTo(first.position);
        if (first.last >= bound) {
            assertThat(found.end).isLessThanOrEqualTo(found.position);
        } else {
            assertThat(found.end).isEqualTo(Math.min(limit, end));
        }
    }

    @Test
    void aReaderNeverSeesHalfABatch() throws InterruptedException {
        RecentBatches recent = new RecentBatches();
        AtomicLong appended = new AtomicLong();
        AtomicReference<String> wrong = new AtomicReference<>();
        int batches = 3_000_000;
        Thread writer = new Thread(() -> {
            for (int i = 0; i < batches; i++) {
                recent.add(10L * i, 10L * i + 9, 100 * i, 100);
                appended.setRelease(i);
            }
        });
        writer.start();
        for (long offset = 0; writer.isAlive(); offset++) {
            if (recent.find(offset, 1_000, true, Long.MAX_VALUE, found)) {
                if (found.position != offset / 10 * 100 || (found.end - found.position) % 100 != 0) {
                    wrong.set("offset " + offset + " at " + found.position + ".." + found.end);
                    break;
                }
            } else {
                offset = Math.max(offset, 10 * appended.get() - 20);
            }
        }
        writer.join();
        assertThat(wrong.get()).isNull();
        assertThat(recent.find(10L * batches - 1, 1_000, true, Long.MAX_VALUE, found))
                .isTrue();
    }
}
