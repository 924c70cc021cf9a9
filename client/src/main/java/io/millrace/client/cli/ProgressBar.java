package io.millrace.client.cli;

import java.util.Locale;

/** How far long work has come, on one line of a terminal that is drawn anew and wiped at the end; nothing in a pipe. */
final class ProgressBar implements AutoCloseable {
    private static final long REDRAW_NS = 100_000_000L;
    private static final int WIDTH = 30;
    private static final String WIPE = "\r\u001b[2K";

    private final Screen screen;
    private final long total;
    private final String unit;
    private final long startNs = System.nanoTime();
    private long drawnNs = startNs;
    private boolean drawn;

    /** @param total how much there is to do, above 0 */
    ProgressBar(Screen screen, long total, String unit) {
        this.screen = screen;
        this.total = total;
        this.unit = unit;
    }

    /** Draws it if it was not drawn just now. */
    void at(long done) {
        if (!screen.isTerminal()) {
            return;
        }
        long nowNs = System.nanoTime();
        if (nowNs - drawnNs < REDRAW_NS) {
            return;
        }
        drawnNs = nowNs;
        drawn = true;
        int full = (int) Math.min(WIDTH, WIDTH * done / total);
        screen.err()
                .print(WIPE + "[" + "=".repeat(full) + " ".repeat(WIDTH - full) + "] "
                        + String.format(
                                Locale.ROOT,
                                "%3d%%  %,d of %,d %s, %,.0f/s",
                                100 * Math.min(done, total) / total,
                                done,
                                total,
                                unit,
                                done * 1e9 / (nowNs - startNs)));
        screen.err().flush();
    }

    /** Makes room for a line of output. */
    void wipe() {
        if (drawn) {
            screen.err().print(WIPE);
            screen.err().flush();
            drawn = false;
        }
    }

    @Override
    public void close() {
        wipe();
    }
}
