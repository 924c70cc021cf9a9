package io.millrace.bench.rig;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Growth: a consumer of many partitions, of which one has something new; what each record costs that comes through its session. */
record SessionRow(int partitions, int perSecond, Duration warmUp, Duration duration) implements Row {
    private static final String QUIET = "quiet";
    private static final String BUSY = "busy";
    private static final int RECORD_BYTES = 100;

    @Override
    public String id() {
        return "session-" + partitions;
    }

    @Override
    public String title() {
        return "a consumer of " + partitions + " quiet partitions and one with " + perSecond + " records a second";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, QUIET, partitions, 1);
        Topics.create(cluster, BUSY, 1, 1);
        AtomicBoolean over = new AtomicBoolean();
        Thread consumer = new Thread(() -> consume(cluster, over), "consumer");
        consumer.start();
        try (ProducerLoad load = new ProducerLoad(
                cluster.bootstrap(), BUSY, RECORD_BYTES, Map.of(ProducerConfig.BATCH_SIZE_CONFIG, 0))) {
            load.atRate(perSecond, warmUp);
            double before = cluster.cpuSeconds();
            load.atRate(perSecond, duration);
            samples.add(
                    Metric.less(0, "CPU per record to a consumer of " + partitions + " partitions", "µs", 0),
                    contender.name(),
                    (cluster.cpuSeconds() - before) * 1e6 / (perSecond * duration.toSeconds()));
        } finally {
            over.set(true);
            consumer.join();
        }
    }

    private void consume(Cluster cluster, AtomicBoolean over) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = IntStream.range(0, partitions)
                    .mapToObj(partition -> new TopicPartition(QUIET, partition))
                    .collect(Collectors.toList());
            all.add(new TopicPartition(BUSY, 0));
            consumer.assign(all);
            while (!over.get()) {
                consumer.poll(Duration.ofMillis(200));
            }
        }
    }
}
