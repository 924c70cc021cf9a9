package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** All meet the machine alike, and one that fails spoils nothing for the others. */
class TurnsTest {
    private final Turns turns = new Turns(3, Path.of("nowhere"), text -> {});

    @Test
    void everyOtherRunGoesBackwards() throws InterruptedException {
        List<String> order = new ArrayList<>();
        turns.take("row", List.of("a", "b", "c"), Function.identity(), (name, dir, samples) -> order.add(name));
        assertThat(order).containsExactly("a", "b", "c", "c", "b", "a", "a", "b", "c");
        assertThat(turns.failures()).isEmpty();
    }

    @Test
    void aFailureIsKeptAndTheOthersGoOn() throws InterruptedException {
        Metric metric = Metric.less(0, "what", "s", 0);
        Samples samples = turns.take("row", List.of("a", "b"), Function.identity(), (name, dir, into) -> {
            if (name.equals("a")) {
                throw new IOException("the disk is full");
            }
            into.add(metric, name, 1);
        });
        assertThat(samples.of(metric, "b")).hasSize(3);
        assertThat(turns.failures())
                .hasSize(3)
                .allMatch(failure -> failure.equals("row, a: java.io.IOException: the disk is full"));
    }
}
