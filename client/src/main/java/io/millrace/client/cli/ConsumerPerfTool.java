package io.millrace.client.cli;

import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.ConsumerRecords;
import io.millrace.client.Deserializer;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.text.SimpleDateFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code consumer-perf.sh}: reads records and tells how fast, as Kafka's {@code ConsumerPerformance} does. */
@Command(
        description = "Reads records as fast as it can and tells how fast.",
        footerHeading = "%nExample:%n",
        footer = "  consumer-perf.sh --bootstrap-server localhost:9092 --topic clicks --messages 1000000")
final class ConsumerPerfTool extends ClusterTool {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final String HEADER =
            "data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, "
                    + "fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";

    @Option(names = "--broker-list", paramLabel = "HOST:PORT,...", description = "The old name of --bootstrap-server.")
    private @Nullable String brokerList;

    @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "What to read.")
    private String topic = "";

    @Option(names = "--messages", required = true, paramLabel = "COUNT", description = "How many to read.")
    private long messages;

    @Option(names = "--group", paramLabel = "GROUP", description = "The group to read in; a new one if absent.")
    private String group = "perf-consumer-" + ThreadLocalRandom.current().nextInt(100_000);

    @Option(names = "--from-latest", description = "Begin behind the newest record instead of with the oldest.")
    private boolean fromLatest;

    @Option(
            names = "--timeout",
            paramLabel = "MS",
            description = "Stop when there is none for so long; 10000 if absent.")
    private long timeoutMs = 10_000;

    @Option(names = "--fetch-size", paramLabel = "BYTES", description = "max.partition.fetch.bytes.")
    private int fetchSize = 1 << 20;

    @Option(names = "--socket-buffer-size", paramLabel = "BYTES", description = "receive.buffer.bytes.")
    private int socketBuffer = 2 << 20;

    @Option(names = "--consumer.config", paramLabel = "FILE", description = "Settings of the consumer, as properties.")
    private @Nullable Path consumerConfig;

    @Option(names = "--consumer-property", paramLabel = "KEY=VALUE", description = "A setting of the consumer.")
    private List<String> consumerProperties = new ArrayList<>();

    @Option(names = "--show-detailed-stats", description = "Print a line for each interval too.")
    private boolean detailed;

    @Option(names = "--reporting-interval", paramLabel = "MS", description = "How long an interval is; 5000 if absent.")
    private long intervalMs = 5_000;

    @Option(names = "--date-format", paramLabel = "FORMAT", description = "As of Java's SimpleDateFormat.")
    private String dateFormat = "yyyy-MM-dd HH:mm:ss:SSS";

    @Option(names = "--hide-header", description = "Leave out the names of the columns.")
    private boolean hideHeader;

    @Option(
            names = {"--threads", "--num-fetch-threads"},
            paramLabel = "COUNT",
            description = "Accepted for Kafka's sake.")
    private int threads;

    @Option(names = "--print-metrics", description = "Accepted for Kafka's sake; this client keeps no metrics.")
    private boolean printMetrics;

    /** How far it has come at a moment. */
    private record Mark(long timeMs, long count, long bytes, long joinMs) {}

    private long joinMs;
    private long joinStartMs;

    @Override
    @Nullable
    String brokerList() {
        return brokerList;
    }

    @Override
    public Integer call() {
        Properties settings = properties(consumerConfig);
        put(settings, consumerProperties);
        settings.setProperty("bootstrap.servers", bootstrap());
        settings.setProperty("group.id", group);
        settings.setProperty("receive.buffer.bytes", String.valueOf(socketBuffer));
        settings.setProperty("max.partition.fetch.bytes", String.valueOf(fetchSize));
        settings.setProperty("auto.offset.reset", fromLatest ? "latest" : "earliest");
        settings.setProperty("check.crcs", "false");
        settings.putIfAbsent("client.id", "perf-consumer-client");
        if (!hideHeader && !asJson()) {
            line((detailed ? "time, threadId, " : "start.time, end.time, ") + HEADER);
        }
        try (Consumer<byte[], byte[]> consumer =
                new Consumer<>(ConsumerConfig.from(settings), Deserializer.bytes(), Deserializer.bytes())) {
            Mark start = new Mark(System.currentTimeMillis(), 0, 0, 0);
            joinStartMs = start.timeMs();
            consumer.subscribe(List.of(topic), stopwatch());
            Mark end = consume(consumer, start);
            if (end.count() < messages) {
                String warning = "WARNING: Exiting before consuming the expected number of messages: timeout ("
                        + timeoutMs + " ms) exceeded. You can use the --timeout option to increase the timeout.";
                if (asJson()) {
                    screen().note(warning);
                } else {
                    line(warning);
                }
            }
            if (asJson()) {
                line(Json.write(document(start, end)));
            } else if (!detailed) {
                line(time(start) + ", " + time(end) + ", " + figures(start, end));
            }
        }
        return 0;
    }

    private RebalanceListener stopwatch() {
        return new RebalanceListener() {
            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                joinMs += System.currentTimeMillis() - joinStartMs;
            }

            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                joinStartMs = System.currentTimeMillis();
            }
        };
    }

    private Mark consume(Consumer<byte[], byte[]> consumer, Mark start) {
        Mark last = start;
        long count = 0;
        long bytes = 0;
        long nowMs = start.timeMs();
        long consumedMs = nowMs;
        try (ProgressBar bar = new ProgressBar(screen(), messages, "records")) {
            while (count < messages && nowMs - consumedMs <= timeoutMs) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                nowMs = System.currentTimeMillis();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    consumedMs = nowMs;
                    count++;
                    bytes += size(record.key()) + size(record.value());
                    if (detailed && !asJson() && nowMs - last.timeMs() >= intervalMs) {
                        Mark mark = new Mark(nowMs, count, bytes, joinMs);
                        bar.wipe();
                        line(time(mark) + ", 0, " + figures(last, mark));
                        screen().out().flush();
                        last = mark;
                    }
                }
                bar.at(count);
            }
        }
        return new Mark(System.currentTimeMillis(), count, bytes, joinMs);
    }

    private static int size(byte @Nullable [] field) {
        return field == null ? 0 : field.length;
    }

    private String time(Mark mark) {
        return new SimpleDateFormat(dateFormat, Locale.ROOT).format(mark.timeMs());
    }

    private static double megabytes(Mark from, Mark to) {
        return (to.bytes() - from.bytes()) / (double) (1 << 20);
    }

    private static long fetchMs(Mark from, Mark to) {
        return to.timeMs() - from.timeMs() - (to.joinMs() - from.joinMs());
    }

    /** A rate; 0 where no time has passed. */
    private static double perSecond(double amount, long ms) {
        return ms <= 0 ? 0 : amount * 1000 / ms;
    }

    private String figures(Mark from, Mark to) {
        long elapsedMs = to.timeMs() - from.timeMs();
        return String.format(
                Locale.ROOT,
                "%.4f, %.4f, %d, %.4f, %d, %d, %.4f, %.4f",
                to.bytes() / (double) (1 << 20),
                perSecond(megabytes(from, to), elapsedMs),
                to.count(),
                perSecond(to.count() - from.count(), elapsedMs),
                to.joinMs() - from.joinMs(),
                fetchMs(from, to),
                perSecond(megabytes(from, to), fetchMs(from, to)),
                perSecond(to.count() - from.count(), fetchMs(from, to)));
    }

    private static Map<String, Object> document(Mark from, Mark to) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("records", to.count());
        document.put("bytes", to.bytes());
        document.put("elapsedMs", to.timeMs() - from.timeMs());
        document.put("rebalanceMs", to.joinMs());
        document.put("fetchMs", fetchMs(from, to));
        return document;
    }
}
