package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Curves are drawn of what has a size, and of nothing that logarithmic axes cannot show. */
class PlotsTest {
    @TempDir
    Path dir;

    private final Samples samples = new Samples();

    @Test
    void figuresWithOneCurveAreDrawnTogetherFromTheFirstSizeOn() throws Exception {
        for (int size : new int[] {1, 10, 100}) {
            Metric metric = Metric.less(0, "CPU of " + size + " & more", "µs").at("CPU of N & more", size);
            samples.add(metric, "A", size * 2);
            samples.add(metric, "B", size == 10 ? -1 : size * 3);
        }
        samples.add(Metric.less(0, "alone", "s"), "A", 1);
        List<String> files = new Plots(samples).write(dir, "run");
        assertThat(files).containsExactly("run-cpu-of-n-more-s.svg");
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(dir.resolve(files.get(0)).toFile());
        assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(5);
        assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(2);
    }

    @Test
    void latenciesAreDrawnUpToTheLast() throws Exception {
        Histogram us = new Histogram(1_000_000, 3);
        for (int i = 1; i <= 1_000; i++) {
            us.recordValue(i);
        }
        samples.addLatencies(0, "latency", Goal.NONE, Goal.NONE, "A", us);
        List<String> files = new Plots(samples).write(dir, "run");
        assertThat(files).containsExactly("run-latency.svg");
        // The largest is at the right end, of 1 in 1,000, and at the top, at 1 ms.
        assertThat(Files.readString(dir.resolve("run-latency.svg"))).contains("780.0,64.0");
        assertThat(Files.size(dir.resolve("run-latency.svg"))).isLessThan(10_000);
    }
}
