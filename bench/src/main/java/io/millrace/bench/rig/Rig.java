package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
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

    private Rig() {}

    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Rig()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        boolean micro = only.isEmpty() || only.contains(MICRO);
        List<Row> rows = (isShort ? shortRows() : fullRows())
                .stream()
                        .filter(row -> only.isEmpty() || only.stream().anyMatch(name -> matches(name, row)))
                        .toList();
        if (list) {
            System.out.printf("%-40s %s%n", MICRO, "single operations, with JMH");
            rows.forEach(row -> System.out.printf("%-40s %s%n", row.id(), row.title()));
            return 0;
        }
        Path logging = Files.createDirectories(work).resolve("kafka-log4j.properties");
        Files.writeString(logging, "log4j.rootLogger=OFF\n");
        Contender.Millrace ours = new Contender.Millrace(millrace);
        Contender.Kafka kafka = new Contender.Kafka(kafkaLibs, logging, false);
        List<Contender> contenders = new ArrayList<>(List.of(ours, kafka));
        if (!noTuned && !isShort) {
            contenders.add(new Contender.Kafka(kafkaLibs, logging, true));
        }
        int runs = pairs > 0 ? pairs : isShort ? 2 : 6;
        System.out.println(Proc.machine() + ", load " + Proc.load());
        Samples samples = new Samples();
        List<String> failures = new ArrayList<>();
        String load = String.format(Locale.ROOT, "%.1f", Proc.load());
        if (micro) {
            progress("single operations");
            Samples ofMicro = new Samples();
            MicroRows.measure(!isShort, ofMicro);
            Report.print("single operations", ofMicro, contenders);
            samples.addAll(ofMicro);
        }
        int done = 0;
        for (Row row : rows) {
            done++;
            Samples ofRow = new Samples();
            for (int run = 0; run < runs; run++) {
                for (Contender contender : inTurn(contenders, run)) {
                    progress("row " + done + "/" + rows.size() + " " + row.id() + ", run " + (run + 1) + "/" + runs
                            + ", " + contender.name());
                    run(row, contender, kafka, ofRow, failures);
                }
            }
            Report.print(row.title(), ofRow, contenders);
            samples.addAll(ofRow);
        }
        String name = LocalDateTime.now().format(NAME) + (isShort ? "-short" : "");
        Report report = new Report(samples, contenders, failures, Proc.machine(), load, runs, isShort);
        report.write(Files.createDirectories(out), name);
        progress("Wrote " + out.resolve(name + ".md"));
        return failures.isEmpty() ? 0 : 1;
    }

    private void run(Row row, Contender contender, Contender.Kafka kafka, Samples samples, List<String> failures)
            throws IOException, InterruptedException {
        Path dir = work.resolve("cluster-" + ProcessHandle.current().pid());
        try (Cluster cluster = Cluster.start(contender, kafka, dir, row.brokers())) {
            row.measure(cluster, contender, samples);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // The other rows are worth having all the same; the report says what is missing and why.
            failures.add(row.id() + ", " + contender.name() + ": " + e);
            progress("failed: " + e);
        }
    }

    /** A B, then B A, and so on: what drifts on the machine meets all alike. */
    private static List<Contender> inTurn(List<Contender> contenders, int run) {
        List<Contender> order = new ArrayList<>(contenders);
        if (run % 2 == 1) {
            java.util.Collections.reverse(order);
        }
        return order;
    }

    private static boolean matches(String name, Row row) {
        return name.endsWith("*")
                ? row.id().startsWith(name.substring(0, name.length() - 1))
                : row.id().equals(name);
    }

    private void progress(String text) {
        System.out.printf("[%5d s] %s%n", (System.nanoTime() - startNs) / 1_000_000_000, text);
    }

    private static List<Row> shortRows() {
        return List.of(
                new StartRow(Duration.ofSeconds(8)),
                new SmallRequestsRow(1, 1_000, Duration.ofSeconds(6), Duration.ofSeconds(8)),
                BulkRow.standard(500),
                new PartitionsRow(500),
                new SessionRow(500, 200, Duration.ofSeconds(4), Duration.ofSeconds(6)),
                new GroupsRow(List.of(20, 200), 1_000, Duration.ofSeconds(4), Duration.ofSeconds(6)),
                new RecoveryRow(300),
                new ReplicatedRow(1_000, Duration.ofSeconds(5), Duration.ofSeconds(6)),
                new FailoverRow());
    }

    private static List<Row> fullRows() {
        List<Row> rows = new ArrayList<>();
        Duration warmUp = Duration.ofSeconds(20);
        Duration duration = Duration.ofSeconds(30);
        rows.add(new StartRow(Duration.ofSeconds(30)));
        for (int partitions : new int[] {1, 16, 1_000}) {
            rows.add(new SmallRequestsRow(partitions, 2_000, warmUp, duration));
        }
        rows.add(BulkRow.standard(4_000));
        for (String acks : List.of("0", "1", "all")) {
            for (int bytes : new int[] {100, 1_024, 10_240}) {
                BulkRow row = new BulkRow(acks, bytes, 1, "none", bytes == 100 ? 400 : 1_000);
                if (!row.isStandard()) {
                    rows.add(row);
                }
            }
        }
        rows.add(new BulkRow("1", 1_024, 1, "lz4", 1_000));
        rows.add(new BulkRow("1", 1_024, 1, "zstd", 1_000));
        rows.add(new BulkRow("1", 1_024, 16, "none", 1_000));
        rows.add(new BulkRow("1", 1_024, 1_000, "none", 1_000));
        for (int partitions : new int[] {10, 100, 1_000, 5_000}) {
            rows.add(new PartitionsRow(partitions));
        }
        for (int partitions : new int[] {10, 1_000, 5_000}) {
            rows.add(new SessionRow(partitions, 500, warmUp, duration));
        }
        for (int connections : new int[] {10, 100, 1_000}) {
            rows.add(new ConnectionsRow(connections));
        }
        rows.add(new GroupsRow(List.of(20, 200, 800), 2_000, warmUp, duration));
        for (int megabytes : new int[] {100, 1_000, 10_000}) {
            rows.add(new RecoveryRow(megabytes));
        }
        rows.add(new ReplicatedRow(1_000, warmUp, duration));
        rows.add(new FailoverRow());
        return rows;
    }
}
