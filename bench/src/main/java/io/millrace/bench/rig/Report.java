package io.millrace.bench.rig;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes down what was measured: everything as JSON, medians and ratios as a table, and a page that shows the newest table. */
final class Report {
    /**
     * What is compared, in words.
     *
     * @param suffix of the names of the files with its results
     * @param shortComment behind which the page shows a short run of it
     * @param fullComment behind which the page shows the full run of it
     * @param remarks on how it was done
     */
    record Subject(String title, String suffix, String shortComment, String fullComment, List<String> remarks) {}

    private final Subject subject;
    private final Samples samples;
    private final List<String> contenders;
    private final List<String> failures;
    private final String machine;
    private final String load;
    private final int runs;
    private final boolean isShort;
    private final String reach;
    private String shown = "";

    /**
     * What was measured.
     *
     * @param load of the machine before the first run
     * @param isShort whether it was measured briefly
     * @param part what was asked for if that was less than everything, else empty
     */
    Report(
            Comparison comparison,
            Samples samples,
            Turns turns,
            String machine,
            String load,
            boolean isShort,
            String part) {
        subject = comparison.subject();
        contenders = comparison.contenders();
        this.samples = samples;
        failures = turns.failures();
        runs = turns.runs();
        this.machine = machine;
        this.load = load;
        this.isShort = isShort;
        reach = part.isEmpty()
                ? isShort ? "A short run" : "The full run"
                : "A part (" + part + ") of a " + (isShort ? "short" : "full") + " run";
    }

    /** Shows some figures while others are still to come. */
    static void print(String title, Samples samples, List<String> contenders) {
        System.out.println("  " + title);
        samples.values().forEach((metric, values) -> {
            StringBuilder line = new StringBuilder("    " + metric.name() + ":");
            for (String contender : contenders) {
                List<Double> of = samples.of(metric, contender);
                line.append(' ').append(contender).append(' ');
                line.append(of.isEmpty() ? "-" : format(Samples.median(of))).append(',');
            }
            System.out.println(line + " " + metric.unit());
        });
    }

    /** Writes files of this name into a directory; of these, no page knows. */
    void write(Path dir, String name) throws IOException {
        writeJson(dir.resolve(name + ".json"));
        List<String> plots = new Plots(samples).write(dir, name);
        String text = facts() + "\n" + table();
        Files.writeString(
                dir.resolve(name + ".md"),
                "# " + subject.title() + ", " + LocalDate.now() + "\n\n" + text + images(plots, ""));
        shown = text + images(plots, dir + "/");
    }

    /** Shows what was written on a page beside which the directory of the files is, in the place of such runs. */
    void showOn(Page page) throws IOException {
        page.show(isShort ? subject.shortComment() : subject.fullComment(), shown);
    }

    private boolean isOurs(String contender) {
        return contender.equals(contenders.get(0));
    }

    private String facts() {
        StringBuilder text = new StringBuilder();
        text.append("* ").append(reach).append(" of ").append(LocalDate.now());
        text.append(", ").append(runs).append(" runs of each, in the order A B B A; medians. ");
        text.append(
                "The ratio says how many times better Millrace is, in brackets the least and the most of all pairs.\n");
        text.append("* ")
                .append(machine)
                .append("; load before the first run ")
                .append(load)
                .append(".\n");
        subject.remarks().forEach(remark -> text.append("* ").append(remark).append('\n'));
        if (!failures.isEmpty()) {
            text.append("* Not measured:\n");
            failures.forEach(failure -> text.append("  * ").append(failure).append('\n'));
        }
        return text.toString();
    }

    private String table() {
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
        text.append(hasTargets ? " goal |\n" : "\n").append(rule).append(hasTargets ? "---:|\n" : "\n");
        for (Metric metric : samples.values().keySet()) {
            text.append("| ");
            if (hasTargets) {
                text.append(metric.row() == 0 ? "" : Integer.toString(metric.row()))
                        .append(" | ");
            }
            text.append(metric.name()).append(" | ").append(metric.unit()).append(" |");
            List<Double> ours = samples.of(metric, contenders.get(0));
            for (String contender : contenders) {
                List<Double> values = samples.of(metric, contender);
                text.append(' ')
                        .append(values.isEmpty() ? "-" : format(Samples.median(values)))
                        .append(" |");
                if (!isOurs(contender)) {
                    text.append(' ').append(ratio(metric, ours, values)).append(" |");
                }
            }
            text.append(hasTargets ? " " + goal(metric, ours) + " |\n" : "\n");
        }
        return text.toString();
    }

    private String goal(Metric metric, List<Double> ours) {
        if (metric.goal() == 0) {
            return "";
        }
        String goal = "≥ " + format(metric.goal()) + "×";
        List<Double> theirs = samples.of(metric, contenders.get(1));
        if (ours.isEmpty() || theirs.isEmpty()) {
            return goal;
        }
        boolean reached = metric.ratio(Samples.median(ours), Samples.median(theirs)) >= metric.goal();
        return goal + (reached ? " reached" : " **missed**");
    }

    private static String ratio(Metric metric, List<Double> ours, List<Double> theirs) {
        if (ours.isEmpty() || theirs.isEmpty()) {
            return "-";
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
            ratios.add(metric.ratio(ours.get(i), theirs.get(i)));
        }
        double least = ratios.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        double most = ratios.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return String.format(
                Locale.ROOT,
                "%s× (%s–%s)",
                format(metric.ratio(Samples.median(ours), Samples.median(theirs))),
                format(least),
                format(most));
    }

    private static String format(double value) {
        if (!Double.isFinite(value)) {
            return "∞";
        }
        double size = Math.abs(value);
        String digits = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, digits, value);
    }

    private static String images(List<String> plots, String path) {
        StringBuilder text = new StringBuilder();
        for (String plot : plots) {
            text.append("\n![")
                    .append(plot)
                    .append("](")
                    .append(path)
                    .append(plot)
                    .append(")\n");
        }
        return text.toString();
    }

    private void writeJson(Path file) throws IOException {
        try (var out = Files.newBufferedWriter(file);
                JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeStringField("date", LocalDate.now().toString());
            json.writeStringField("machine", machine);
            json.writeStringField("loadBefore", load);
            json.writeBooleanField("short", isShort);
            json.writeArrayFieldStart("figures");
            for (Map.Entry<Metric, Map<String, List<Double>>> entry :
                    samples.values().entrySet()) {
                Metric metric = entry.getKey();
                json.writeStartObject();
                json.writeNumberField("row", metric.row());
                json.writeStringField("name", metric.name());
                json.writeStringField("unit", metric.unit());
                json.writeBooleanField("lowerIsBetter", metric.lowerIsBetter());
                json.writeObjectFieldStart("runs");
                for (Map.Entry<String, List<Double>> runsOf : entry.getValue().entrySet()) {
                    json.writeArrayFieldStart(runsOf.getKey());
                    for (double value : runsOf.getValue()) {
                        json.writeNumber(value);
                    }
                    json.writeEndArray();
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("failures");
            for (String failure : failures) {
                json.writeString(failure);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }
}
