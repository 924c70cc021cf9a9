package io.millrace.bench.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The one rule by which every row is warmed up: windows of as many operations for each contender, at least so many of them, until an
 * operation takes the broker about as much CPU as in the window before, as it does once the JIT compilers are done. By count and not by
 * time, as in the same time the faster one would be warmed up more.
 *
 * @param least so many windows in any case, for each contender
 * @param most after so many it is over, and the report says that it was not steady
 */
record WarmUp(int least, int most) {
    /**
     * For what comes at a fixed rate. Two windows that take alike say little at first: at 1,000 records a second the JIT compilers work in
     * bursts for half a minute and more.
     */
    static final WarmUp AT_RATE = new WarmUp(10, 16);

    /** Of what comes at a fixed rate. */
    static final Duration AT_RATE_WINDOW = Duration.ofSeconds(3);

    /** By how much windows may differ. */
    static final double TOLERANCE = 0.1;

    WarmUp {
        if (least < 2 || most < least) {
            throw new IllegalArgumentException(
                    "Windows are compared with the one before, so there are 2 at least: " + least + " to " + most);
        }
    }

    /** Does what is measured later. */
    interface Window {
        /** @return how many operations it did */
        long run() throws Exception;
    }

    /**
     * Runs windows until they take alike.
     *
     * @param what is warmed up, for the report
     */
    void run(String what, String contender, Usage.Cpu cpu, Samples samples, Window window) throws Exception {
        List<Double> microseconds = new ArrayList<>();
        while (microseconds.size() < most && !(microseconds.size() >= least && isSteady(microseconds))) {
            long[] operations = new long[1];
            Usage usage = Usage.of(cpu, () -> operations[0] = window.run());
            microseconds.add(usage.cpuSeconds() * 1e6 / operations[0]);
        }
        samples.addSeries("warm-up, " + what + ": broker CPU per operation by window, µs", contender, microseconds);
        if (!isSteady(microseconds)) {
            samples.remark(String.format(
                    Locale.ROOT,
                    "%s, run %d: %s was measured after %d windows of warm-up, of which the last two still differed by more than "
                            + "%.0f %% (%.1f and %.1f µs of CPU per operation)",
                    contender,
                    samples.run(),
                    what,
                    microseconds.size(),
                    TOLERANCE * 100,
                    microseconds.get(microseconds.size() - 2),
                    microseconds.get(microseconds.size() - 1)));
        }
    }

    static boolean isSteady(List<Double> windows) {
        if (windows.size() < 2) {
            return false;
        }
        double last = windows.get(windows.size() - 1);
        double before = windows.get(windows.size() - 2);
        return Math.abs(last - before) <= TOLERANCE * Math.max(last, before);
    }
}
