package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OffsetWaitersTest {
    private final DeadlineTimer timer = new DeadlineTimer(error -> {});
    private final OffsetWaiters waiters = new OffsetWaiters();

    @AfterEach
    void close() {
        timer.close();
    }

    @Test
    void givesThoseThatAreReadyInOrderOfTheirOffsets() {
        List<Long> offsets = new ArrayList<>();
        for (long offset = 1; offset <= 100; offset++) {
            offsets.add(offset);
        }
        // About in order, as appends by several event loops arrive.
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            int at = random.nextInt(99);
            Collections.swap(offsets, at, at + 1);
        }
        offsets.forEach(offset -> waiters.add(new OffsetWaiters.Waiter(append(), 0, offset)));
        assertThat(taken(0)).isEmpty();
        assertThat(taken(40)).hasSize(40).isSorted();
        assertThat(taken(40)).isEmpty();
        assertThat(taken(Long.MAX_VALUE)).hasSize(60).isSorted().startsWith(41L);
        assertThat(waiters.isEmpty()).isTrue();
    }

    @Test
    void agreesWithASortedSetWhateverHappens() {
        Random random = new Random(5);
        TreeSet<Long> expected = new TreeSet<>();
        long next = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(3) > 0) {
                next += 1 + random.nextInt(3);
                waiters.add(new OffsetWaiters.Waiter(append(), 0, next));
                expected.add(next);
            } else {
                long highWatermark = Math.max(0, next - random.nextInt(20));
                assertThat(taken(highWatermark)).containsExactlyElementsOf(expected.headSet(highWatermark, true));
                expected.headSet(highWatermark, true).clear();
            }
        }
    }

    @Test
    void forgetsAnAppendThatWaitsNoLonger() {
        DelayedAppend gone = append();
        for (long offset = 1; offset <= 10; offset++) {
            waiters.add(new OffsetWaiters.Waiter(offset % 2 == 0 ? gone : append(), 0, offset));
        }
        waiters.remove(gone);
        assertThat(taken(Long.MAX_VALUE)).containsExactly(1L, 3L, 5L, 7L, 9L);
    }

    private List<Long> taken(long highWatermark) {
        return waiters.takeUpTo(highWatermark).stream()
                .map(OffsetWaiters.Waiter::requiredOffset)
                .toList();
    }

    private DelayedAppend append() {
        return new DelayedAppend(timer) {
            @Override
            protected void onOutcome(int slot, ErrorCode error) {}

            @Override
            protected void onComplete() {}
        };
    }
}
