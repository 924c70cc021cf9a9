package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.storage.file.FileMaps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The system refuses a process with too many memory maps one more: logs are written and read without. */
class NoMoreMapsTest {
    @TempDir
    Path dir;

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nowNs = new AtomicLong(1);
    private final List<String> expected = new ArrayList<>();
    private volatile boolean refused;
    private volatile int asked;

    @BeforeEach
    void listen() {
        lines.start();
        ((Logger) LoggerFactory.getLogger(FileMaps.class)).addAppender(lines);
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger(FileMaps.class)).detachAppender(lines);
    }

    private FileMaps maps() {
        return new FileMaps(
                (channel, mode, position, length) -> {
                    if (refused) {
                        asked++;
                        throw new IOException("Map failed", new OutOfMemoryError("Map failed"));
                    }
                    return channel.map(mode, position, length);
                },
                nowNs::get);
    }

    private TestLog open() {
        TestLog test = new TestLog(
                dir,
                TestLog.config().segmentBytes(300_000).indexIntervalBytes(100).build());
        test.maps = maps();
        test.restart();
        return test;
    }

    private void append(TestLog test, int count) {
        for (int i = 0; i < count; i++) {
            String value = "v".repeat(200) + expected.size();
            test.append(Batches.of(TestLog.NOW + expected.size(), value));
            expected.add(expected.size() + ":" + value);
        }
    }

    private void assertServesAll(TestLog test) {
        assertThat(test.failures).isEmpty();
        assertThat(test.records(0)).isEqualTo(expected);
        for (int offset = 0; offset < expected.size(); offset += 97) {
            assertThat(test.records(offset, offset + 1, 1)).containsExactly(expected.get(offset));
            assertThat(test.log.offsetForTimestamp(TestLog.NOW + offset).offset())
                    .isEqualTo(offset);
        }
    }

    @Test
    void aLogThatIsGivenNoneFromTheBeginningIsWrittenByCalls() {
        refused = true;
        TestLog test = open();
        append(test, 3_000);
        assertThat(test.log.segmentCount()).isGreaterThan(2);
        assertServesAll(test);
        assertThat(asked).as("a refusal takes its time").isOne();
        assertThat(lines.list).hasSize(1);
        test.log.truncateTo(1_234);
        expected.subList(1_234, expected.size()).clear();
        append(test, 500);
        assertServesAll(test);
        test.restart();
        assertServesAll(test);
        test.kill(0);
        assertServesAll(test);
        test.close();
    }

    @Test
    void aLogGoesOnByCallsWhenMapsRunOutAndMapsAgainWhenThereAreSome() {
        TestLog test = open();
        append(test, 700);
        refused = true;
        append(test, 700);
        assertServesAll(test);
        append(test, 1_400);
        assertServesAll(test);
        assertThat(lines.list).hasSize(1);
        refused = false;
        nowNs.addAndGet(TimeUnit.MINUTES.toNanos(2));
        append(test, 1_400);
        assertServesAll(test);
        test.restart();
        assertServesAll(test);
        test.close();
    }

    @Test
    void whatIsWrongWithAFileIsNotTakenForIt() {
        FileMaps maps = new FileMaps(
                (channel, mode, position, length) -> {
                    throw new IOException("Input/output error");
                },
                nowNs::get);
        TestLog test = new TestLog(dir, TestLog.config().build());
        test.maps = maps;
        test.restart();
        assertThatThrownBy(() -> append(test, 100)).hasMessageContaining("Input/output error");
        assertThat(test.failures).hasSize(1);
    }
}
