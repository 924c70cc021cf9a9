package io.millrace.bench.client;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.Deserializer;
import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.SendCallback;
import io.millrace.client.Serializer;
import io.millrace.protocol.TopicPartition;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One client doing one thing, in a process of its own, so that neither profits from what the other has warmed up. Half of
 * the records go first to warm up; the measured ones go through the same client. Prints one line.
 */
final class ClientRun {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private static final int KEYS = 10_000;

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final int records;
    private final int valueBytes;
    private final byte @Nullable [][] keys;
    private final Map<String, String> settings;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    private ClientRun(Map<String, String> options) {
        bootstrap = options.get("bootstrap");
        topic = options.get("topic");
        partitions = Integer.parseInt(options.get("partitions"));
        records = Integer.parseInt(options.get("records"));
        valueBytes = Integer.parseInt(options.get("bytes"));
        keys = Boolean.parseBoolean(options.get("keyed")) ? keys() : null;
        settings = new TreeMap<>(options);
        settings.keySet().removeIf(key -> !key.contains("."));
        settings.put("bootstrap.servers", bootstrap);
    }

    /** Options as {@code name=value}; those with a dot in their names are settings of the client. */
    public static void main(String[] args) throws Exception {
        Map<String, String> options = new TreeMap<>();
        for (String arg : args) {
            options.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        ClientRun run = new ClientRun(options);
        switch (options.get("run")) {
            case "millrace-produce" -> run.millraceProduce();
            case "kafka-produce" -> run.kafkaProduce();
            case "millrace-consume" -> run.millraceConsume();
            case "kafka-consume" -> run.kafkaConsume();
            default -> throw new IllegalArgumentException("run=" + options.get("run"));
        }
        // What the opponent leaves behind must not keep the process.
        System.exit(0);
    }

    /** What was used up to a moment. */
    private record Reading(long timeNs, long cpuNs, long allocatedBytes) {

        static Reading now() {
            long allocated = 0;
            for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
                allocated += Math.max(0, bytes);
            }
            return new Reading(System.nanoTime(), SYSTEM.getProcessCpuTime(), allocated);
        }

        void print(int records, Reading before) {
            System.out.printf(
                    Locale.ROOT,
                    "%.0f %.0f %.1f%n",
                    records / ((timeNs - before.timeNs) / 1e9),
                    (double) (cpuNs - before.cpuNs) / records,
                    (double) (allocatedBytes - before.allocatedBytes) / records);
        }
    }

    private byte @Nullable [] key(int i) {
        return keys == null ? null : keys[i % keys.length];
    }

    /** Made beforehand, since what an application allocates for itself is not the question. */
    private static byte[][] keys() {
        byte[][] keys = new byte[KEYS][];
        for (int i = 0; i < KEYS; i++) {
            keys[i] = ByteBuffer.allocate(Integer.BYTES).putInt(i).array();
        }
        return keys;
    }

    private void millraceProduce() throws Exception {
        byte[] value = new byte[valueBytes];
        SendCallback told = (metadata, reason) -> note(reason);
        try (Producer<byte[], byte[]> producer =
                new Producer<>(ProducerConfig.from(settings), Serializer.bytes(), Serializer.bytes())) {
            Reading before = Reading.now();
            for (int round = 0; round < 2; round++) {
                before = Reading.now();
                for (int i = 0; i < records; i++) {
                    producer.send(new ProducerRecord<>(topic, key(i), value), told);
                }
                producer.flush();
            }
            Reading.now().print(records, before);
        }
        throwIfAny();
    }

    private void kafkaProduce() throws Exception {
        byte[] value = new byte[valueBytes];
        Callback told = (metadata, reason) -> note(reason);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(new TreeMap<>(settings), new ByteArraySerializer(), new ByteArraySerializer())) {
            Reading before = Reading.now();
            for (int round = 0; round < 2; round++) {
                before = Reading.now();
                for (int i = 0; i < records; i++) {
                    producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>(topic, key(i), value), told);
                }
                producer.flush();
            }
            Reading.now().print(records, before);
        }
        throwIfAny();
    }

    private void note(@Nullable Exception reason) {
        if (reason != null) {
            failure.compareAndSet(null, reason);
        }
    }

    private void throwIfAny() throws Exception {
        Exception first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    private void millraceConsume() {
        settings.put("auto.offset.reset", "earliest");
        try (Consumer<byte[], byte[]> consumer =
                new Consumer<>(ConsumerConfig.from(settings), Deserializer.bytes(), Deserializer.bytes())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
            Reading before = Reading.now();
            for (int round = 0; round < 2; round++) {
                before = Reading.now();
                long bytes = 0;
                for (int read = 0; read < records; ) {
                    for (var record : consumer.poll(Duration.ofSeconds(1))) {
                        bytes += record.value().length;
                        read++;
                    }
                }
                requireBytes(bytes);
                if (round == 0) {
                    consumer.seekToBeginning(all);
                }
            }
            Reading.now().print(records, before);
        }
    }

    private void kafkaConsume() {
        settings.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                new TreeMap<>(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<org.apache.kafka.common.TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new org.apache.kafka.common.TopicPartition(topic, i));
            }
            consumer.assign(all);
            Reading before = Reading.now();
            for (int round = 0; round < 2; round++) {
                before = Reading.now();
                long bytes = 0;
                for (int read = 0; read < records; ) {
                    for (var record : consumer.poll(Duration.ofSeconds(1))) {
                        bytes += record.value().length;
                        read++;
                    }
                }
                requireBytes(bytes);
                if (round == 0) {
                    consumer.seekToBeginning(all);
                }
            }
            Reading.now().print(records, before);
        }
    }

    private void requireBytes(long bytes) {
        if (bytes < (long) records * valueBytes) {
            throw new IllegalStateException("Read " + bytes + " bytes in " + records + " records");
        }
    }
}
