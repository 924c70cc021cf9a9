package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Runs that are measured apart become one set of figures. */
class SamplesTest {
    @Test
    void latenciesOfAllRunsAreKept() {
        Samples all = new Samples();
        for (int run = 1; run <= 3; run++) {
            Histogram us = new Histogram(1_000_000, 3);
            us.recordValue(run * 1_000);
            Samples one = new Samples(run);
            one.addLatencies(0, "latency", Goal.NONE, Goal.NONE, "a", us);
            all.addAll(one);
        }
        assertThat(all.latencies().get("latency").get("a").getTotalCount()).isEqualTo(3);
        Metric p50 = Metric.less(0, "latency, p50", "ms");
        assertThat(all.of(p50, "a")).hasSize(3);
    }

    @Test
    void aRunThatFailedDropsItsPairAndNoOther() {
        Metric metric = Metric.less(0, "what", "s");
        Samples all = new Samples();
        for (int run = 1; run <= 3; run++) {
            Samples one = new Samples(run);
            if (run != 2) {
                one.add(metric, "ours", run);
            }
            one.add(metric, "theirs", run * 10.0 * run);
            all.addAll(one);
        }
        assertThat(all.ratios(metric, "ours", "theirs")).containsExactly(10.0, 30.0);
    }

    @Test
    void whatCannotBeComparedHasNoRatio() {
        Metric less = Metric.less(0, "what", "s");
        assertThat(less.ratio(0, 0)).isNaN();
        assertThat(less.ratio(-1, 5)).isNaN();
        assertThat(less.ratio(1, -5)).isNaN();
        assertThat(less.ratio(0, 2)).isInfinite();
        assertThat(less.ratio(2, 8)).isEqualTo(4);
        assertThat(Metric.more(0, "what", "/s").ratio(8, 2)).isEqualTo(4);
    }
}
