package io.millrace.broker.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Stock producers and consumers that work on one topic until they are told to stop, and write down what they see. */
final class Workload implements AutoCloseable {
    private static final int MAX_FILLING = 600;
    private static final Duration READ_LIMIT = Duration.ofSeconds(240);

    private final History history;
    private final String topic;
    private final int partitions;
    private final Map<String, Object> producerConfig;
    private final Map<String, Object> consumerConfig;
    private final AtomicLongArray lastAckNs;
    private final AtomicLongArray longestGapNs;
    private final List<Thread> senders = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private volatile boolean sending = true;
    private volatile boolean reading = true;

    /**
     * @param producerSettings go before the defaults, which are acks=all and idempotent
     * @param consumerSettings go before the defaults
     */
    Workload(
            History history,
            String bootstrap,
            String topic,
            int partitions,
            Map<String, Object> producerSettings,
            Map<String, Object> consumerSettings) {
        this.history = history;
        this.topic = topic;
        this.partitions = partitions;
        this.lastAckNs = new AtomicLongArray(partitions);
        this.longestGapNs = new AtomicLongArray(partitions);
        this.producerConfig = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "delivery.timeout.ms", "300000",
                "request.timeout.ms", "3000",
                "max.block.ms", "300000",
                "linger.ms", "2",
                "batch.size", "8000",
                "reconnect.backoff.max.ms", "200",
                "retry.backoff.max.ms", "200"));
        producerConfig.putAll(producerSettings);
        this.consumerConfig = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "auto.offset.reset", "none",
                "fetch.max.wait.ms", "100",
                "request.timeout.ms", "5000",
                "default.api.timeout.ms", "120000",
                "reconnect.backoff.max.ms", "200",
                "retry.backoff.max.ms", "200"));
        consumerConfig.putAll(consumerSettings);
    }

    /** Starts {@code producers} that send about {@code perSecond} records each, and a reader for each isolation level. */
    Workload start(int producers, int perSecond) {
        for (int i = 0; i < producers; i++) {
            int producer = i;
            senders.add(begin("sender-" + i, () -> send(producer, perSecond)));
        }
        for (String isolation : List.of("read_uncommitted", "read_committed")) {
            readers.add(begin("reader-" + isolation, () -> read(isolation)));
        }
        return this;
    }

    /** What went wrong in a client that should have borne it. */
    List<Throwable> errors() {
        return List.copyOf(errors);
    }

    /** Forgets the gaps measured so far. */
    void measureGaps() {
        long now = System.nanoTime();
        for (int partition = 0; partition < partitions; partition++) {
            lastAckNs.set(partition, now);
            longestGapNs.set(partition, 0);
        }
    }

    /** The longest time between two acknowledgements of one partition since {@link #measureGaps}, up to the last one. */
    long longestGapMs() {
        return IntStream.range(0, partitions).mapToLong(longestGapNs::get).max().orElse(0) / 1_000_000;
    }

    /** Stops sending, and waits until every record has been answered for. */
    void stopSending() {
        sending = false;
        senders.forEach(Workload::join);
    }

    /** Lets the readers end, which they do once they have seen everything there is. Called after {@link #stopSending}. */
    void stopReading() {
        reading = false;
        readers.forEach(Workload::join);
    }

    /** Reads the topic from its beginning to its end; the number of records. */
    long readAll() {
        Map<String, Object> config = new HashMap<>(consumerConfig);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = assign(consumer);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            Map<Integer, History.Read> finals = new HashMap<>();
            all.forEach(each -> finals.put(each.partition(), history.finalRead(each.partition())));
            long deadlineNs = System.nanoTime() + READ_LIMIT.toNanos();
            while (all.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                if (System.nanoTime() > deadlineNs) {
                    throw new AssertionError(
                            "The final read did not come to the end " + ends + " within " + READ_LIMIT);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    finals.get(record.partition()).add(record.offset(), RecordId.decode(record.value()));
                }
            }
            return ends.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    @Override
    public void close() {
        sending = false;
        reading = false;
        senders.forEach(Thread::interrupt);
        readers.forEach(Thread::interrupt);
        senders.forEach(Workload::join);
        readers.forEach(Workload::join);
    }

    private void send(int producerNumber, int perSecond) {
        long pauseNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        Map<String, Object> config = new HashMap<>(producerConfig);
        config.put("client.id", "producer-" + producerNumber);
        int[] numbers = new int[partitions];
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            for (int i = 0; sending; i++) {
                int partition = i % partitions;
                int number = numbers[partition]++;
                long id = RecordId.of(producerNumber * partitions + partition, number);
                history.sent(partition, id);
                producer.send(
                        new ProducerRecord<>(topic, partition, null, RecordId.encode(id, i * 7 % MAX_FILLING)),
                        (metadata, error) -> onAnswer(partition, id, metadata == null ? -1 : metadata.offset(), error));
                LockSupport.parkNanos(pauseNs);
            }
            producer.flush();
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    private void onAnswer(int partition, long id, long offset, Exception error) {
        if (error == null) {
            history.acked(partition, id, offset);
            long now = System.nanoTime();
            long before = lastAckNs.getAndSet(partition, now);
            if (before != 0) {
                longestGapNs.accumulateAndGet(partition, now - before, Math::max);
            }
        } else if (error instanceof RecordTooLargeException) {
            history.failed(partition, id);
        } else if (sending) {
            errors.add(error);
        }
    }

    private void read(String isolation) {
        Map<String, Object> config = new HashMap<>(consumerConfig);
        config.put("isolation.level", isolation);
        config.put("client.id", "reader-" + isolation);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = assign(consumer);
            Map<Integer, History.Read> reads = new HashMap<>();
            all.forEach(each -> reads.put(each.partition(), history.liveRead(isolation, each.partition())));
            while (reading || !atEnd(consumer, all)) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    reads.get(record.partition()).add(record.offset(), RecordId.decode(record.value()));
                }
            }
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean atEnd(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> all) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        return all.stream().allMatch(each -> consumer.position(each) >= ends.get(each));
    }

    private List<TopicPartition> assign(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(all);
        all.forEach(each -> consumer.seek(each, 0));
        return all;
    }

    private Thread begin(String name, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (KafkaException | IllegalStateException e) {
                        errors.add(e);
                    }
                },
                name);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
