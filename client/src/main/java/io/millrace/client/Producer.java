package io.millrace.client;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.producer.BatchAccumulator;
import io.millrace.client.producer.Completion;
import io.millrace.client.producer.Partitioner;
import io.millrace.client.producer.Sender;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Writes records to topics.
 *
 * <pre>{@code
 * try (Producer<String, String> producer = Producer.ofStrings("localhost:9092")) {
 *     producer.send(new ProducerRecord<>("clicks", "user-7", "/index.html"));
 * }
 * }</pre>
 *
 * <p>Records are gathered into batches and sent in the background; {@link #send} only waits when the cluster is not known
 * yet or {@code buffer.memory} is used up. By default a record counts as sent when all in-sync replicas have it, is never
 * written twice by a retry, and stays in order with the others of its partition. A failure that retries cannot mend comes
 * out of the future or the callback, and later records go on.
 *
 * <p>One producer serves any number of threads. It runs one daemon thread, named after its client id.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class Producer<K, V> implements AutoCloseable {
    private static final ClientIds CLIENT_IDS = new ClientIds("producer");

    private final ProducerConfig config;
    private final Serializer<? super K> keySerializer;
    private final Serializer<? super V> valueSerializer;
    private final Partitioner partitioner;
    private final BrokerClient client;
    private final BatchAccumulator accumulator;
    private final Sender sender;
    // A record that is sent makes no TopicPartition: there is one a partition, in an array a topic.
    private final ConcurrentHashMap<String, TopicPartition[]> partitions = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** A producer that spreads records without a key as {@code partitioner.class} says: over the partitions in turn by default. */
    public Producer(ProducerConfig config, Serializer<? super K> keySerializer, Serializer<? super V> valueSerializer) {
        this(config, keySerializer, valueSerializer, config.partitioner());
    }

    /** A producer with a partitioner of its own. */
    public Producer(
            ProducerConfig config,
            Serializer<? super K> keySerializer,
            Serializer<? super V> valueSerializer,
            Partitioner partitioner) {
        this.config = config;
        this.keySerializer = keySerializer;
        this.valueSerializer = valueSerializer;
        this.partitioner = partitioner;
        String clientId = CLIENT_IDS.orNext(config.clientId());
        this.client = new BrokerClient(
                clientId, config.cluster(), config.connections().withClientId(clientId));
        this.accumulator = new BatchAccumulator(config.sender());
        this.sender = new Sender(client, config.sender(), accumulator);
    }

    /** A producer of strings with the default configuration. */
    public static Producer<String, String> ofStrings(String bootstrapServers) {
        return new Producer<>(ProducerConfig.of(bootstrapServers), Serializer.string(), Serializer.string());
    }

    /**
     * Sends a record.
     *
     * @return ends, on the event loop, with where the record is, or fails with a {@link ClientException}; it always ends,
     *     at the latest after {@code delivery.timeout.ms}
     * @throws ClientException REQUEST_TIMED_OUT if topic or memory cannot be had within {@code max.block.ms},
     *     MESSAGE_TOO_LARGE if the record is larger than {@code max.request.size}, NETWORK_EXCEPTION if the producer is
     *     closed, or what the cluster says of the topic
     */
    public CompletableFuture<RecordMetadata> send(ProducerRecord<? extends K, ? extends V> record) {
        RecordFuture future = new RecordFuture();
        append(record, future);
        return future;
    }

    /**
     * Sends a record and tells the callback what became of it; without a callback nobody is told. This takes less memory
     * than a future for each record.
     *
     * @throws ClientException as {@link #send(ProducerRecord)} does
     */
    public void send(ProducerRecord<? extends K, ? extends V> record, @Nullable SendCallback callback) {
        append(record, callback);
    }

    private void append(ProducerRecord<? extends K, ? extends V> record, @Nullable Completion completion) {
        byte[] key = serialize(keySerializer, record.topic(), record.key());
        byte[] value = serialize(valueSerializer, record.topic(), record.value());
        long deadlineNs = deadlineNs();
        TopicPartition partition = partition(record, key, value, deadlineNs);
        requireAcceptableSize(record, key, value);
        Long given = record.timestamp();
        BatchAccumulator.Outcome outcome = accumulator.append(
                partition,
                given == null ? System.currentTimeMillis() : given,
                key,
                value,
                record.headers(),
                completion,
                deadlineNs);
        if (outcome != BatchAccumulator.Outcome.JOINED) {
            sender.wake();
            if (outcome == BatchAccumulator.Outcome.BEGAN_AFTER_FULL && record.partition() == null) {
                partitioner.onNewBatch(
                        record.topic(),
                        partition.partition(),
                        client.view().snapshot().partitionCount(record.topic()));
            }
        }
    }

    private void requireAcceptableSize(ProducerRecord<?, ?> record, byte @Nullable [] key, byte @Nullable [] value) {
        int size = BatchBuilder.recordSizeBound(
                key == null ? -1 : key.length, value == null ? -1 : value.length, record.headers());
        if (size > config.sender().maxRequestSize()) {
            throw new ClientException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "A record for topic " + record.topic() + " takes " + size + " bytes, more than max.request.size="
                            + config.sender().maxRequestSize());
        }
    }

    private static <T> byte @Nullable [] serialize(Serializer<? super T> serializer, String topic, @Nullable T data) {
        return data == null ? null : serializer.serialize(topic, data);
    }

    private TopicPartition partition(
            ProducerRecord<?, ?> record, byte @Nullable [] key, byte @Nullable [] value, long deadlineNs) {
        String topic = record.topic();
        int count = client.view().snapshot().partitionCount(topic);
        Integer given = record.partition();
        if (count == 0 || (given != null && given >= count)) {
            count = awaitPartitions(topic, given, deadlineNs);
        }
        int chosen = given != null ? given : partitioner.partition(topic, key, value, count);
        if (chosen < 0 || chosen >= count) {
            throw new IllegalArgumentException(
                    "The partitioner chose partition " + chosen + " of topic " + topic + ", which has " + count);
        }
        TopicPartition[] known = partitions.get(topic);
        if (known == null || known.length < count) {
            known = new TopicPartition[count];
            for (int i = 0; i < count; i++) {
                known[i] = new TopicPartition(topic, i);
            }
            partitions.put(topic, known);
        }
        return known[chosen];
    }

    /** Waits until the partitions of a topic are known, and among them the one wanted. */
    private int awaitPartitions(String topic, @Nullable Integer wanted, long deadlineNs) {
        CompletableFuture<ClusterSnapshot> asked = client.view().track(List.of(topic));
        while (true) {
            ClusterSnapshot cluster = await(asked, topic, deadlineNs);
            ClusterSnapshot.TopicInfo info = cluster.topic(topic);
            ErrorCode error = info == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : info.error();
            int count = cluster.partitionCount(topic);
            if (count > 0 && (wanted == null || wanted < count)) {
                return count;
            }
            if (error != ErrorCode.NONE && !error.retriable()) {
                throw new ClientException(error, "The cluster refuses topic '" + topic + "'");
            }
            asked = client.view().refresh();
        }
    }

    private ClusterSnapshot await(CompletableFuture<ClusterSnapshot> asked, String topic, long deadlineNs) {
        try {
            return asked.get(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            ClusterSnapshot.TopicInfo info = client.view().snapshot().topic(topic);
            throw new ClientException(
                    ErrorCode.REQUEST_TIMED_OUT,
                    "The partitions of topic '" + topic + "' were not known within max.block.ms="
                            + config.maxBlockMs()
                            + (info == null ? "; no broker has answered" : "; the brokers say " + info.error()));
        } catch (ExecutionException e) {
            throw ClientException.of(e).rethrown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(ErrorCode.REQUEST_TIMED_OUT, "Interrupted while waiting for " + topic, e);
        }
    }

    private long deadlineNs() {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(config.maxBlockMs(), Integer.MAX_VALUE));
    }

    /** How many partitions a topic has; waits for that up to {@code max.block.ms}. */
    public int partitionCount(String topic) {
        int count = client.view().snapshot().partitionCount(topic);
        return count > 0 ? count : awaitPartitions(topic, null, deadlineNs());
    }

    /** Sends everything gathered so far and waits until each record is acknowledged or has failed. */
    public void flush() {
        CompletableFuture<Void> flushed = accumulator.flush();
        sender.wake();
        flushed.join();
    }

    /** Sends what is gathered, waits for it as long as {@code delivery.timeout.ms} allows, and stops. */
    @Override
    public void close() {
        close(Duration.ofMillis(config.sender().deliveryTimeoutMs()));
    }

    /** Like {@link #close()} with another patience; what is not acknowledged by then fails. */
    public void close(Duration timeout) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        accumulator.close();
        CompletableFuture<Void> flushed = accumulator.flush();
        sender.wake();
        try {
            flushed.get(
                    timeout.toSeconds() > Integer.MAX_VALUE ? Long.MAX_VALUE : timeout.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // what is left fails below
        }
        sender.stop(new ClientException(
                ErrorCode.NETWORK_EXCEPTION, "The producer was closed before the record was acknowledged"));
        client.close();
    }
}
