package io.millrace.broker;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.TimeZone;

/**
 * A line of the log: {@code 2026-11-28 13:26:17.475 INFO  [main] LogLoading: Loaded logs}, then the stack of the error, if it
 * has one.
 *
 * <p>Written out rather than as a pattern of Logback's, because a pattern asks java.time for the rules of the time zone, which
 * searches every jar for more of them: a twentieth of the start. Used by whichever thread logs.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
    private static final int LEVEL_WIDTH = 5;
    private static final int TYPICAL_LENGTH = 160;

    private final TimeZone zone = TimeZone.getDefault();

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(TYPICAL_LENGTH);
        appendTime(line, event.getTimeStamp());
        String level = event.getLevel().toString();
        line.append(' ').append(level);
        line.append(" ".repeat(Math.max(0, LEVEL_WIDTH - level.length())));
        String logger = event.getLoggerName();
        line.append(" [").append(event.getThreadName()).append("] ");
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length());
        line.append(": ").append(event.getFormattedMessage()).append(System.lineSeparator());
        IThrowableProxy error = event.getThrowableProxy();
        if (error != null) {
            line.append(ThrowableProxyUtil.asString(error));
        }
        return line.toString();
    }

    private void appendTime(StringBuilder line, long epochMs) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(
                Math.floorDiv(epochMs, 1000L), 0, ZoneOffset.ofTotalSeconds(zone.getOffset(epochMs) / 1000));
        line.append(time.toLocalDate()).append(' ');
        appendDigits(line, time.getHour(), 2).append(':');
        appendDigits(line, time.getMinute(), 2).append(':');
        appendDigits(line, time.getSecond(), 2).append('.');
        appendDigits(line, (int) Math.floorMod(epochMs, 1000L), 3);
    }

    private static StringBuilder appendDigits(StringBuilder line, int number, int width) {
        String digits = Integer.toString(number);
        return line.append("0".repeat(width - digits.length())).append(digits);
    }
}
