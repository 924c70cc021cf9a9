package io.millrace.storage.tool;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How far the work on many files has come, by their bytes, on one line of a terminal that is drawn anew and wiped at the end. An index
 * is as much work as its log, because it is held against that.
 */
final class DumpProgress implements AutoCloseable {
    private static final long REDRAW_NS = 100_000_000L;
    private static final int BAR_WIDTH = 30;
    private static final double MB = 1 << 20;
    private static final String WIPE = "\r\u001b[2K";
    private static final List<String> READ_WITH_LOG =
            List.of(SegmentFiles.LOG, SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX);

    private final DumpOptions options;
    private final Findings findings;
    private final PrintStream err;
    private final LongSupplier nanoTime;
    private final boolean shown;
    private final long total;
    private long before;
    private long ofFile;
    private int files;
    private long drawnNs;
    private boolean drawn;

    /**
     * @param shown false to draw nothing
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    DumpProgress(DumpOptions options, Findings findings, PrintStream err, boolean shown, LongSupplier nanoTime) {
        this.options = options;
        this.findings = findings;
        this.err = err;
        this.shown = shown;
        this.nanoTime = nanoTime;
        this.total = shown ? options.files().stream().mapToLong(this::bytes).sum() : 0;
        this.drawnNs = nanoTime.getAsLong();
    }

    private long bytes(Path path) {
        String name = path.getFileName().toString();
        boolean withLog = READ_WITH_LOG.stream().anyMatch(name::endsWith);
        try {
            return withLog ? Math.min(options.maxBytes(), Files.size(DirectoryFiles.logOf(path))) : Files.size(path);
        } catch (IOException e) {
            return 0; // what is wrong with it is said when it is read
        }
    }

    /** The next file is begun. */
    void begin(Path path) {
        if (shown) {
            before += ofFile;
            ofFile = bytes(path);
            files++;
            at(0);
        }
    }

    /** The present file has been read up to a position; draws if that was not done just now. */
    void at(long position) {
        if (shown) {
            long nowNs = nanoTime.getAsLong();
            if (nowNs - drawnNs > REDRAW_NS) {
                drawnNs = nowNs;
                drawn = true;
                draw(before + Math.min(position, ofFile));
            }
        }
    }

    private void draw(long done) {
        // A file that grows may be read beyond what was its end.
        long all = Math.max(1, Math.max(done, total));
        int full = (int) (BAR_WIDTH * done / all);
        err.print(WIPE + "[" + "=".repeat(full) + " ".repeat(BAR_WIDTH - full) + "] " + 100 * done / all + "%  file "
                + files + " of " + options.files().size() + ", " + (long) Math.ceil(done / MB) + " of "
                + (long) Math.ceil(all / MB) + " MB, " + findings.all().size() + " things wrong");
        err.flush();
    }

    /** Leaves the line as it was. */
    @Override
    public void close() {
        if (drawn) {
            err.print(WIPE);
            err.flush();
        }
    }
}
