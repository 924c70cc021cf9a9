package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws what a table cannot show: latencies up to the last percentiles, and how figures grow with size. */
final class Plots {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 450;
    private static final double[] PERCENTILES = {1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100};

    private final Samples samples;

    Plots(Samples samples) {
        this.samples = samples;
    }

    /** @return names of the files that were written */
    List<String> write(Path dir, String name) throws IOException {
        List<String> files = new ArrayList<>();
        for (Map.Entry<String, Map<String, Histogram>> entry :
                samples.latencies().entrySet()) {
            files.add(save(latencies(entry.getKey(), entry.getValue()), dir, name));
        }
        for (Map.Entry<String, Map<String, TreeMap<Double, Double>>> entry : growth().entrySet()) {
            boolean grows = entry.getValue().values().stream()
                    .anyMatch(points ->
                            points.values().stream().filter(value -> value > 0).count() > 1);
            if (grows) {
                files.add(save(curve(entry.getKey(), entry.getValue()), dir, name));
            }
        }
        return files;
    }

    private static XYChart latencies(String title, Map<String, Histogram> contenders) {
        XYChart chart = chart(title, "percentile, as 1 in N records that took longer", "ms");
        contenders.forEach((contender, us) -> {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            double last = Math.max(1.0, us.getTotalCount());
            for (double percentile : PERCENTILES) {
                x.add(percentile == 100 ? last : Math.min(last, 100 / (100 - percentile)));
                y.add(Math.max(1, us.getValueAtPercentile(percentile)) / 1e3);
            }
            chart.addSeries(contender, x, y);
        });
        return chart;
    }

    /** By figure without its size, then contender: medians by size. */
    private Map<String, Map<String, TreeMap<Double, Double>>> growth() {
        Map<String, Map<String, TreeMap<Double, Double>>> curves = new LinkedHashMap<>();
        samples.values().forEach((metric, values) -> {
            if (!metric.curve().isEmpty()) {
                String title = metric.curve() + " [" + metric.unit() + "]";
                values.keySet()
                        .forEach(contender -> curves.computeIfAbsent(title, key -> new LinkedHashMap<>())
                                .computeIfAbsent(contender, key -> new TreeMap<>())
                                .put(metric.size(), Samples.median(samples.of(metric, contender))));
            }
        });
        return curves;
    }

    private static XYChart curve(String title, Map<String, TreeMap<Double, Double>> contenders) {
        XYChart chart = chart(title, "N", "");
        contenders.forEach((contender, points) -> {
            // The axes are logarithmic: what is nothing, or came out less, is not on them.
            points.values().removeIf(value -> !(value > 0));
            if (!points.isEmpty()) {
                chart.addSeries(contender, List.copyOf(points.keySet()), List.copyOf(points.values()));
            }
        });
        return chart;
    }

    private static XYChart chart(String title, String x, String y) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
        return chart;
    }

    private static String save(XYChart chart, Path dir, String name) throws IOException {
        String title = chart.getTitle().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String file = name + "-" + title.replaceAll("-$", "") + ".svg";
        VectorGraphicsEncoder.saveVectorGraphic(
                chart, dir.resolve(file).toString().replaceAll("\\.svg$", ""), VectorGraphicsFormat.SVG);
        return file;
    }
}
