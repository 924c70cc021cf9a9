package io.millrace.client.samples;

import java.util.Locale;

/** How much, how long, how fast, in one line. */
final class Figures {
    private static final double MEGABYTE = 1_000_000;
    private static final double NS_PER_SECOND = 1e9;

    private Figures() {}

    static String of(String what, LineTally tally, long elapsedNs) {
        double seconds = Math.max(elapsedNs, 1) / NS_PER_SECOND;
        return String.format(
                Locale.ROOT,
                "%-5s %,d lines of %,d files, %,d bytes in %.2f s: %.1f MB/s, %,.0f lines/s; by partition %s",
                what,
                tally.lines(),
                tally.keys(),
                tally.bytes(),
                seconds,
                tally.bytes() / MEGABYTE / seconds,
                tally.lines() / seconds,
                tally.linesByPartition());
    }
}
