package io.millrace.bench.rig;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command: which rows, how often, and where the results go. Called by bench.sh, which knows where things are. */
@Command(
        name = "bench.sh rig",
        description = "Runs Millrace and Apache Kafka side by side on this machine and writes down how they compare.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Rig implements Callable<Integer> {
    private static final String MICRO = "micro";
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm", Locale.ROOT);

    @Option(
            names = "--short",
            description = "A short run, of about ten minutes on two quiet processors; else one of hours.")
    private boolean isShort;

    @Option(
            names = "--rows",
            split = ",",
            paramLabel = "ROW",
            description = "Only these rows; --list shows them. A name ending in * stands for all that begin like it.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "Shows the rows and ends.")
    private boolean list;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "How often each contender runs; 2 in a short run, else 6.")
    private int pairs;

    @Option(names = "--no-tuned", description = "Leaves the tuned Kafka out, as a short run does.")
    private boolean noTuned;

    @Option(names = "--out", paramLabel = "DIR", description = "Where results go; bench/results if absent.")
    private Path out = Path.of("bench", "results");

    @Option(names = "--work", paramLabel = "DIR", description = "Where the data of the clusters is while they run.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir"), "millrace-rig");

    @Option(names = "--millrace", required = true, hidden = true)
    private Path millrace = Path.of("");

    @Option(names = "--kafka-libs", required = true, hidden = true)
    private Path kafkaLibs = Path.of("");

    private final long startNs = System.nanoTime();

    Rig() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Rig()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            System.out.printf("%-40s %s%n", MICRO, "single operations, with JMH");
            Rows.chosen(isShort, only).forEach(row -> System.out.printf("%-40s %s%n", row.id(), row.title()));
            return 0;
        }
        Path logging = Files.createDirectories(work).resolve("kafka-log4j.properties");
        Files.writeString(logging, "log4j.rootLogger=OFF\n");
        Comparison comparison = comparison(
                new Contender.Millrace(millrace),
                new Contender.Kafka(kafkaLibs, logging, false),
                new Contender.Kafka(kafkaLibs, logging, true));
        Turns turns = new Turns(pairs > 0 ? pairs : isShort ? 2 : 6, work, this::progress);
        String load = String.format(Locale.ROOT, "%.1f", Proc.load());
        System.out.println(Proc.machine() + ", load " + load);
        Samples samples = comparison.measure(turns, this::progress);
        Report report = new Report(comparison, samples, turns, Proc.machine(), load, isShort);
        String name = LocalDateTime.now().format(NAME) + comparison.subject().suffix() + (isShort ? "-short" : "");
        report.write(Files.createDirectories(out), name);
        progress("Wrote " + out.resolve(name + ".md"));
        return turns.failures().isEmpty() ? 0 : 1;
    }

    private Comparison comparison(Contender.Millrace ours, Contender.Kafka kafka, Contender.Kafka tuned) {
        return new RowComparison(
                Rows.chosen(isShort, only),
                isShort,
                only.isEmpty() || only.contains(MICRO),
                noTuned || isShort ? List.of(ours, kafka) : List.of(ours, kafka, tuned),
                kafka);
    }

    private void progress(String text) {
        System.out.printf("[%5d s] %s%n", (System.nanoTime() - startNs) / 1_000_000_000, text);
    }
}
