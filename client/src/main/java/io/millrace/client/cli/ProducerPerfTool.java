package io.millrace.client.cli;

import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.Serializer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code producer-perf.sh}: sends records as fast as asked and tells how fast, as Kafka's {@code ProducerPerformance} does. */
@Command(
        description = "Sends records, as fast as it can or at a rate, and tells how fast and with which latencies.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  producer-perf.sh --topic clicks --num-records 1000000 --record-size 100 --throughput -1 \\",
            "      --producer-props bootstrap.servers=localhost:9092 acks=all",
            "  producer-perf.sh --bootstrap-server localhost:9092 --topic clicks --num-records 1000 --payload-file lines.txt \\",
            "      --throughput 100"
        })
final class ProducerPerfTool extends ClusterTool {
    private static final long WINDOW_MS = 5_000;
    private static final int RANDOM_BYTES = 64 << 10;

    @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "Where to send the records.")
    private String topic = "";

    @Option(names = "--num-records", required = true, paramLabel = "COUNT", description = "How many to send.")
    private long records;

    @Option(
            names = "--throughput",
            required = true,
            paramLabel = "RATE",
            description = "Records a second; -1 for as many as it can.")
    private double throughput;

    @ArgGroup(multiplicity = "1")
    private @Nullable Payload payload;

    /** What is in a record. */
    static final class Payload {
        @Option(names = "--record-size", paramLabel = "BYTES", description = "Random letters, so many a record.")
        @Nullable
        Integer size;

        @Option(names = "--payload-file", paramLabel = "FILE", description = "The lines of this file, in random order.")
        @Nullable
        Path file;

        @Option(names = "--payload-monotonic", description = "Rising numbers.")
        boolean monotonic;
    }

    @Option(
            names = "--payload-delimiter",
            paramLabel = "TEXT",
            description = "What stands between payloads in the file; \\n if absent.")
    private String delimiter = "\\n";

    @Option(
            names = {"--producer-props", "--producer-property"},
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "Settings of the producer.")
    private List<String> producerProps = new ArrayList<>();

    @Option(names = "--producer.config", paramLabel = "FILE", description = "Settings of the producer, as properties.")
    private @Nullable Path producerConfig;

    @Option(names = "--print-metrics", description = "Accepted for Kafka's sake; this client keeps no metrics.")
    private boolean printMetrics;

    private final AtomicLong failed = new AtomicLong();
    private @Nullable String servers;

    @Override
    @Nullable
    String brokerList() {
        return servers;
    }

    @Override
    public Integer call() {
        Properties settings = properties(producerConfig);
        put(settings, producerProps);
        servers = settings.getProperty("bootstrap.servers");
        settings.setProperty("bootstrap.servers", bootstrap());
        settings.putIfAbsent("client.id", "perf-producer-client");
        if (printMetrics) {
            screen().note("This client keeps no metrics; none will be printed");
        }
        Payloads payloads = new Payloads(Objects.requireNonNull(payload), delimiter.replace("\\n", "\n"));
        try (ProgressBar bar = new ProgressBar(screen(), records, "records");
                Producer<byte[], byte[]> producer =
                        new Producer<>(ProducerConfig.from(settings), Serializer.bytes(), Serializer.bytes())) {
            LatencyStats stats = new LatencyStats(screen(), bar, records, asJson() ? Long.MAX_VALUE : WINDOW_MS);
            send(producer, payloads, stats, bar);
            producer.flush();
            bar.wipe();
            print(stats::document, stats::printTotal);
        }
        if (failed.get() > 0) {
            screen().note(failed + " records could not be sent");
        }
        return failed.get() == 0 ? 0 : 1;
    }

    private void send(Producer<byte[], byte[]> producer, Payloads payloads, LatencyStats stats, ProgressBar bar) {
        long startNs = System.nanoTime();
        for (long i = 0; i < records; i++) {
            byte[] value = payloads.next(i);
            long sentNs = System.nanoTime();
            producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                if (failure == null) {
                    stats.record((int) ((System.nanoTime() - sentNs) / 1_000_000), value.length);
                } else if (failed.getAndIncrement() == 0) {
                    screen().note("A record could not be sent: " + failure.getMessage());
                }
            });
            bar.at(i + 1);
            if (throughput > 0) {
                long dueNs = startNs + (long) ((i + 1) / throughput * 1e9);
                for (long left = dueNs - System.nanoTime(); left > 0; left = dueNs - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
            }
        }
    }

    /** Makes the values. An array that was handed out is not touched again. */
    private static final class Payloads {
        private final SplittableRandom random = new SplittableRandom(0);
        private final @Nullable List<byte[]> lines;
        private final byte[] letters;
        private final int size;

        Payloads(Payload payload, String delimiter) {
            size = payload.size == null ? 0 : payload.size;
            if (payload.size != null && size <= 0) {
                throw new ToolFailure("--record-size should be greater than zero");
            }
            lines = payload.file == null ? null : lines(payload.file, delimiter);
            letters = new byte[size == 0 ? 0 : size + RANDOM_BYTES];
            for (int i = 0; i < letters.length; i++) {
                letters[i] = (byte) ('A' + random.nextInt(26));
            }
        }

        private static List<byte[]> lines(Path file, String delimiter) {
            List<byte[]> lines = new ArrayList<>();
            for (String line : Pattern.compile(delimiter, Pattern.LITERAL).split(text(file))) {
                lines.add(line.getBytes(StandardCharsets.UTF_8));
            }
            return lines;
        }

        byte[] next(long number) {
            if (lines != null) {
                return lines.get(random.nextInt(lines.size()));
            }
            if (size == 0) {
                return String.valueOf(number).getBytes(StandardCharsets.UTF_8);
            }
            int from = random.nextInt(RANDOM_BYTES);
            return Arrays.copyOfRange(letters, from, from + size);
        }
    }
}
