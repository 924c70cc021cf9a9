package io.millrace.bench.rig;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A thread that reads the only partition of a topic with the stock consumer, until it is closed. */
final class KafkaStreamReader implements AutoCloseable {
    /** How long closing may take. */
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Consumer<byte[]> sink;
    private final Thread thread = new Thread(this::read, "reader");
    private volatile boolean closed;

    private KafkaStreamReader(KafkaConsumer<byte[], byte[]> consumer, Consumer<byte[]> sink) {
        this.consumer = consumer;
        this.sink = sink;
    }

    static KafkaStreamReader start(String bootstrap, String topic, Consumer<byte[]> sink) {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partition = List.of(new TopicPartition(topic, 0));
        consumer.assign(partition);
        consumer.seekToBeginning(partition);
        KafkaStreamReader reader = new KafkaStreamReader(consumer, sink);
        reader.thread.start();
        return reader;
    }

    private void read() {
        while (!closed) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                sink.accept(record.value());
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
        consumer.close(Duration.ZERO);
    }
}
