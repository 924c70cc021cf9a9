package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is measured is warm, as far as can be seen, and it can be seen how far it is not. */
class WarmUpTest {
    private final Samples samples = new Samples();
    private double cpu;

    @Test
    void goesOnUntilTwoWindowsTakeAlike() throws Exception {
        assertThat(windows(new WarmUp(2, 9), 10, 5, 3, 2.9, 2.8)).isEqualTo(4);
        assertThat(samples.remarks()).isEmpty();
        assertThat(samples.series().get(0).values()).hasSize(4);
    }

    @Test
    void runsTheLeastNumberForEachHoweverSteady() throws Exception {
        assertThat(windows(new WarmUp(4, 9), 1, 1, 1, 1, 1)).isEqualTo(4);
    }

    @Test
    void endsAfterTheMostAndSaysThatItWasNotSteady() throws Exception {
        assertThat(windows(new WarmUp(2, 3), 9, 6, 4, 2)).isEqualTo(3);
        assertThat(samples.remarks())
                .singleElement()
                .asString()
                .contains("a, run 1: it was measured after 3 windows", "(60000.0 and 40000.0 µs of CPU per operation)");
    }

    /** Windows of 100 operations that take so many seconds of CPU; returns how many were run. */
    private int windows(WarmUp rule, double... seconds) throws Exception {
        Deque<Double> left = new ArrayDeque<>();
        for (double of : seconds) {
            left.add(of);
        }
        rule.run("it", "a", () -> cpu, samples, () -> {
            cpu += left.remove();
            return 100;
        });
        assertThat(samples.series()).extracting(Samples.Series::contender).isEqualTo(List.of("a"));
        return seconds.length - left.size();
    }
}
