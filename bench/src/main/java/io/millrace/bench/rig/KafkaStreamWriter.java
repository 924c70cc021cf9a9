package io.millrace.bench.rig;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The stock producer, writing values without keys to one topic; it bounds by itself what is under way. */
final class KafkaStreamWriter implements StreamWriter {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final AtomicLong failed = new AtomicLong();

    /**
     * A producer that keeps trying to connect, so that it may be made before the brokers listen.
     *
     * @param settings of the producer, beside where to connect
     */
    KafkaStreamWriter(String bootstrap, String topic, Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 50);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 300_000);
        all.putAll(settings);
        producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
    }

    @Override
    public void send(byte[] record, Runnable onAcknowledged) {
        producer.send(new ProducerRecord<>(topic, record), (metadata, failure) -> {
            if (failure == null) {
                onAcknowledged.run();
            } else {
                failed.incrementAndGet();
            }
        });
    }

    @Override
    public void awaitAcknowledged() {
        producer.flush();
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " records were not acknowledged");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }
}
