package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code flush.ms}. */
class FlushByAgeTest {
    @TempDir
    Path dir;

    @Test
    void whatWasAppendedIsFlushedWhenTheLastFlushIsLongAgo() {
        try (TestLog test = new TestLog(dir, TestLog.config().flushMs(1000).build())) {
            for (int count = 1; count <= 2; count++) {
                test.append(Batches.of(TestLog.NOW, "value"));
                test.clock.advance(999);
                test.log.upkeep().maybeFlush();
                assertThat(test.log.recoveryPoint()).as("not yet").isEqualTo(count - 1);
                test.clock.advance(1);
                test.log.upkeep().maybeFlush();
                assertThat(test.log.recoveryPoint()).isEqualTo(count);
            }
        }
    }

    @Test
    void withoutASettingNothingIsFlushedByAge() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            test.append(Batches.of(TestLog.NOW, "value"));
            test.clock.advance(Integer.MAX_VALUE);
            test.log.upkeep().maybeFlush();
            assertThat(test.log.recoveryPoint()).isZero();
        }
    }
}
