package io.millrace.bench.rig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Everything that was measured, in the order of the rows: for each figure and contender one value a run. */
final class Samples {
    private final Map<Metric, Map<String, List<Double>>> values = new LinkedHashMap<>();
    private final Map<String, Map<String, Histogram>> latencies = new LinkedHashMap<>();

    void add(Metric metric, String contender, double value) {
        values.computeIfAbsent(metric, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(value);
    }

    /** Adds all that another has. */
    void addAll(Samples other) {
        other.values.forEach(
                (metric, of) -> of.forEach((contender, runs) -> runs.forEach(value -> add(metric, contender, value))));
        other.latencies.forEach((title, of) -> of.forEach((contender, us) -> merge(title, contender, us)));
    }

    private void merge(String title, String contender, Histogram us) {
        latencies
                .computeIfAbsent(title, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new Histogram(us.getHighestTrackableValue(), 3))
                .add(us);
    }

    /**
     * Adds latencies to those of former runs, and their percentiles to the figures.
     *
     * @param goal for the median and the 99th percentile
     */
    void addLatencies(int row, String title, double goal, String contender, Histogram us) {
        merge(title, contender, us);
        add(Metric.less(row, title + ", p50", "ms", goal), contender, us.getValueAtPercentile(50) / 1e3);
        add(Metric.less(row, title + ", p99", "ms", goal), contender, us.getValueAtPercentile(99) / 1e3);
        add(Metric.less(row, title + ", p99.9", "ms", 0), contender, us.getValueAtPercentile(99.9) / 1e3);
        add(Metric.less(row, title + ", max", "ms", 0), contender, us.getMaxValue() / 1e3);
    }

    /** By title and contender, in µs, all runs together. */
    Map<String, Map<String, Histogram>> latencies() {
        return latencies;
    }

    Map<Metric, Map<String, List<Double>>> values() {
        return values;
    }

    List<Double> of(Metric metric, String contender) {
        return values.getOrDefault(metric, Map.of()).getOrDefault(contender, List.of());
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
