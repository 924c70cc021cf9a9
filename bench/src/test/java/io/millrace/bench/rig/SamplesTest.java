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
            Samples one = new Samples();
            one.addLatencies(0, "latency", 0, "a", us);
            all.addAll(one);
        }
        assertThat(all.latencies().get("latency").get("a").getTotalCount()).isEqualTo(3);
        Metric p50 = Metric.less(0, "latency, p50", "ms", 0);
        assertThat(all.of(p50, "a")).hasSize(3);
    }
}
