package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command: which rows, how often, and where the results go. Called by bench.sh, which knows where things are. */
@Command(
        name = "bench.sh rig",
        description =
                "Runs Millrace and Apache Kafka side by side on this machine, or other brokers beside both, and writes down how "
                        + "they compare.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Rig implements Callable<Integer> {
    static final Path RESULTS = Path.of("bench", "results");
    private static final Path PAGE = Path.of("BENCHMARKS.md");
    private static final Duration FIRST_REST_LIMIT = Duration.ofSeconds(120);
    private static final String MICRO = "micro";
    private static final String ALL = "all";
    static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm", Locale.ROOT);

    @Option(
            names = "--short",
            description =
                    "A short run, of about thirteen minutes on two quiet processors; else one of some four hours.")
    private boolean isShort;

    @Option(
            names = "--rows",
            split = ",",
            paramLabel = "ROW",
            description =
                    "Only these rows; --list shows them. A name ending in * stands for all that begin like it. Of bulk any setting can "
                            + "be named: [3-brokers-]bulk-acks-(0|1|all)-(100|1024|10240)-bytes-(1|16|1000)-partitions-(none|lz4|zstd). "
                            + "What is measured so is kept, and never shown as a whole run, nor are several of these put together as one.")
    private List<String> only = List.of();

    @Option(
            names = "--others",
            arity = "0..1",
            fallbackValue = ALL,
            split = ",",
            paramLabel = "BROKER",
            description =
                    "Instead of the rows, compares Millrace and Kafka with brokers of other protocols, those that are installed "
                            + "here or of them the named ones (nats, rabbitmq), each with its own client.")
    private List<String> others = List.of();

    @Option(names = "--list", description = "Shows the rows and the other brokers, and ends.")
    private boolean list;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description =
                    "How often each contender runs; 2 in a short run, else 5, and never more than 2 for what has no goal. With fewer than "
                            + "5 nothing is said to be reached: --short --pairs 5, of half an hour, is the shortest run that says so.")
    private int pairs;

    @Option(
            names = "--no-tuned",
            description =
                    "Leaves the tuned Kafka out, as a short run does, and as a full run does where there is no goal.")
    private boolean noTuned;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where results go instead of bench/results, and then BENCHMARKS.md does not show them.")
    private @Nullable Path out;

    @Option(
            names = "--flames",
            description =
                    "Draws flame graphs of the brokers while they are measured, into the directory of the results; each row runs once "
                            + "unless --pairs says more, and its figures are no results.")
    private boolean flames;

    @Option(
            names = "--hasty",
            description =
                    "Waits for no quiet machine, nor touches its memory: to see whether something runs, not how fast.")
    private boolean hasty;

    @Option(names = "--work", paramLabel = "DIR", description = "Where the data of the clusters is while they run.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir"), "millrace-rig");

    @Option(names = "--millrace", required = true, hidden = true)
    private Path millrace = Path.of("");

    @Option(names = "--kafka-libs", required = true, hidden = true)
    private Path kafkaLibs = Path.of("");

    @Spec
    private CommandSpec command = CommandSpec.create();

    private final Map<String, List<String>> details = new LinkedHashMap<>();
    private final long startNs = System.nanoTime();

    Rig() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Rig()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            System.out.printf("%-40s %s%n", MICRO, "single operations, with JMH");
            Rows.chosen(isShort, only).forEach(row -> System.out.printf("%-40s %s%n", row.id(), row.title()));
            BrokerComparison.OTHERS.forEach(
                    broker -> System.out.printf("%-40s %s%n", "--others " + broker.id(), broker.name()));
            return 0;
        }
        requireRows();
        Path logging = Files.createDirectories(work).resolve("kafka-log4j.properties");
        Files.writeString(logging, "log4j.rootLogger=OFF\n");
        Processes.removeLeftOvers(work);
        LocalDateTime started = LocalDateTime.now();
        Path dir = Files.createDirectories(out == null ? RESULTS : out);
        Flames flameGraphs = new Flames(dir, started.format(NAME) + "-flames");
        Comparison comparison = comparison(
                flames ? flameGraphs : null,
                new Contender.Millrace(millrace),
                new Contender.Kafka(kafkaLibs, logging, false),
                new Contender.Kafka(kafkaLibs, logging, true));
        Quiet machine = hasty ? Quiet.ANYHOW : new Quiet.Machine(new PageCache(work));
        Samples samples = new Samples();
        quieten(machine, samples);
        Turns turns = new Turns(pairs > 0 ? pairs : usualPairs(), work, Turns.LIMIT, machine, this::progress);
        String part = part(comparison);
        details.put("file system", List.of(Facts.fileSystem(work)));
        details.put("Kafka", List.of(Facts.kafkaVersion(kafkaLibs)));
        details.put(
                "asked for",
                command.commandLine().getParseResult().originalArgs().stream()
                        .filter(word -> !word.contains("/"))
                        .toList());
        Circumstances circumstances = new Circumstances(
                started,
                Proc.machine(),
                String.format(Locale.ROOT, "%.1f", Proc.load()),
                Facts.code(),
                isShort,
                turns.runs(),
                part,
                details);
        System.out.println(circumstances.machine() + ", load " + circumstances.load());
        String name = unused(
                dir,
                started.format(NAME)
                        + comparison.subject().suffix()
                        + (isShort ? "-short" : "")
                        + (part.isEmpty() ? "" : "-part"));
        Report report = new Report(comparison, circumstances, samples, turns, dir, name, flameGraphs.plots());
        report.keep();
        comparison.measure(turns, samples, new Comparison.Progress() {
            @Override
            public void say(String text) {
                progress(text);
            }

            @Override
            public void measured() throws IOException {
                report.keep();
            }
        });
        report.write();
        turns.budget().forEach(line -> System.out.println("  " + line));
        progress("Wrote " + dir.resolve(name + ".md"));
        if (out == null && part.isEmpty() && turns.failures().isEmpty()) {
            report.showOn(new Page(PAGE));
            progress("Shown in " + PAGE);
        } else {
            progress(PAGE + " is left as it is: it shows whole runs in which nothing failed, and those in " + RESULTS);
        }
        return turns.failures().isEmpty() ? 0 : 1;
    }

    /** Before the first run, longer than between two of them. */
    private void quieten(Quiet machine, Samples samples) throws IOException, InterruptedException {
        if (!hasty) {
            progress("Using all memory once, and waiting until the machine is quiet");
        }
        Quiet.State state = machine.await(FIRST_REST_LIMIT);
        if (!state.complaint().isEmpty()) {
            progress("Not quiet: " + state.complaint());
            samples.remark("The run did not begin on a quiet machine: " + state.complaint());
        }
    }

    /** What was asked for if that is less than everything; such a run must not take the place of a whole one. */
    private String part(Comparison comparison) {
        List<String> parts = new ArrayList<>();
        if (!only.isEmpty()) {
            parts.add("--rows " + String.join(",", only));
        }
        if (!others.isEmpty() && !others.contains(ALL)) {
            parts.add("--others " + String.join(",", others));
        }
        if (flames) {
            parts.add("--flames");
        }
        if (hasty) {
            parts.add("--hasty");
        }
        if (pairs > 0 && pairs < usualPairs()) {
            parts.add("--pairs " + pairs);
        }
        if (noTuned && !isShort) {
            parts.add("--no-tuned");
        }
        parts.addAll(comparison.missing());
        return String.join(", ", parts);
    }

    private int usualPairs() {
        return flames ? 1 : isShort ? 2 : Table.PAIRS_FOR_A_VERDICT;
    }

    /** Results are never overwritten: a second run within the minute has a number behind its name. */
    static String unused(Path dir, String name) {
        String found = name;
        for (int i = 2; Files.exists(dir.resolve(found + ".json")); i++) {
            found = name + "-" + i;
        }
        return found;
    }

    private Comparison comparison(
            @Nullable Flames flameGraphs, Contender.Millrace ours, Contender.Kafka kafka, Contender.Kafka tuned) {
        if (!others.isEmpty()) {
            return new BrokerComparison(
                    isShort ? DeliveryRun.ofMinutes() : DeliveryRun.ofHours(),
                    List.of(new KafkaStreamBroker(ours, kafka), new KafkaStreamBroker(kafka, kafka)),
                    others());
        }
        return new RowComparison(
                Rows.chosen(isShort, only),
                isShort,
                flameGraphs == null && (only.isEmpty() || only.contains(MICRO)),
                noTuned || isShort ? List.of(ours, kafka) : List.of(ours, kafka, tuned),
                kafka,
                work,
                details,
                flameGraphs);
    }

    /** A name that nothing is called by would be found out after the machine has come to rest only. */
    private void requireRows() {
        only.stream()
                .filter(name -> !name.equals(MICRO)
                        && Rows.chosen(isShort, List.of(name)).isEmpty())
                .forEach(name -> {
                    throw new ParameterException(
                            command.commandLine(),
                            "No row of the " + (isShort ? "short" : "full") + " run is called \"" + name
                                    + "\"; --list shows them");
                });
    }

    private List<StreamBroker> others() {
        if (!only.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--rows compares Millrace with Kafka and --others with other brokers; give one of them");
        }
        List<String> known =
                BrokerComparison.OTHERS.stream().map(StreamBroker::id).toList();
        others.stream()
                .filter(name -> !name.equals(ALL) && !known.contains(name))
                .forEach(name -> {
                    throw new ParameterException(
                            command.commandLine(),
                            "--others knows no \"" + name + "\", but " + String.join(" and ", known));
                });
        return BrokerComparison.OTHERS.stream()
                .filter(broker -> others.contains(ALL) || others.contains(broker.id()))
                .toList();
    }

    private void progress(String text) {
        System.out.printf("[%5d s] %s%n", (System.nanoTime() - startNs) / 1_000_000_000, text);
    }
}
