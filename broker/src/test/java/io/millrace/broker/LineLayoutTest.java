package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compared with the pattern of config/logback-daemon.xml, which brokers in the background log by. */
class LineLayoutTest {
    private static final String PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger{0}: %msg%n";

    private final LoggerContext context = new LoggerContext();

    @Test
    void writesWhatThePatternWrites() {
        PatternLayoutEncoder pattern = new PatternLayoutEncoder();
        pattern.setContext(context);
        pattern.setPattern(PATTERN);
        pattern.start();
        LineLayout layout = new LineLayout();

        // In winter, in summer, with leading zeros, before 1970, and with the stack of an error with a cause.
        for (long time : List.of(1_795_872_877_475L, 1_782_000_000_000L, 1_767_229_323_004L, -1L)) {
            for (Level level : List.of(Level.INFO, Level.ERROR)) {
                LoggingEvent event = event(time, level, null);
                assertThat(layout.doLayout(event)).isEqualTo(text(pattern, event));
            }
        }
        LoggingEvent failure = event(
                1_795_872_877_475L, Level.WARN, new IllegalStateException("outer", new RuntimeException("inner")));
        assertThat(layout.doLayout(failure))
                .startsWith(text(pattern, event(1_795_872_877_475L, Level.WARN, null)))
                .contains("java.lang.IllegalStateException: outer", "Caused by: java.lang.RuntimeException: inner");
    }

    private static String text(PatternLayoutEncoder pattern, ILoggingEvent event) {
        return new String(pattern.encode(event), StandardCharsets.UTF_8);
    }

    private LoggingEvent event(long time, Level level, Throwable error) {
        LoggingEvent event = new LoggingEvent(
                "", context.getLogger("io.millrace.broker.Some"), level, "What happened {}", error, new Object[] {1});
        event.setTimeStamp(time);
        event.setThreadName("main");
        return event;
    }
}
