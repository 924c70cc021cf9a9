package io.millrace.broker.net;

import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * One line for each thing that a peer did wrong, but not more than a few a second: who floods the broker with garbage shall
 * not fill its disk with log. Safe for use by any thread.
 */
final class BoundedLog {
    /** Enough to see who and what, in the worst case some 100 MB of log a day. */
    private static final int LINES_PER_SECOND = 10;

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Logger log;
    private final LongSupplier nanoClock;
    private long secondStart;
    private int linesInSecond;
    private long suppressed;

    BoundedLog(Logger log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
        this.secondStart = nanoClock.getAsLong();
    }

    /** Says why a connection was closed. */
    void closed(Object remoteAddress, String listener, String reason) {
        warn("Closed a connection", remoteAddress, listener, reason);
    }

    /** Says why something that a client sent was answered with an error, and nothing was done. */
    void refused(Object remoteAddress, String listener, String reason) {
        warn("Refused what a client sent", remoteAddress, listener, reason);
    }

    private void warn(String what, Object remoteAddress, String listener, String reason) {
        long kept = admit();
        if (kept == 0) {
            log.warn("{} remote={} listener={} reason={}", what, remoteAddress, listener, reason);
        } else if (kept > 0) {
            log.warn(
                    "{} remote={} listener={} reason={} unreportedBefore={}",
                    what,
                    remoteAddress,
                    listener,
                    reason,
                    kept);
        }
    }

    /** How many lines were left out before this one, or -1 if this one is to be left out too. */
    private synchronized long admit() {
        long now = nanoClock.getAsLong();
        if (now - secondStart >= SECOND_NANOS) {
            secondStart = now;
            linesInSecond = 0;
        }
        if (linesInSecond == LINES_PER_SECOND) {
            suppressed++;
            return -1;
        }
        linesInSecond++;
        long before = suppressed;
        suppressed = 0;
        return before;
    }
}
