package io.millrace.bench.rig;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is to be waited for between runs, so that none pays for what the one before has left behind. */
interface Quiet {
    /** Waits for nothing, where nothing is measured. */
    Quiet ANYHOW = what -> State.UNKNOWN;

    /**
     * How the machine was when a run began.
     *
     * @param load processes that wanted to run in the last minute, on average
     * @param busy share of the processors that was used in the last moment before
     * @param unwrittenMiB what the disk was still to get
     * @param waitedSeconds how long that took
     * @param complaint what was not as it should be, in a sentence; empty if all was well
     */
    record State(double load, double busy, double unwrittenMiB, double waitedSeconds, String complaint) {
        static final State UNKNOWN = new State(Double.NaN, Double.NaN, Double.NaN, 0, "");
    }

    /** Waits until the disk has what was written and the processors have nothing to do, but not for ever. */
    State await(Duration limit) throws IOException, InterruptedException;

    /** This machine. */
    final class Machine implements Quiet {
        private static final double BUSY = 0.05;
        private static final double UNWRITTEN_MIB = 16;
        private static final long LOOK_MS = 250;

        private static final long SYNC_LIMIT_S = 120;

        private final PageCache memory;

        /** @param memory is filled before each run */
        Machine(PageCache memory) {
            this.memory = memory;
        }

        @Override
        public State await(Duration limit) throws IOException, InterruptedException {
            run(List.of("sync"), limit.toSeconds());
            String left = memory.fill();
            long startNs = System.nanoTime();
            while (true) {
                double[] before = Proc.processorSeconds();
                Thread.sleep(LOOK_MS);
                double[] now = Proc.processorSeconds();
                double busy = (now[0] - before[0]) / Math.max(1e-9, now[1] - before[1]);
                double unwritten = Proc.unwrittenMiB();
                double waited = (System.nanoTime() - startNs) / 1e9;
                boolean isQuiet = busy <= BUSY && unwritten <= UNWRITTEN_MIB;
                if (isQuiet || waited >= limit.toSeconds()) {
                    String loud = isQuiet
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    "when it began the processors were %.0f %% busy and %.0f MiB not yet on the disk, after %.0f s of waiting",
                                    busy * 100,
                                    unwritten,
                                    waited);
                    String complaint = Stream.of(loud, left)
                            .filter(text -> !text.isEmpty())
                            .collect(Collectors.joining("; "));
                    return new State(Proc.load(), busy, unwritten, waited, complaint);
                }
            }
        }

        /** Has the kernel write everything to the disk that is not there yet. */
        static void sync() throws IOException, InterruptedException {
            run(List.of("sync"), SYNC_LIMIT_S);
        }

        private static boolean run(List<String> command, long limitSeconds) throws IOException, InterruptedException {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return process.waitFor(limitSeconds, TimeUnit.SECONDS) && process.exitValue() == 0;
            } finally {
                process.destroyForcibly();
            }
        }
    }
}
