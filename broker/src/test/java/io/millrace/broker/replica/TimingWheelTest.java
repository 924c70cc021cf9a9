package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimingWheelTest {
    private static final int SIZE = 16;

    private static class Noted extends Timeout {
        private final long deadline;

        Noted(long deadline) {
            this.deadline = deadline;
        }

        @Override
        public void onTimeout() {}
    }

    @Test
    void hasNothingToWaitForWhenItIsEmpty() {
        TimingWheel wheel = new TimingWheel(SIZE, 0);
        assertThat(wheel.nextTick()).isEqualTo(TimingWheel.NONE);
        Noted timeout = new Noted(3);
        wheel.add(timeout, 3);
        assertThat(wheel.nextTick()).isEqualTo(3);
        assertThat(wheel.remove(timeout)).isTrue();
        assertThat(wheel.remove(timeout)).isFalse();
        assertThat(wheel.nextTick()).isEqualTo(TimingWheel.NONE);
    }

    @Test
    void givesDeadlinesAtTheirTickAndNotBefore() {
        TimingWheel wheel = new TimingWheel(SIZE, 0);
        wheel.add(new Noted(5), 5);
        wheel.add(new Noted(5 + SIZE), 5 + SIZE);
        wheel.add(new Noted(5 + 3 * SIZE), 5 + 3 * SIZE);
        assertThat(due(wheel, 4)).isEmpty();
        assertThat(due(wheel, 5)).containsExactly(5L);
        assertThat(due(wheel, 5 + SIZE - 1)).isEmpty();
        assertThat(due(wheel, 5 + SIZE)).containsExactly(5L + SIZE);
        assertThat(due(wheel, 5 + 10 * SIZE)).containsExactly(5L + 3 * SIZE);
    }

    @Test
    void agreesWithASortedMapWhateverHappens() {
        Random random = new Random(7);
        TimingWheel wheel = new TimingWheel(SIZE, 0);
        TreeMap<Long, List<Noted>> expected = new TreeMap<>();
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            int action = random.nextInt(10);
            if (action < 6) {
                Noted timeout = new Noted(now + 1 + random.nextInt(5 * SIZE));
                wheel.add(timeout, timeout.deadline);
                expected.computeIfAbsent(timeout.deadline, deadline -> new ArrayList<>())
                        .add(timeout);
            } else if (action < 8 && !expected.isEmpty()) {
                List<Noted> list = expected.firstEntry().getValue();
                Noted cancelled = list.remove(random.nextInt(list.size()));
                assertThat(wheel.remove(cancelled)).isTrue();
                if (list.isEmpty()) {
                    expected.remove(cancelled.deadline);
                }
            } else {
                if (!expected.isEmpty()) {
                    assertThat(wheel.nextTick()).isLessThanOrEqualTo(expected.firstKey());
                }
                now += random.nextInt(2 * SIZE);
                List<Long> due = due(wheel, now);
                List<Long> wanted = new ArrayList<>();
                expected.headMap(now, true).values().forEach(list -> list.forEach(t -> wanted.add(t.deadline)));
                expected.headMap(now, true).clear();
                assertThat(due).containsExactlyInAnyOrderElementsOf(wanted);
            }
        }
    }

    @Test
    void outlivesATimeoutThatEndsInAnError() throws InterruptedException {
        List<Error> fatal = new CopyOnWriteArrayList<>();
        CountDownLatch later = new CountDownLatch(1);
        try (DeadlineTimer timer = new DeadlineTimer(fatal::add)) {
            Error error = new LinkageError("made up");
            timer.schedule(
                    new Timeout() {
                        @Override
                        public void onTimeout() {
                            throw error;
                        }
                    },
                    0);
            timer.schedule(
                    new Timeout() {
                        @Override
                        public void onTimeout() {
                            later.countDown();
                        }
                    },
                    20);

            assertThat(later.await(30, TimeUnit.SECONDS))
                    .as("the next timeout is called")
                    .isTrue();
            assertThat(fatal).containsExactly(error);
        }
    }

    @Test
    void callsWhatIsDueAndSleepsOtherwise() throws InterruptedException {
        try (DeadlineTimer timer = new DeadlineTimer(error -> {})) {
            AtomicInteger early = new AtomicInteger();
            CountDownLatch all = new CountDownLatch(20);
            long begin = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                long delayMs = 60 - i * 3L;
                timer.schedule(
                        new Timeout() {
                            @Override
                            public void onTimeout() {
                                if (System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(delayMs)) {
                                    early.incrementAndGet();
                                }
                                all.countDown();
                            }
                        },
                        delayMs);
            }
            Noted cancelled = new Noted(0) {
                @Override
                public void onTimeout() {
                    early.incrementAndGet();
                }
            };
            timer.schedule(cancelled, 10);
            assertThat(timer.cancel(cancelled)).isTrue();
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(early).hasValue(0);
        }
    }

    private static List<Long> due(TimingWheel wheel, long tick) {
        List<Long> deadlines = new ArrayList<>();
        for (Timeout timeout = wheel.advance(tick); timeout != null; timeout = timeout.next) {
            deadlines.add(((Noted) timeout).deadline);
        }
        return deadlines;
    }
}
