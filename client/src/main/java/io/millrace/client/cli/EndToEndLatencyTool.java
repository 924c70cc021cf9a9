package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.AdminConfig;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.Deserializer;
import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.Serializer;
import io.millrace.client.admin.NewTopic;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code end-to-end-latency.sh}: how long a record takes from a producer to a consumer, one at a time, as Kafka's
 * {@code EndToEndLatency} does. Its arguments have places and no names, as Kafka's have.
 */
@Command(
        description = "Sends records one at a time and reads each back before the next is sent.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  end-to-end-latency.sh localhost:9092 clicks 10000 all 100",
            "  end-to-end-latency.sh --json localhost:9092 clicks 10000 all 100"
        })
final class EndToEndLatencyTool extends Tool {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Parameters(
            index = "0",
            paramLabel = "BROKERS",
            description = "Brokers to connect to: HOST:PORT, several by commas.")
    private String servers = "";

    @Parameters(index = "1", paramLabel = "TOPIC", description = "Made with one partition if there is none.")
    private String topic = "";

    @Parameters(index = "2", paramLabel = "COUNT", description = "How many records.")
    private int count;

    @Parameters(index = "3", paramLabel = "ACKS", description = "1 or all.")
    private String acks = "";

    @Parameters(index = "4", paramLabel = "BYTES", description = "The size of a record.")
    private int size;

    @Parameters(
            index = "5",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Settings of both clients, as properties.")
    private @Nullable Path config;

    @Override
    String waitingFor() {
        return servers + "; is a broker listening there?";
    }

    @Override
    public Integer call() {
        if (!acks.equals("1") && !acks.equals("all")) {
            throw new ToolFailure("Latency testing requires synchronous acknowledgement. Please use 1 or all");
        }
        ClusterTool.refuseUnreachable(servers);
        List<TopicPartition> partitions = partitions();
        try (Consumer<byte[], byte[]> consumer = new Consumer<>(
                        ConsumerConfig.from(with("fetch.max.wait.ms", "0")),
                        Deserializer.bytes(),
                        Deserializer.bytes());
                Producer<byte[], byte[]> producer = new Producer<>(
                        ProducerConfig.from(
                                with("linger.ms", "0", "acks", acks, "max.block.ms", "9223372036854775807")),
                        Serializer.bytes(),
                        Serializer.bytes())) {
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            report(measure(producer, consumer));
        }
        return 0;
    }

    private Properties with(String... settings) {
        Properties all = properties(config);
        all.setProperty("bootstrap.servers", servers);
        for (int i = 0; i < settings.length; i += 2) {
            all.setProperty(settings[i], settings[i + 1]);
        }
        return all;
    }

    private List<TopicPartition> partitions() {
        try (Admin admin = new Admin(AdminConfig.from(with()))) {
            if (!await(admin.listTopics()).contains(topic)) {
                String made = "Topic \"" + topic
                        + "\" does not exist. Will create topic with 1 partition(s) and replication factor = 1";
                if (asJson()) {
                    screen().note(made);
                } else {
                    line(made);
                }
                await(admin.createTopics(List.of(new NewTopic(topic, 1, 1))));
            }
            List<TopicPartition> partitions = new ArrayList<>();
            await(admin.describeTopics(List.of(topic)))
                    .get(topic)
                    .partitions()
                    .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            return partitions;
        }
    }

    private long[] measure(Producer<byte[], byte[]> producer, Consumer<byte[], byte[]> consumer) {
        SplittableRandom random = new SplittableRandom(0);
        long[] latencies = new long[count];
        try (ProgressBar bar = new ProgressBar(screen(), Math.max(1, count), "records")) {
            for (int i = 0; i < count; i++) {
                byte[] value = new byte[size];
                for (int b = 0; b < size; b++) {
                    value[b] = (byte) ('A' + random.nextInt(26));
                }
                long startNs = System.nanoTime();
                await(producer.send(new ProducerRecord<>(topic, value)));
                readBack(consumer, value);
                latencies[i] = System.nanoTime() - startNs;
                if (i % 1000 == 0 && !asJson()) {
                    bar.wipe();
                    line(i + "\t" + latencies[i] / 1000.0 / 1000.0);
                    screen().out().flush();
                }
                bar.at(i + 1);
            }
        }
        return latencies;
    }

    private void readBack(Consumer<byte[], byte[]> consumer, byte[] sent) {
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        consumer.poll(PATIENCE).forEach(read::add);
        if (read.isEmpty()) {
            throw new ToolFailure("poll() timed out before finding a result (timeout:[" + PATIENCE.toMillis() + "ms])");
        }
        if (read.size() > 1) {
            throw new ToolFailure("Only one result was expected during this test. We found [" + read.size() + "]");
        }
        if (!Arrays.equals(sent, read.get(0).value())) {
            throw new ToolFailure("The message read is not the one that was sent; nobody else may write to " + topic);
        }
    }

    private void report(long[] latencies) {
        long total = Arrays.stream(latencies).sum();
        long[] sorted = latencies.clone();
        Arrays.sort(sorted);
        double averageMs = count == 0 ? 0 : total / (double) count / 1e6;
        print(
                () -> {
                    Map<String, Object> document = new LinkedHashMap<>();
                    document.put("averageMs", averageMs);
                    document.put("p50Ms", percentileMs(sorted, 0.5));
                    document.put("p99Ms", percentileMs(sorted, 0.99));
                    document.put("p999Ms", percentileMs(sorted, 0.999));
                    return document;
                },
                () -> {
                    line(String.format(Locale.ROOT, "Avg latency: %.4f ms", averageMs));
                    line(String.format(
                            Locale.ROOT,
                            "Percentiles: 50th = %d, 99th = %d, 99.9th = %d",
                            percentileMs(sorted, 0.5),
                            percentileMs(sorted, 0.99),
                            percentileMs(sorted, 0.999)));
                });
    }

    private static long percentileMs(long[] sorted, double part) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (part * sorted.length))] / 1_000_000;
    }
}
