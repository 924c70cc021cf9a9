package io.millrace.bench.rig;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

    private final int runs;
    private final Path work;
    private final Duration limit;
    private final Consumer<String> progress;
    private final List<String> failures = new ArrayList<>();
    private int taken;

    /**
     * @param work where the directories of the runs are
     * @param limit how long one run may take
     * @param progress is told in a few words what goes on
     */
    Turns(int runs, Path work, Duration limit, Consumer<String> progress) {
        this.runs = runs;
        this.work = work;
        this.limit = limit;
        this.progress = progress;
    }

    int runs() {
        return runs;
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
            throws InterruptedException {
        Samples samples = new Samples();
        for (int i = 0; i < runs; i++) {
            List<C> order = new ArrayList<>(contenders);
            if (i % 2 == 1) {
                Collections.reverse(order);
            }
            for (C contender : order) {
                progress.accept(what + ", run " + (i + 1) + "/" + runs + ", " + name.apply(contender));
                try {
                    samples.addAll(within(limit, run, contender, i + 1));
                } catch (ExecutionException | TimeoutException e) {
                    Throwable why = e instanceof ExecutionException ? e.getCause() : e;
                    failures.add(what + ", " + name.apply(contender) + ", run " + (i + 1) + ": " + why);
                    progress.accept("failed: " + why);
                }
            }
        }
        return samples;
    }

    /** On a thread of its own, which is interrupted if it takes too long. */
    private <C> Samples within(Duration time, Run<C> run, C contender, int number)
            throws InterruptedException, ExecutionException, TimeoutException {
        taken++;
        Path dir = work.resolve("cluster-" + ProcessHandle.current().pid() + "-" + taken);
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
        }
    }
}
