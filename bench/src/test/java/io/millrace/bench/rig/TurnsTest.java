package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** All meet the machine alike, and one that fails spoils nothing for the others. */
class TurnsTest {
    private final Turns turns = new Turns(3, Path.of("nowhere"), Duration.ofMinutes(1), Quiet.ANYHOW, text -> {});

    @Test
    void everyOtherRunGoesBackwards() throws Exception {
        List<String> order = new ArrayList<>();
        turns.take("row", List.of("a", "b", "c"), Function.identity(), (name, dir, samples) -> order.add(name));
        assertThat(order).containsExactly("a", "b", "c", "c", "b", "a", "a", "b", "c");
        assertThat(turns.failures()).isEmpty();
    }

    @Test
    void theTimeOfAllRunsIsAddedUpByWhatWasMeasured() throws Exception {
        turns.take(2, "JMH: read", List.of("a"), Function.identity(), (name, dir, samples) -> {});
        turns.take(1, "JMH: append", List.of("a", "b"), Function.identity(), (name, dir, samples) -> {});
        turns.take(1, "row", List.of("a"), Function.identity(), (name, dir, samples) -> {});
        assertThat(turns.budget())
                .as("but for the seconds, which a busy machine has more of")
                .map(line -> line.replaceAll("\\d+ s ", "N s "))
                .containsExactly(
                        "JMH: N s in 4 runs, and N s before them until the machine was quiet",
                        "row: N s in 1 runs, and N s before them until the machine was quiet");
    }

    @Test
    void aFailureIsKeptAndTheOthersGoOn() throws Exception {
        Metric metric = Metric.less(0, "what", "s", 0);
        Samples samples = turns.take("row", List.of("a", "b"), Function.identity(), (name, dir, into) -> {
            if (name.equals("a")) {
                throw new IOException("the disk is full");
            }
            into.add(metric, name, 1);
        });
        assertThat(samples.of(metric, "b")).hasSize(3);
        assertThat(turns.failures())
                .containsExactly(
                        "row, a, run 1: java.io.IOException: the disk is full",
                        "row, a, run 2: java.io.IOException: the disk is full",
                        "row, a, run 3: java.io.IOException: the disk is full");
    }

    @Test
    void whatARunHadMeasuredBeforeItFailedDoesNotCount() throws Exception {
        Metric metric = Metric.less(0, "what", "s");
        Samples samples = turns.take("row", List.of("a"), Function.identity(), (name, dir, into) -> {
            into.add(metric, name, 1);
            if (into.run() == 2) {
                throw new IOException("the disk is full");
            }
        });
        assertThat(samples.of(metric, "a")).hasSize(2);
    }

    @Test
    void aRunThatNeverEndsIsEnded() throws Exception {
        Turns hasty = new Turns(1, Path.of("nowhere"), Duration.ofMillis(50), Quiet.ANYHOW, text -> {});
        CountDownLatch never = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        hasty.take("row", List.of("a"), Function.identity(), (name, dir, into) -> {
            try {
                never.await();
            } finally {
                ended.set(true);
            }
        });
        assertThat(ended).isTrue();
        assertThat(hasty.failures()).singleElement().asString().contains("It took longer than 0 s");
    }

    @Test
    void eachRunWaitsUntilTheMachineIsQuietAndSaysIfItIsNot() throws Exception {
        List<String> order = new ArrayList<>();
        Quiet loud = time -> {
            order.add("wait");
            return new Quiet.State(2, 1, 0, 30, "it was loud");
        };
        Turns loudly = new Turns(1, Path.of("nowhere"), Duration.ofMinutes(1), loud, text -> {});
        Samples samples =
                loudly.take("row", List.of("a", "b"), Function.identity(), (name, dir, into) -> order.add(name));
        assertThat(order).containsExactly("wait", "a", "wait", "b");
        assertThat(samples.remarks()).containsExactly("row, a, run 1: it was loud", "row, b, run 1: it was loud");
        assertThat(loudly.log()).extracting(Turns.Taken::contender).containsExactly("a", "b");
    }
}
