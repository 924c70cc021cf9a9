package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.HdrHistogram.Histogram;

/** Sends values of one size to one topic with the stock producer, at a fixed rate or as fast as it can. One thread uses it. */
final class ProducerLoad implements AutoCloseable {
    private static final int VALUES = 1024;
    private static final long SEED = 20261128;
    private static final int LETTERS = 20;
    private static final Runnable IGNORE = () -> {};

    private final KafkaStreamWriter writer;
    private final byte[][] values = new byte[VALUES][];
    private int next;

    /**
     * A producer that keeps trying to connect, so that it may be made before the brokers listen.
     *
     * @param settings of the producer, beside where to connect
     */
    ProducerLoad(String bootstrap, String topic, int recordBytes, Map<String, Object> settings) {
        writer = new KafkaStreamWriter(bootstrap, topic, settings);
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
    void one() {
        records(1);
    }

    /**
     * Sends at a fixed rate and waits until all are acknowledged.
     *
     * @return µs from when they were due until they were acknowledged
     */
    Histogram atRate(int recordsPerSecond, Duration duration) throws InterruptedException {
        Histogram us = OpenLoop.run(recordsPerSecond, duration, onAcknowledged -> writer.send(value(), onAcknowledged));
        writer.awaitAcknowledged();
        return us;
    }

    /** Sends as fast as it can until the time is over and everything is acknowledged; returns how many records it were. */
    long forTime(Duration duration) {
        long endNs = System.nanoTime() + duration.toNanos();
        long sent = 0;
        while (System.nanoTime() < endNs) {
            writer.send(value(), IGNORE);
            sent++;
        }
        writer.awaitAcknowledged();
        return sent;
    }

    /** Sends that many records as fast as it can and waits until all are acknowledged. */
    void records(long count) {
        for (long i = 0; i < count; i++) {
            writer.send(value(), IGNORE);
        }
        writer.awaitAcknowledged();
    }

    /**
     * Sends at a fixed rate until told to stop.
     *
     * @param onAcknowledged is told for each record when it was sent, by {@link System#nanoTime}, on the thread of the producer
     */
    void atRateUntil(int recordsPerSecond, BooleanSupplier stop, LongConsumer onAcknowledged) {
        while (!stop.getAsBoolean()) {
            long sentNs = System.nanoTime();
            writer.send(value(), () -> onAcknowledged.accept(sentNs));
            LockSupport.parkNanos(1_000_000_000L / recordsPerSecond);
        }
    }

    private byte[] value() {
        return values[next++ & VALUES - 1];
    }

    @Override
    public void close() {
        writer.close();
    }
}
