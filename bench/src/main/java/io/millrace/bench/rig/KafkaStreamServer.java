package io.millrace.bench.rig;

import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** A cluster of one broker that speaks Kafka's protocol; a stream is a topic with one partition. */
final class KafkaStreamServer implements StreamServer {
    private final Cluster cluster;

    /** @param cluster which ends with this */
    KafkaStreamServer(Cluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public long pid() {
        return cluster.broker().pid();
    }

    @Override
    public void create(String stream) throws Exception {
        Topics.create(cluster, stream, 1, 1);
    }

    @Override
    public StreamWriter writer(String stream, Aim aim) {
        Map<String, Object> settings = Map.of(
                ProducerConfig.ACKS_CONFIG,
                "1",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                false,
                ProducerConfig.BATCH_SIZE_CONFIG,
                BulkRow.BATCH_BYTES,
                ProducerConfig.LINGER_MS_CONFIG,
                aim == Aim.THROUGHPUT ? BulkRow.LINGER_MS : 0);
        return new KafkaStreamWriter(cluster.bootstrap(), stream, settings);
    }

    @Override
    public AutoCloseable reader(String stream, Consumer<byte[]> sink) {
        return KafkaStreamReader.start(cluster.bootstrap(), stream, sink);
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }
}
