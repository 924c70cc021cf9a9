package io.millrace.bench.rig;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Lines over two logarithmic axes as an SVG of a few kilobytes, so that every run can keep its plots: chart libraries write each letter as
 * an outline, half a megabyte a plot.
 */
final class LogChart {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 450;
    private static final int LEFT = 80;
    private static final int RIGHT = 20;
    private static final int TOP = 64;
    private static final int BOTTOM = 60;
    private static final String[] COLORS = {"#1b6ca8", "#d1495b", "#edae49", "#3f7d20", "#6a4c93"};

    /** Between the title and the plot, where no line can cross it. */
    private static final int LEGEND = 48;

    private static final int LEGEND_GAP = 24;

    /** About what a letter of the legend takes. */
    private static final int LETTER_WIDTH = 7;

    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final Map<String, SortedMap<Double, Double>> series = new LinkedHashMap<>();

    LogChart(String title, String xTitle, String yTitle) {
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
    }

    String title() {
        return title;
    }

    /** Adds a line through the points that such axes have: those above nothing. */
    void add(String name, Map<Double, Double> points) {
        SortedMap<Double, Double> shown = new TreeMap<>();
        points.forEach((x, y) -> {
            if (x > 0 && y > 0 && Double.isFinite(x) && Double.isFinite(y)) {
                shown.put(x, y);
            }
        });
        if (!shown.isEmpty()) {
            series.put(name, shown);
        }
    }

    /** Whether some line has more than one point. */
    boolean showsSomething() {
        return series.values().stream().anyMatch(points -> points.size() > 1);
    }

    /** An axis from one power of ten to another. */
    private record Axis(int from, int to, double begin, double length) {
        static Axis of(Collection<Double> values, double begin, double length) {
            double least =
                    values.stream().mapToDouble(Double::doubleValue).min().orElse(1);
            double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
            int from = (int) Math.floor(Math.log10(least) + 1e-9);
            int to = (int) Math.ceil(Math.log10(most) - 1e-9);
            return new Axis(from, Math.max(to, from + 1), begin, length);
        }

        double at(double value) {
            return begin + (Math.log10(value) - from) / (to - from) * length;
        }
    }

    String svg() {
        Axis x = Axis.of(
                series.values().stream()
                        .flatMap(points -> points.keySet().stream())
                        .toList(),
                LEFT,
                WIDTH - LEFT - RIGHT);
        Axis y = Axis.of(
                series.values().stream()
                        .flatMap(points -> points.values().stream())
                        .toList(),
                HEIGHT - BOTTOM,
                -(HEIGHT - TOP - BOTTOM));
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT));
        text(svg, WIDTH / 2.0, 24, "middle", title, " font-size=\"15\"");
        text(svg, WIDTH / 2.0, HEIGHT - 14, "middle", xTitle, "");
        text(svg, 16, LEGEND, "start", yTitle, "");
        for (int power = x.from; power <= x.to; power++) {
            double at = x.at(Math.pow(10, power));
            line(svg, at, TOP, at, HEIGHT - BOTTOM);
            text(svg, at, HEIGHT - BOTTOM + 18, "middle", label(power), "");
        }
        for (int power = y.from; power <= y.to; power++) {
            double at = y.at(Math.pow(10, power));
            line(svg, LEFT, at, WIDTH - RIGHT, at);
            text(svg, LEFT - 8, at + 4, "end", label(power), "");
        }
        int number = 0;
        double legendAt = Math.max(LEFT, 16 + yTitle.length() * LETTER_WIDTH + LEGEND_GAP);
        for (Map.Entry<String, SortedMap<Double, Double>> one : series.entrySet()) {
            String color = COLORS[number % COLORS.length];
            StringBuilder path = new StringBuilder();
            one.getValue().forEach((px, py) -> {
                path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x.at(px), y.at(py)));
                svg.append(String.format(
                        Locale.ROOT,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
                        x.at(px),
                        y.at(py),
                        color));
            });
            svg.append(String.format(
                    Locale.ROOT,
                    "%n<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
                    path.toString().strip(),
                    color));
            text(svg, legendAt, LEGEND, "start", one.getKey(), " fill=\"" + color + "\"");
            legendAt += one.getKey().length() * LETTER_WIDTH + LEGEND_GAP;
            number++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String label(int power) {
        double value = Math.pow(10, power);
        return power < 0
                ? String.format(Locale.ROOT, "%." + -power + "f", value)
                : String.format(Locale.ROOT, "%,.0f", value);
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                x1,
                y1,
                x2,
                y2));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text, String more) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n",
                x,
                y,
                anchor,
                more,
                escaped(text)));
    }

    /** Text as a document of XML holds it. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
