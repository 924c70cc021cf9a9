package io.millrace.bench.rig;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * Everything that was measured, in the order of the rows: for each figure, contender and run one value. A run of ours and the run of the
 * opponent with the same number are a pair, whichever others failed.
 */
final class Samples {
    /**
     * Readings one after the other, of which a figure is made or by which it was decided when to take it.
     *
     * @param what was read, and its unit
     */
    record Series(String what, String contender, int run, List<Double> values) {}

    private final int run;
    private final Map<Metric, Map<String, SortedMap<Integer, Double>>> values = new LinkedHashMap<>();
    private final Map<String, Map<String, Histogram>> latencies = new LinkedHashMap<>();
    private final List<Series> series = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /** Those of several runs, which are added to it. */
    Samples() {
        this(1);
    }

    /** @param run the number of the run whose figures are added one by one */
    Samples(int run) {
        this.run = run;
    }

    int run() {
        return run;
    }

    void add(Metric metric, String contender, double value) {
        put(metric, contender, run, value);
    }

    private void put(Metric metric, String contender, int ofRun, double value) {
        values.computeIfAbsent(metric, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new TreeMap<>())
                .put(ofRun, value);
    }

    /** Adds all that another has, of the runs it was measured in. */
    void addAll(Samples other) {
        other.values.forEach((metric, of) ->
                of.forEach((contender, runs) -> runs.forEach((ofRun, value) -> put(metric, contender, ofRun, value))));
        other.latencies.forEach((title, of) -> of.forEach((contender, us) -> merge(title, contender, us)));
        series.addAll(other.series);
        remarks.addAll(other.remarks);
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
    void addLatencies(int row, String title, Goal goal, Goal stretch, String contender, Histogram us) {
        merge(title, contender, us);
        add(Metric.less(row, title + ", p50", "ms").goal(goal, stretch), contender, us.getValueAtPercentile(50) / 1e3);
        add(Metric.less(row, title + ", p99", "ms").goal(goal, stretch), contender, us.getValueAtPercentile(99) / 1e3);
        add(Metric.less(row, title + ", p99.9", "ms"), contender, us.getValueAtPercentile(99.9) / 1e3);
        add(Metric.less(row, title + ", max", "ms"), contender, us.getMaxValue() / 1e3);
    }

    /** Keeps readings for who wants to look closer; no table shows them. */
    void addSeries(String what, String contender, List<Double> readings) {
        series.add(new Series(what, contender, run, List.copyOf(readings)));
    }

    /** Says of this run what a reader of its figures should know. */
    void remark(String text) {
        remarks.add(text);
    }

    /** By title and contender, in µs, all runs together. */
    Map<String, Map<String, Histogram>> latencies() {
        return latencies;
    }

    Map<Metric, Map<String, SortedMap<Integer, Double>>> values() {
        return values;
    }

    List<Series> series() {
        return series;
    }

    List<String> remarks() {
        return remarks;
    }

    /** One value of each run that was measured. */
    List<Double> of(Metric metric, String contender) {
        return List.copyOf(runs(metric, contender).values());
    }

    private SortedMap<Integer, Double> runs(Metric metric, String contender) {
        return values.getOrDefault(metric, Map.of()).getOrDefault(contender, Collections.emptySortedMap());
    }

    /** How many times better ours was, for each pair of runs that both were measured in and that can be compared. */
    List<Double> ratios(Metric metric, String ours, String theirs) {
        SortedMap<Integer, Double> opponents = runs(metric, theirs);
        List<Double> ratios = new ArrayList<>();
        runs(metric, ours).forEach((ofRun, value) -> {
            Double other = opponents.get(ofRun);
            double ratio = other == null ? Double.NaN : metric.ratio(value, other);
            if (!Double.isNaN(ratio)) {
                ratios.add(ratio);
            }
        });
        return ratios;
    }

    /** @return NaN of nothing */
    static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
