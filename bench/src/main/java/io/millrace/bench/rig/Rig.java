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
import java.util.stream.Collectors;
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
    private static final String ALL = "all";
    static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm", Locale.ROOT);

    @Option(
            names = "--short",
            description =
                    "A short run, of about ten minutes on two quiet processors; else all chapters of the full one, of some "
                            + "four hours.")
    private boolean isShort;

    @Option(
            names = "--chapter",
            split = ",",
            paramLabel = "CHAPTER",
            description =
                    "Only these chapters of the full run: goals (the rows of the table of goals, five pairs, a tuned Kafka too; 100 minutes), growth "
                            + "(curves, and settings around the goals; an hour), operations (all single operations; an hour). Each has "
                            + "results and a table of its own.")
    private List<String> chapters = List.of();

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
                    "How often each contender runs; usually 1 in a short run, 5 for the goals, 1 for growth, 2 for operations, 5 beside "
                            + "other brokers, and of the rows never more than 2 where there is no goal. With fewer than 5 nothing is said "
                            + "to be reached: --short --pairs 5, of thirty-five minutes, is the shortest run that says so.")
    private int pairs;

    @Option(names = "--no-tuned", description = "Leaves the tuned Kafka out, as all do but the chapter of the goals.")
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

    private final long startNs = System.nanoTime();

    Rig() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Rig()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            System.out.printf(
                    "%-40s %s%n",
                    Plan.OPERATIONS,
                    "single operations, with JMH: those with goals, and with --chapter operations all");
            for (Chapter chapter : chapters()) {
                System.out.printf("%s: %s%n", isShort ? "--short" : "--chapter " + chapter.id(), chapter.kind());
                Rows.chosen(chapter, only).forEach(row -> System.out.printf("  %-38s %s%n", row.id(), row.title()));
            }
            BrokerComparison.OTHERS.forEach(
                    broker -> System.out.printf("%-40s %s%n", "--others " + broker.id(), broker.name()));
            return 0;
        }
        requireRows();
        Path logging = Files.createDirectories(work).resolve("kafka-log4j.properties");
        Files.writeString(logging, "log4j.rootLogger=OFF\n");
        Processes.removeLeftOvers(work);
        Path dir = Files.createDirectories(out == null ? RESULTS : out);
        // Once: what is measured is what was built, whatever becomes of the sources meanwhile.
        String code = Facts.code();
        boolean isWhole = true;
        if (!others.isEmpty()) {
            Contender.Kafka kafka = new Contender.Kafka(kafkaLibs, logging, false);
            isWhole = compare(
                    new BrokerComparison(
                            isShort,
                            List.of(
                                    new KafkaStreamBroker(new Contender.Millrace(millrace), kafka),
                                    new KafkaStreamBroker(kafka, kafka)),
                            others()),
                    code,
                    dir,
                    new LinkedHashMap<>(),
                    flames(dir));
        } else {
            for (Plan.Part part : Plan.of(chapters(), only)) {
                progress("The " + part.chapter().kind());
                Map<String, List<String>> details = new LinkedHashMap<>();
                Flames flameGraphs = flames(dir);
                isWhole &= compare(rows(part, logging, details, flameGraphs), code, dir, details, flameGraphs);
            }
        }
        return isWhole ? 0 : 1;
    }

    private Flames flames(Path dir) {
        return new Flames(dir, LocalDateTime.now().format(NAME) + "-flames");
    }

    /**
     * Measures, and writes down what came of it.
     *
     * @param code that is measured
     * @param details to which the comparison adds
     * @return whether nothing failed
     */
    private boolean compare(
            Comparison comparison, String code, Path dir, Map<String, List<String>> details, Flames flameGraphs)
            throws Exception {
        try {
            return measured(comparison, code, dir, details, flameGraphs);
        } finally {
            try {
                comparison.removeFiles();
            } catch (IOException e) {
                progress("Files of this run are left in " + work + ": " + e);
            }
        }
    }

    private boolean measured(
            Comparison comparison, String code, Path dir, Map<String, List<String>> details, Flames flameGraphs)
            throws Exception {
        LocalDateTime started = LocalDateTime.now();
        Quiet machine = hasty ? Quiet.ANYHOW : new Quiet.Machine(new PageCache(work));
        Samples samples = new Samples();
        quieten(machine, samples);
        int runs = pairs > 0 ? pairs : usualPairs(comparison);
        Turns turns = new Turns(runs, work, Turns.LIMIT, machine, this::progress);
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
                code,
                comparison.subject().kind(),
                runs,
                part,
                details);
        System.out.println(circumstances.machine() + ", load " + circumstances.load());
        String name =
                unused(dir, started.format(NAME) + comparison.subject().suffix() + (part.isEmpty() ? "" : "-part"));
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
        return turns.failures().isEmpty();
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
        if (pairs > 0 && pairs < usualPairs(comparison)) {
            parts.add("--pairs " + pairs);
        }
        parts.addAll(comparison.missing());
        return String.join(", ", parts);
    }

    private int usualPairs(Comparison comparison) {
        return flames ? 1 : comparison.usualPairs();
    }

    /** Results are never overwritten: a second run within the minute has a number behind its name. */
    static String unused(Path dir, String name) {
        String found = name;
        for (int i = 2; Files.exists(dir.resolve(found + ".json")); i++) {
            found = name + "-" + i;
        }
        return found;
    }

    private Comparison rows(Plan.Part part, Path logging, Map<String, List<String>> details, Flames flameGraphs) {
        Contender.Millrace ours = new Contender.Millrace(millrace);
        Contender.Kafka kafka = new Contender.Kafka(kafkaLibs, logging, false);
        boolean isGoals = part.chapter() == Chapter.GOALS;
        boolean hasTuned = isGoals && !noTuned;
        return new RowComparison(
                part.chapter(),
                part.rows(),
                part.operations() && !flames,
                isGoals && noTuned ? List.of("--no-tuned") : List.of(),
                hasTuned ? List.of(ours, kafka, new Contender.Kafka(kafkaLibs, logging, true)) : List.of(ours, kafka),
                kafka,
                work,
                details,
                new ArrayList<>(),
                flames ? flameGraphs : null);
    }

    /** Which were asked for; a name that nothing is called by is said now, and not after the machine has come to rest. */
    private List<Chapter> chapters() {
        if (isShort && !chapters.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(), "--chapter is of the full run, which --short is not; give one of them");
        }
        if (isShort) {
            return List.of(Chapter.SHORT);
        }
        for (String name : chapters) {
            if (Chapter.FULL.stream().noneMatch(chapter -> chapter.id().equals(name))) {
                throw new ParameterException(
                        command.commandLine(),
                        "The full run has no chapter \"" + name + "\", but "
                                + Chapter.FULL.stream().map(Chapter::id).collect(Collectors.joining(", ")));
            }
        }
        return Chapter.FULL.stream()
                .filter(chapter -> chapters.isEmpty() || chapters.contains(chapter.id()))
                .toList();
    }

    private void requireRows() {
        List<Chapter> asked = chapters();
        only.stream().filter(name -> !Plan.has(asked, name)).forEach(name -> {
            throw new ParameterException(
                    command.commandLine(),
                    "No row of "
                            + asked.stream()
                                    .map(chapter -> "the " + chapter.kind())
                                    .collect(Collectors.joining(", "))
                            + " is called \"" + name + "\"; --list shows them");
        });
    }

    private List<StreamBroker> others() {
        if (!only.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--rows compares Millrace with Kafka and --others with other brokers; give one of them");
        }
        if (!chapters.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--chapter is of what is measured beside Kafka, and --others beside other brokers; give one of them");
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
