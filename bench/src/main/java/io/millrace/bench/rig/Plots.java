package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Draws what a table cannot show: latencies up to the last percentiles, and how figures grow with size. */
final class Plots {
    private static final double[] PERCENTILES = {1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100};

    private final Samples samples;

    Plots(Samples samples) {
        this.samples = samples;
    }

    /** @return names of the files that were written */
    List<String> write(Path dir, String name) throws IOException {
        List<LogChart> charts = new ArrayList<>();
        samples.latencies().forEach((title, contenders) -> charts.add(latencies(title, contenders)));
        growth().forEach((title, contenders) -> {
            LogChart chart = new LogChart(title, "N", "");
            contenders.forEach(chart::add);
            charts.add(chart);
        });
        List<String> files = new ArrayList<>();
        for (LogChart chart : charts) {
            if (chart.showsSomething()) {
                String title = chart.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
                String file = name + "-" + title.replaceAll("-$", "") + ".svg";
                Files.writeString(dir.resolve(file), chart.svg());
                files.add(file);
            }
        }
        return files;
    }

    private static LogChart latencies(String title, Map<String, Histogram> contenders) {
        LogChart chart = new LogChart(title, "percentile, as 1 in N records that took longer", "ms");
        contenders.forEach((contender, us) -> {
            Map<Double, Double> points = new TreeMap<>();
            double last = Math.max(1.0, us.getTotalCount());
            for (double percentile : PERCENTILES) {
                points.put(
                        percentile == 100 ? last : Math.min(last, 100 / (100 - percentile)),
                        Math.max(1, us.getValueAtPercentile(percentile)) / 1e3);
            }
            chart.add(contender, points);
        });
        return chart;
    }

    /** By figure without its size, then contender: medians by size. */
    private Map<String, Map<String, Map<Double, Double>>> growth() {
        Map<String, Map<String, Map<Double, Double>>> curves = new LinkedHashMap<>();
        samples.values().forEach((metric, values) -> {
            if (!metric.curve().isEmpty()) {
                String title = metric.curve() + " [" + metric.unit() + "]";
                for (String contender : values.keySet()) {
                    curves.computeIfAbsent(title, key -> new LinkedHashMap<>())
                            .computeIfAbsent(contender, key -> new TreeMap<>())
                            .put(metric.size(), Samples.median(samples.of(metric, contender)));
                }
            }
        });
        return curves;
    }
}
