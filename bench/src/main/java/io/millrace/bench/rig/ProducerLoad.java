package io.millrace.bench.rig;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The stock producer, sending to one topic at a fixed rate or as fast as it can. One thread uses it. */
final class ProducerLoad implements AutoCloseable {
    private static final int VALUES = 1024;
    private static final long SEED = 20261128;
    private static final int LETTERS = 20;
    private static final int MAX_LATENCY_S = 60;

    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final byte[][] values = new byte[VALUES][];
    private final AtomicLong failed = new AtomicLong();
    private int next;

    /**
     * A producer that keeps trying to connect, so that it may be made before the brokers listen.
     *
     * @param settings of the producer, beside where to connect
     */
    ProducerLoad(String bootstrap, String topic, int recordBytes, Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        all.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 50);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 300_000);
        all.putAll(settings);
        producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < VALUES; i++) {
            // Letters of a small alphabet, so that there is something to compress, as there is in real data.
            values[i] = new byte[recordBytes];
            for (int at = 0; at < recordBytes; at++) {
                values[i][at] = (byte) ('a' + random.nextInt(LETTERS));
            }
        }
    }

    /** Sends one record and waits until it is acknowledged. */
    void one() throws InterruptedException, ExecutionException {
        producer.send(record()).get();
    }

    /**
     * Sends at a fixed rate whatever the answers do, and measures from when each record was due, so that a pause is
     * counted for all records that had to wait for its end.
     *
     * @return µs until they were acknowledged
     */
    Histogram atRate(int recordsPerSecond, Duration duration) {
        Histogram latencies = new ConcurrentHistogram(MAX_LATENCY_S * 1_000_000L, 3);
        long startNs = System.nanoTime();
        long count = duration.toSeconds() * recordsPerSecond;
        for (long i = 0; i < count; i++) {
            long dueNs = startNs + i * 1_000_000_000L / recordsPerSecond;
            long aheadNs = dueNs - System.nanoTime();
            if (aheadNs > 0) {
                LockSupport.parkNanos(aheadNs);
            }
            producer.send(record(), (metadata, failure) -> {
                if (failure == null) {
                    latencies.recordValue(Math.max(0, (System.nanoTime() - dueNs) / 1_000));
                } else {
                    failed.incrementAndGet();
                }
            });
        }
        producer.flush();
        requireNoneFailed();
        return latencies;
    }

    /** Sends as fast as it can until the time is over and everything is acknowledged; returns how many records it were. */
    long forTime(Duration duration) {
        long endNs = System.nanoTime() + duration.toNanos();
        long sent = 0;
        while (System.nanoTime() < endNs) {
            send();
            sent++;
        }
        producer.flush();
        requireNoneFailed();
        return sent;
    }

    /** Sends that many records as fast as it can and waits until all are acknowledged. */
    void records(long count) {
        for (long i = 0; i < count; i++) {
            send();
        }
        producer.flush();
        requireNoneFailed();
    }

    /**
     * Sends at a fixed rate until told to stop.
     *
     * @param onAcknowledged called for each record, on the thread of the producer
     */
    void atRateUntil(int recordsPerSecond, java.util.function.BooleanSupplier stop, Runnable onAcknowledged) {
        while (!stop.getAsBoolean()) {
            producer.send(record(), (metadata, failure) -> {
                if (failure == null) {
                    onAcknowledged.run();
                }
            });
            LockSupport.parkNanos(1_000_000_000L / recordsPerSecond);
        }
    }

    private void send() {
        producer.send(record(), (metadata, failure) -> {
            if (failure != null) {
                failed.incrementAndGet();
            }
        });
    }

    private ProducerRecord<byte[], byte[]> record() {
        return new ProducerRecord<>(topic, values[next++ & VALUES - 1]);
    }

    private void requireNoneFailed() {
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " records were not acknowledged");
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }
}
