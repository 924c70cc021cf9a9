package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.millrace.storage.cleanup.RetentionSweeper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What an operator is told of the life of a log. */
class LogLinesTest {
    @TempDir
    Path dir;

    private final Logger storage = (Logger) LoggerFactory.getLogger("io.millrace.storage");
    private final Level before = storage.getLevel();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel() == Level.INFO) {
                lines.add(event.getFormattedMessage());
            }
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        storage.setLevel(Level.INFO);
        storage.addAppender(appender);
    }

    @AfterEach
    void stop() {
        storage.detachAppender(appender);
        storage.setLevel(before);
    }

    private TestLog open(long retentionMs, long retentionBytes) {
        return new TestLog(
                dir,
                TestLog.config()
                        .segmentBytes(300)
                        .retentionMs(retentionMs)
                        .retentionBytes(retentionBytes)
                        .build());
    }

    private static void append(TestLog test, int count) {
        for (int i = 0; i < count; i++) {
            test.append(Batches.of(TestLog.NOW, "value" + i));
        }
        test.log.updateHighWatermark(test.log.logEndOffset());
    }

    private List<String> linesWith(String text) {
        return lines.stream().filter(line -> line.contains(text)).toList();
    }

    @Test
    void aRollAndTheReasonWhyASegmentGoes() throws IOException {
        try (TestLog test = open(1_000, 700)) {
            append(test, 32);
            List<SegmentView> views = test.log.upkeep().segmentViews();
            assertThat(views).hasSizeGreaterThan(5);
            assertThat(linesWith("Rolled"))
                    .containsExactlyElementsOf(views.stream()
                            .skip(1)
                            .map(view -> "Rolled to a new segment log=topic-0 baseOffset=" + view.baseOffset())
                            .toList());

            test.log.deleteRecords(views.get(0).endOffset());
            RetentionSweeper sweeper = new RetentionSweeper(test.clock);
            int removed = sweeper.sweep(test.log);
            assertThat(linesWith("Removed segment"))
                    .hasSize(removed)
                    .first()
                    .isEqualTo("Removed segment partition=topic-0 baseOffset=0 bytes="
                            + views.get(0).bytes() + " because the log starts behind it");
            assertThat(linesWith("Removed segment").get(1))
                    .endsWith("because without it the log still has retention.bytes=700 or more");

            lines.clear();
            test.clock.advance(2_000);
            assertThat(sweeper.sweep(test.log)).isPositive();
            assertThat(linesWith("Removed segment"))
                    .allMatch(line -> line.endsWith("because its newest record is older than retention.ms=1000"))
                    .isNotEmpty();
        }
    }

    @Test
    void howFarTheRecoveryOfOneLogIs() {
        try (TestLog test = open(-1, -1)) {
            append(test, 60);
            int segments = test.log.segmentCount();
            assertThat(segments).isGreaterThan(9);
            test.kill(0);
            assertThat(linesWith("Recovering log")).as("it was quick").isEmpty();

            test.clock.advanceAtEachLook(2_500);
            test.kill(0);
            assertThat(linesWith("Recovering log"))
                    .hasSizeBetween(segments / 3, segments)
                    .first()
                    .asString()
                    .startsWith("Recovering log dir=" + test.dir + " segment=2 of=" + segments + " logEndOffset=");
            test.clock.advanceAtEachLook(0);
        }
    }
}
