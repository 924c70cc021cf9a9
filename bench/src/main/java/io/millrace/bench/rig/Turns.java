package io.millrace.bench.rig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Lets those that are compared run in turn, A B B A, as often as asked: what drifts on the machine meets all alike. */
final class Turns {
    /** One run of one of them. */
    interface Run<C> {
        /** @param dir of its own, which is removed with what it has started */
        void run(C contender, Path dir, Samples samples) throws Exception;
    }

    private final int runs;
    private final Path work;
    private final Consumer<String> progress;
    private final List<String> failures = new ArrayList<>();

    /**
     * @param work where the directories of the runs are
     * @param progress is told in a few words what goes on
     */
    Turns(int runs, Path work, Consumer<String> progress) {
        this.runs = runs;
        this.work = work;
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
                    run.run(
                            contender,
                            work.resolve("cluster-" + ProcessHandle.current().pid()),
                            samples);
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    failures.add(what + ", " + name.apply(contender) + ": " + e);
                    progress.accept("failed: " + e);
                }
            }
        }
        return samples;
    }
}
