package io.millrace.bench.rig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Row 12: what many partitions that nobody uses cost, and how long it takes to create them; and both again with one record in each, as a
 * broker may leave files to be made until there is something to put into them.
 */
record PartitionsRow(int partitions) implements Row {
    private static final String FIRST = "first";
    private static final int FIRST_PARTITIONS = 10;
    private static final int RECORD_BYTES = 100;

    /** Goals are for some hundreds: of few there is little to measure, and of very many little but waiting. */
    private static final int FEWEST_OF_THE_GOAL = 500;

    private static final int MOST_OF_THE_GOAL = 1_000;

    /** Memory that a broker holds, always read right behind full collections. */
    private record Held(double heapKiB, double rssAnonKiB, double maps) {
        static Held by(long pid) throws IOException, InterruptedException {
            double heap = Proc.liveHeapKiB(pid);
            return new Held(heap, Proc.rssAnonMiB(pid) * 1024, Proc.maps(pid));
        }
    }

    @Override
    public String id() {
        return "partitions-" + partitions;
    }

    @Override
    public String title() {
        return "a topic with " + partitions + " partitions";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public boolean hasGoal() {
        return partitions >= FEWEST_OF_THE_GOAL && partitions <= MOST_OF_THE_GOAL;
    }

    @Override
    public boolean leavesManyFiles() {
        return true;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        String by = contender.name();
        long pid = cluster.broker().pid();
        String one = " with " + partitions + " partitions";
        String many = " with N partitions";
        try (Topics topics = new Topics(cluster);
                KafkaProducer<byte[], byte[]> producer = producer(cluster)) {
            topics.create(FIRST, FIRST_PARTITIONS, 1);
            oneRecordInEach(producer, FIRST, FIRST_PARTITIONS);
            Held before = Held.by(pid);
            Usage creating = cluster.measured(() -> topics.create("many", partitions, 1));
            Held created = Held.by(pid);
            Usage writing = cluster.measured(() -> oneRecordInEach(producer, "many", partitions));
            Held written = Held.by(pid);

            String creation = "creating a topic";
            samples.add(
                    Metric.less(12, creation + one, "ms/partition")
                            .goal(Goal.times(10), Goal.NONE)
                            .at(creation + many, partitions),
                    by,
                    creating.seconds() * 1e3 / partitions);
            samples.add(
                    Metric.less(0, creation + one + ", CPU", "ms/partition").at(creation + many + ", CPU", partitions),
                    by,
                    creating.cpuSeconds() * 1e3 / partitions);
            String and = " and a record in each";
            samples.add(
                    Metric.less(12, creation + one + and, "ms/partition").at(creation + many + and, partitions),
                    by,
                    (creating.seconds() + writing.seconds()) * 1e3 / partitions);
            samples.add(
                    Metric.less(0, creation + one + and + ", CPU", "ms/partition")
                            .at(creation + many + and + ", CPU", partitions),
                    by,
                    (creating.cpuSeconds() + writing.cpuSeconds()) * 1e3 / partitions);
            samples.add(
                    Metric.less(12, "heap of a topic" + one + ", what lives", "KiB/partition")
                            .goal(Goal.times(6), Goal.NONE)
                            .at("heap of a topic" + many + ", what lives", partitions),
                    by,
                    (created.heapKiB - before.heapKiB) / partitions);
            samples.add(
                    Metric.less(0, "heap of a topic" + one + and, "KiB/partition")
                            .at("heap of a topic" + many + and, partitions),
                    by,
                    (written.heapKiB - before.heapKiB) / partitions);
            samples.add(
                    Metric.less(12, "memory of a topic" + one + " (RssAnon)", "KiB/partition")
                            .at("memory of a topic" + many + " (RssAnon)", partitions),
                    by,
                    (created.rssAnonKiB - before.rssAnonKiB) / partitions);
            samples.add(
                    Metric.less(12, "memory maps of a topic" + one, "/partition")
                            .goal(Goal.atMost(0), Goal.NONE),
                    by,
                    (created.maps - before.maps) / partitions);
            samples.add(
                    Metric.less(0, "memory maps of a topic" + one + and, "/partition"),
                    by,
                    (written.maps - before.maps) / partitions);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(Cluster cluster) {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                ProducerConfig.ACKS_CONFIG,
                "1",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                false,
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                50,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                300_000);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static void oneRecordInEach(KafkaProducer<byte[], byte[]> producer, String topic, int partitions)
            throws InterruptedException, ExecutionException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            sent.add(producer.send(new ProducerRecord<>(topic, i, null, new byte[RECORD_BYTES])));
        }
        producer.flush();
        for (Future<RecordMetadata> each : sent) {
            each.get();
        }
    }
}
