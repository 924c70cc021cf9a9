package io.millrace.bench.rig;

import java.util.List;
import java.util.Locale;

/**
 * What was measured, in a few words a figure: the median of each contender, the median of how many times better ours is in the pairs of
 * runs, and whether that is what was to be reached.
 */
final class Table {
    /** Of fewer pairs nothing is said to be reached or missed. */
    static final int PAIRS_FOR_A_VERDICT = 5;

    /** The name under which stands what none of those that are compared can do without. */
    static final String LIMIT = "limit";

    private final Samples samples;
    private final List<String> contenders;

    /** @param contenders ours first */
    Table(Samples samples, List<String> contenders) {
        this.samples = samples;
        this.contenders = contenders;
    }

    /** Shows some figures while others are still to come. */
    static void print(String title, Samples samples, List<String> contenders) {
        System.out.println("  " + title);
        samples.values().forEach((metric, values) -> {
            StringBuilder line = new StringBuilder("    " + metric.name() + ":");
            for (String contender : contenders) {
                line.append(' ').append(contender).append(' ');
                line.append(format(Samples.median(samples.of(metric, contender))))
                        .append(',');
            }
            List<Double> limit = samples.of(metric, LIMIT);
            line.append(limit.isEmpty() ? "" : " limit " + format(Samples.median(limit)));
            System.out.println(line + " " + metric.unit());
        });
    }

    String text() {
        boolean hasTargets = samples.values().keySet().stream().anyMatch(metric -> metric.row() != 0);
        StringBuilder text = new StringBuilder(hasTargets ? "| # | what | unit |" : "| what | unit |");
        StringBuilder rule = new StringBuilder(hasTargets ? "|---|---|---|" : "|---|---|");
        for (String contender : contenders) {
            text.append(' ').append(contender).append(" |");
            rule.append("---:|");
            if (!isOurs(contender)) {
                text.append(" ratio |");
                rule.append("---:|");
            }
        }
        text.append(hasTargets ? " goal | stretch |\n" : "\n").append(rule).append(hasTargets ? "---|---|\n" : "\n");
        for (Metric metric : samples.values().keySet()) {
            if (samples.of(metric, LIMIT).isEmpty()) {
                line(text, metric, hasTargets);
            }
        }
        return text + limits();
    }

    private void line(StringBuilder text, Metric metric, boolean hasTargets) {
        text.append("| ");
        if (hasTargets) {
            text.append(metric.row() == 0 ? "" : Integer.toString(metric.row())).append(" | ");
        }
        text.append(metric.name()).append(" | ").append(metric.unit()).append(" |");
        for (String contender : contenders) {
            text.append(' ')
                    .append(format(Samples.median(samples.of(metric, contender))))
                    .append(" |");
            if (!isOurs(contender)) {
                text.append(' ').append(ratio(metric, contender)).append(" |");
            }
        }
        if (hasTargets) {
            text.append(' ').append(verdict(metric, metric.goal())).append(" |");
            text.append(' ').append(verdict(metric, metric.stretch())).append(" |");
        }
        text.append('\n');
    }

    /** What nobody can do without has no opponent. */
    private String limits() {
        StringBuilder text = new StringBuilder();
        for (Metric metric : samples.values().keySet()) {
            List<Double> of = samples.of(metric, LIMIT);
            if (!of.isEmpty()) {
                text.append(text.isEmpty() ? "\n| what none of them can do without | unit | |\n|---|---|---:|\n" : "");
                text.append("| ").append(metric.name()).append(" | ").append(metric.unit());
                text.append(" | ").append(format(Samples.median(of))).append(" |\n");
            }
        }
        return text.toString();
    }

    private boolean isOurs(String contender) {
        return contender.equals(contenders.get(0));
    }

    private String ratio(Metric metric, String contender) {
        if (metric.goal().isAmount()) {
            // It is about nothing, of which there is no multiple.
            return "";
        }
        List<Double> ratios = samples.ratios(metric, contenders.get(0), contender);
        if (ratios.isEmpty()) {
            return "-";
        }
        double least = ratios.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double most = ratios.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        String spread = ratios.size() == 1 ? "-" : format(least) + "–" + format(most);
        return format(Samples.median(ratios)) + "× (" + spread + ")";
    }

    /** Against each of the opponents, if there are several. */
    private String verdict(Metric metric, Goal goal) {
        if (!goal.isSet()) {
            return "";
        }
        if (goal.isAmount()) {
            List<Double> ours = samples.of(metric, contenders.get(0));
            return "≤ " + format(goal.atMost()) + " " + verdict(Samples.median(ours) <= goal.atMost(), ours.size());
        }
        StringBuilder text = new StringBuilder("≥ " + format(goal.times()) + "×");
        List<String> opponents = contenders.subList(1, contenders.size());
        for (String opponent : opponents) {
            List<Double> ratios = samples.ratios(metric, contenders.get(0), opponent);
            text.append(' ');
            if (opponents.size() > 1) {
                text.append(opponent).append(": ");
            }
            text.append(verdict(Samples.median(ratios) >= goal.times(), ratios.size()));
        }
        return text.toString();
    }

    private static String verdict(boolean reached, int pairs) {
        if (pairs == 0) {
            return "-";
        }
        if (pairs < PAIRS_FOR_A_VERDICT) {
            String of = pairs == 1 ? "1 pair" : pairs + " pairs";
            return "would be " + (reached ? "reached" : "**missed**") + " (" + of + ", indicative)";
        }
        return reached ? "reached" : "**missed**";
    }

    /** A figure with three digits; what cannot be one is "-", and a difference of two readings that came out negative too. */
    static String format(double value) {
        if (Double.isNaN(value) || value < 0) {
            return "-";
        }
        if (Double.isInfinite(value)) {
            return "∞";
        }
        String digits = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 0.1 || value == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, digits, value);
    }
}
