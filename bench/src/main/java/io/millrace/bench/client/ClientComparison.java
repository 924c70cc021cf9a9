package io.millrace.bench.client;

import io.millrace.broker.Broker;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.client.Admin;
import io.millrace.client.admin.NewTopic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compares the two clients and prints one row for each thing they do: medians over the rounds, each with the ratio of ours to
 * Kafka's. The broker is one of ours in this process, or the one given; the clients run one at a time, in turns.
 *
 * <pre>
 * java -cp ... io.millrace.bench.client.ClientComparison [bootstrap=HOST:PORT] [records=2000000] [bytes=100] [rounds=3] [linger.ms=5]...
 * </pre>
 */
public final class ClientComparison {
    private static final String[] COLUMNS = {"records/s", "cpu ns/record", "bytes allocated/record"};

    private final Map<String, String> options;
    private final String bootstrap;

    private ClientComparison(Map<String, String> options, String bootstrap) {
        this.options = options;
        this.bootstrap = bootstrap;
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new java.util.TreeMap<>(
                Map.of("records", "2000000", "bytes", "100", "rounds", "3", "partitions", "6", "keyed", "true"));
        for (String arg : args) {
            options.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        String given = options.get("bootstrap");
        if (given != null) {
            new ClientComparison(options, given).run();
            return;
        }
        Path dir = Files.createTempDirectory("client-comparison");
        try (Broker broker = new Broker(BrokerConfig.parse(Map.of(
                "broker.id", "1",
                "listeners", "PLAINTEXT://localhost:0",
                "log.dirs", dir.resolve("logs").toString())))) {
            broker.start();
            new ClientComparison(options, "localhost:" + broker.port("PLAINTEXT")).run();
        } finally {
            try (Stream<Path> files = Files.walk(dir)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void run() throws Exception {
        System.out.printf("%s bytes, %s records, %s%n", options.get("bytes"), options.get("records"), options);
        compare("produce");
        compare("consume");
    }

    private void compare(String what) throws Exception {
        int rounds = Integer.parseInt(options.get("rounds"));
        double[][] ours = new double[COLUMNS.length][rounds];
        double[][] theirs = new double[COLUMNS.length][rounds];
        String topic = "comparison-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
        create(topic);
        if (what.equals("consume")) {
            fork("millrace-produce", topic);
        }
        for (int round = 0; round < rounds; round++) {
            note(ours, round, fork("millrace-" + what, topic));
            note(theirs, round, fork("kafka-" + what, topic));
        }
        for (int column = 0; column < COLUMNS.length; column++) {
            double mine = median(ours[column]);
            double other = median(theirs[column]);
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %-23s millrace %,12.1f   kafka %,12.1f   ratio %.2f   (%s | %s)%n",
                    what,
                    COLUMNS[column],
                    mine,
                    other,
                    mine / other,
                    Arrays.toString(ours[column]),
                    Arrays.toString(theirs[column]));
        }
    }

    private void create(String topic) {
        try (Admin admin = Admin.of(bootstrap)) {
            admin.createTopics(List.of(new NewTopic(topic, Integer.parseInt(options.get("partitions")), 1)))
                    .join();
        }
    }

    private static void note(double[][] table, int round, double[] row) {
        for (int column = 0; column < row.length; column++) {
            table[column][round] = row[column];
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private double[] fork(String run, String topic) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dlogback.configurationFile=io/millrace/client/samples/logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                ClientRun.class.getName()));
        options.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of("run=" + run, "topic=" + topic, "bootstrap=" + bootstrap));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        if (process.waitFor() != 0 || out.isEmpty()) {
            throw new IOException(run + " failed: " + out);
        }
        String last = out.substring(out.lastIndexOf('\n') + 1);
        return Arrays.stream(last.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }
}
