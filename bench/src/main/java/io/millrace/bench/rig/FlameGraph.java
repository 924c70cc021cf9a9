package io.millrace.bench.rig;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Draws collapsed stacks, one a line with the number of its samples behind it, as an SVG that needs no script and no other file: what
 * called stands below what it called, and is as wide as its share of the samples. After Brendan Gregg's flame graphs.
 */
final class FlameGraph {
    private static final int WIDTH = 1_200;
    private static final int HEIGHT = 16;
    private static final int HEAD = 40;
    private static final double LETTER = 6.6;

    /** Narrower ones cannot be seen. */
    private static final double LEAST_WIDTH = 0.3;

    /** A method below those that called it. */
    private static final class Frame {
        private final Map<String, Frame> callees = new TreeMap<>();
        private long samples;

        int depth(double least) {
            return samples < least
                    ? 0
                    : 1
                            + callees.values().stream()
                                    .mapToInt(frame -> frame.depth(least))
                                    .max()
                                    .orElse(0);
        }
    }

    private FlameGraph() {}

    /**
     * An SVG document.
     *
     * @param collapsed lines such as {@code main;run;read 42}
     */
    static String draw(String title, Collection<String> collapsed) {
        Frame all = new Frame();
        for (String line : collapsed) {
            int end = line.lastIndexOf(' ');
            if (end < 0) {
                continue;
            }
            long samples = Long.parseLong(line.substring(end + 1));
            Frame frame = all;
            frame.samples += samples;
            for (String name : line.substring(0, end).split(";")) {
                frame = frame.callees.computeIfAbsent(name, key -> new Frame());
                frame.samples += samples;
            }
        }
        double scale = (double) WIDTH / Math.max(1, all.samples);
        int height = HEAD + HEIGHT * all.depth(LEAST_WIDTH / scale);
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"")
                .append(WIDTH)
                .append("\" height=\"")
                .append(height);
        svg.append(
                "\" font-family=\"monospace\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.append("<text x=\"8\" y=\"24\" font-size=\"16\">")
                .append(LogChart.escaped(title))
                .append("</text>\n");
        draw(svg, "all", all, 0, height - HEIGHT, scale, all.samples);
        return svg.append("</svg>\n").toString();
    }

    private static void draw(StringBuilder svg, String name, Frame frame, double x, int y, double scale, long all) {
        double width = frame.samples * scale;
        if (width < LEAST_WIDTH) {
            return;
        }
        svg.append(String.format(
                Locale.ROOT,
                "<g><title>%s: %d samples, %.2f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" "
                        + "stroke=\"white\" stroke-width=\"0.4\"/>",
                LogChart.escaped(name),
                frame.samples,
                100.0 * frame.samples / Math.max(1, all),
                x,
                y,
                width,
                HEIGHT,
                color(name)));
        int letters = (int) (width / LETTER) - 1;
        if (letters >= 3) {
            String shown = name.length() <= letters ? name : name.substring(0, letters - 1) + "…";
            svg.append(String.format(
                    Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%s</text>", x + 2, y + 12, LogChart.escaped(shown)));
        }
        svg.append("</g>\n");
        double at = x;
        for (Map.Entry<String, Frame> callee : frame.callees.entrySet()) {
            draw(svg, callee.getKey(), callee.getValue(), at, y - HEIGHT, scale, all);
            at += callee.getValue().samples * scale;
        }
    }

    /** Java is green, the kernel orange and the JVM red, each in shades of its own. */
    private static String color(String name) {
        int shade = Math.floorMod(name.hashCode(), 40);
        int hue = name.endsWith("_[k]")
                ? 30
                : name.contains("/") || name.contains(".") ? 110 : name.contains("::") ? 50 : 5;
        return "hsl(" + (hue + shade / 4) + ",65%," + (62 + shade / 2) + "%)";
    }
}
