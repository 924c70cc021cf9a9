package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes down what was measured: everything as JSON, a table of it, plots, and a page that shows the newest table. */
final class Report {
    /**
     * What is compared, in words.
     *
     * @param kind of run it is, in a few words
     * @param suffix of the names of the files with its results
     * @param comment behind which the page shows it
     * @param remarks on how it was done
     */
    record Subject(String title, String kind, String suffix, String comment, List<String> remarks) {}

    private final Subject subject;
    private final Circumstances circumstances;
    private final Samples samples;
    private final List<String> contenders;
    private final Turns turns;
    private final Path dir;
    private final String name;
    private final ResultFile json;
    private final List<String> flames;

    /**
     * A report of what there will be in the samples when it is written.
     *
     * @param dir where the files are written
     * @param name with which the names of the files begin
     * @param flames names of flame graphs that are written beside it
     */
    Report(
            Comparison comparison,
            Circumstances circumstances,
            Samples samples,
            Turns turns,
            Path dir,
            String name,
            List<String> flames) {
        subject = comparison.subject();
        contenders = comparison.contenders();
        this.circumstances = circumstances;
        this.samples = samples;
        this.turns = turns;
        this.dir = dir;
        this.name = name;
        this.flames = flames;
        json = new ResultFile(dir.resolve(name + ".json"), circumstances, samples, turns);
    }

    /** Keeps what was measured so far. */
    void keep() throws IOException {
        json.write(false);
    }

    /** Writes all files. */
    void write() throws IOException {
        json.write(true);
        String head = "# " + subject.title() + ", " + circumstances.started().toLocalDate() + "\n\n";
        Files.writeString(dir.resolve(name + ".md"), head + text(""));
    }

    /** Shows it on a page beside which the directory of the files is, in the place of such runs. */
    void showOn(Page page) throws IOException {
        page.show(subject.comment(), text(dir + "/"));
    }

    /** @param path from whoever shows the text to the files */
    private String text(String path) throws IOException {
        StringBuilder text = new StringBuilder(facts());
        text.append("* Every run of each, and what else is known of them: [")
                .append(name)
                .append(".json](")
                .append(path)
                .append(name)
                .append(".json).\n\n");
        text.append(new Table(samples, contenders).text());
        List<String> plots = new ArrayList<>(new Plots(samples).write(dir, name));
        plots.addAll(flames);
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

    private String facts() {
        StringBuilder text = new StringBuilder();
        text.append("* ")
                .append(circumstances.title())
                .append(" of ")
                .append(circumstances.started().toLocalDate())
                .append(", ")
                .append(circumstances.runs())
                .append(circumstances.runs() == 1 ? " run of each, of " : " runs of each in the order A B B A, of ")
                .append(circumstances.code())
                .append(
                        ". Figures are medians. The ratio says how many times better Millrace is: the median of the pairs of runs, in "
                                + "brackets the least and the most of them.\n");
        if (circumstances.runs() < Table.PAIRS_FOR_A_VERDICT) {
            text.append("* So few pairs show a direction; reached or missed is said of ")
                    .append(Table.PAIRS_FOR_A_VERDICT)
                    .append(" and more.\n");
        }
        text.append("* ")
                .append(circumstances.machine())
                .append("; load before the first run ")
                .append(circumstances.load())
                .append(".\n");
        subject.remarks().forEach(remark -> text.append("* ").append(remark).append('\n'));
        list(text, "Remarks on single runs", samples.remarks());
        list(text, "Not measured", turns.failures());
        return text.toString();
    }

    private static void list(StringBuilder text, String title, List<String> of) {
        if (!of.isEmpty()) {
            text.append("* ").append(title).append(":\n");
            of.forEach(item -> text.append("  * ").append(item).append('\n'));
        }
    }
}
