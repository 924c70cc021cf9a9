package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/** Lets those that are compared run in turn, A B B A, as often as asked: what drifts on the machine meets all alike. */
final class Turns {
    /** More than the longest run takes; a run that waits for what never comes ends with it, and the others go on. */
    static final Duration LIMIT = Duration.ofMinutes(30);

    private static final long END_LIMIT_MS = 90_000;

    /** One run of one of them. */
    interface Run<C> {
        /**
         * Measures one run.
         *
         * @param dir of its own, which is removed with what it has started
         * @param samples of this run, which count if it does not fail
         */
        void run(C contender, Path dir, Samples samples) throws Exception;
    }

    /**
     * A run, and how the machine was when it began.
     *
     * @param preparedSeconds how long it took to have the machine as it should be
     * @param seconds how long it took
     */
    record Taken(
            String what,
            String contender,
            int run,
            Instant began,
            Quiet.State state,
            double preparedSeconds,
            double seconds) {}

    /** How long the machine may take to come to rest; what is deleted and written back takes seconds. */
    private static final Duration REST_LIMIT = Duration.ofSeconds(30);

    private final int runs;
    private final Path work;
    private final Duration limit;
    private final Quiet quiet;
    private final Consumer<String> progress;
    private final List<Taken> log = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int taken;

    /**
     * @param work where the directories of the runs are
     * @param limit how long one run may take
     * @param quiet what is waited for before each run
     * @param progress is told in a few words what goes on
     */
    Turns(int runs, Path work, Duration limit, Quiet quiet, Consumer<String> progress) {
        this.runs = runs;
        this.work = work;
        this.limit = limit;
        this.quiet = quiet;
        this.progress = progress;
    }

    int runs() {
        return runs;
    }

    /** All runs so far, those that failed too. */
    List<Taken> log() {
        return log;
    }

    /** What the time went to, a line for each that was measured; those of single operations are taken together. */
    List<String> budget() {
        Map<String, double[]> byWhat = new LinkedHashMap<>();
        for (Taken each : log) {
            double[] seconds = byWhat.computeIfAbsent(each.what().replaceFirst(":.*", ""), key -> new double[3]);
            seconds[0] += each.seconds();
            seconds[1] += each.preparedSeconds();
            seconds[2]++;
        }
        return byWhat.entrySet().stream()
                .map(entry -> String.format(
                        Locale.ROOT,
                        "%s: %.0f s in %.0f runs, and %.0f s before them until the machine was quiet",
                        entry.getKey(),
                        entry.getValue()[0],
                        entry.getValue()[2],
                        entry.getValue()[1]))
                .toList();
    }

    /** What could not be measured, and why. */
    List<String> failures() {
        return failures;
    }

    /**
     * Takes all runs; goes on when one fails, as the others are worth having all the same.
     *
     * @param what is measured, as progress and failures call it
     */
    <C> Samples take(String what, List<C> contenders, Function<C, String> name, Run<C> run)
            throws IOException, InterruptedException {
        return take(runs, what, contenders, name, run);
    }

    /** Runs each once, and drops what it measured. */
    <C> void unmeasured(String what, List<C> contenders, Function<C, String> name, Run<C> run)
            throws IOException, InterruptedException {
        take(1, what, contenders, name, run);
    }

    /** Likewise, as often as this. */
    <C> Samples take(int times, String what, List<C> contenders, Function<C, String> name, Run<C> run)
            throws IOException, InterruptedException {
        Samples samples = new Samples();
        for (int i = 0; i < times; i++) {
            List<C> order = new ArrayList<>(contenders);
            if (i % 2 == 1) {
                Collections.reverse(order);
            }
            for (C contender : order) {
                progress.accept(what + ", run " + (i + 1) + "/" + times + ", " + name.apply(contender));
                long preparingNs = System.nanoTime();
                Quiet.State state = quiet.await(REST_LIMIT);
                Instant began = Instant.now();
                long startNs = System.nanoTime();
                try {
                    samples.addAll(within(limit, run, contender, i + 1));
                    if (!state.complaint().isEmpty()) {
                        samples.remark(
                                what + ", " + name.apply(contender) + ", run " + (i + 1) + ": " + state.complaint());
                    }
                } catch (ExecutionException | TimeoutException e) {
                    Throwable why = e instanceof ExecutionException ? e.getCause() : e;
                    failures.add(what + ", " + name.apply(contender) + ", run " + (i + 1) + ": " + why);
                    progress.accept("failed: " + why);
                }
                double seconds = (System.nanoTime() - startNs) / 1e9;
                double prepared = (startNs - preparingNs) / 1e9;
                log.add(new Taken(what, name.apply(contender), i + 1, began, state, prepared, seconds));
            }
        }
        return samples;
    }

    /** On a thread of its own, which is interrupted if it takes too long. */
    private <C> Samples within(Duration time, Run<C> run, C contender, int number)
            throws InterruptedException, ExecutionException, TimeoutException {
        taken++;
        Path dir = Processes.dirIn(work, taken);
        Samples own = new Samples(number);
        FutureTask<Samples> task = new FutureTask<>(() -> {
            run.run(contender, dir, own);
            return own;
        });
        Thread thread = new Thread(task, "run-" + taken);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new TimeoutException("It took longer than " + time.toSeconds() + " s");
        } finally {
            // It ends what it has started before another begins.
            task.cancel(true);
            thread.join(END_LIMIT_MS);
            if (thread.isAlive()) {
                throw new IllegalStateException("What was started for " + dir.getFileName()
                        + " has not ended, so that nothing can be measured beside it");
            }
        }
    }
}
