package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.Await;
import io.millrace.storage.LogConfig;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Under the policy "group", or with {@code flush.messages=1}, records count once they are on the disk. What a failing sync does is in {@code FailingDiskTest}. */
class GroupSyncTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theDurableOffsetFollowsTheLogEnd(boolean mapped) {
        try (TestLog test =
                new TestLog(dir, TestLog.config().segmentBytes(20_000).build(), mapped, true)) {
            AtomicInteger told = new AtomicInteger();
            test.log.onDurable(told::incrementAndGet);
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 200; i++) {
                    test.append(Batches.of(TestLog.NOW, "value" + i));
                    assertThat(test.log.durableOffset()).isLessThanOrEqualTo(test.log.logEndOffset());
                }
                awaitDurable(test);
                assertThat(told.get()).isPositive();
            }
            // Many appends, few syncs: 1000 of them would be told of one by one otherwise.
            assertThat(told.get()).isLessThan(1000);
            test.log.truncateTo(700);
            assertThat(test.log.durableOffset()).isLessThanOrEqualTo(700);
            test.append(Batches.of(TestLog.NOW, "after"));
            awaitDurable(test);
            test.log.truncateFullyAndStartAt(5000);
            awaitDurable(test);
            test.kill(-1);
            awaitDurable(test);
        }
    }

    @Test
    void withoutThePolicyTheLogEndCounts() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            test.log.onDurable(() -> {
                throw new AssertionError("nobody synced");
            });
            test.append(Batches.of(TestLog.NOW, "value"));
            assertThat(test.log.durableOffset()).isEqualTo(1);
            assertThat(test.log.recoveryPoint()).isZero();
            test.log.flush();
        }
    }

    @Test
    void withoutThePolicyItFollowsTheLogEndWhereEachRecordIsFlushed() {
        LogConfig each = TestLog.config().flushMessages(1).build();
        try (TestLog test = new TestLog(dir, each)) {
            AtomicInteger told = new AtomicInteger();
            test.log.onDurable(told::incrementAndGet);
            for (int i = 0; i < 100; i++) {
                test.append(Batches.of(TestLog.NOW, "value"));
                assertThat(test.log.durableOffset()).isLessThanOrEqualTo(test.log.logEndOffset());
            }
            awaitDurable(test);
            Await.await(() -> "told " + told, () -> told.get() > 0);

            test.log.updateConfig(TestLog.config().build());
            test.append(Batches.of(TestLog.NOW, "value"));
            assertThat(test.log.durableOffset()).as("no more").isEqualTo(101);

            int before = told.get();
            test.log.updateConfig(each);
            // Also of what was there before.
            Await.await(() -> "told " + told, () -> told.get() > before);
            awaitDurable(test);
            assertThat(test.log.recoveryPoint()).as("the data only").isZero();
        }
    }

    /** Whoever listens may fail; the disk has not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void syncsGoOnAfterWhoListensFailed(boolean byFlush) {
        try (TestLog test = new TestLog(dir, TestLog.config().build(), true, true)) {
            AtomicInteger told = new AtomicInteger();
            test.log.onDurable(() -> {
                told.incrementAndGet();
                throw new IllegalStateException("made up");
            });
            for (int count = 1; count <= 3; count++) {
                int before = told.get();
                test.append(Batches.of(TestLog.NOW, "value"));
                if (byFlush) {
                    test.log.flush();
                    assertThat(test.log.recoveryPoint()).isEqualTo(count);
                }
                awaitDurable(test);
                Await.await(() -> "told " + told + " times", () -> told.get() > before);
            }
            assertThat(test.failures).isEmpty();
        }
    }

    private static void awaitDurable(TestLog test) {
        Await.await(
                () -> "durable offset " + test.log.durableOffset() + " of " + test.log,
                () -> test.log.durableOffset() == test.log.logEndOffset());
    }
}
