package io.millrace.broker.cluster;

import io.millrace.broker.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own clients for the tests of a cluster. */
final class StockClients implements AutoCloseable {
    private static final long DEADLINE_S = 120;

    private final Supplier<String> bootstrap;
    private final Admin admin;

    StockClients(Supplier<String> bootstrap) {
        this.bootstrap = bootstrap;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap.get(), "metadata.max.age.ms", "1000"));
    }

    void createTopic(String topic, int partitions, int replicas, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) replicas).configs(configs)))
                .all()
                .get(DEADLINE_S, TimeUnit.SECONDS);
    }

    /** Creates a topic whose partitions have these replicas, the preferred leader first. */
    void createTopic(String topic, Map<Integer, List<Integer>> replicas, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, replicas).configs(configs)))
                .all()
                .get(DEADLINE_S, TimeUnit.SECONDS);
    }

    /** Deletes what comes before an offset; where the log starts then. */
    long deleteRecords(TopicPartition partition, long offset) throws Exception {
        return admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset)))
                .lowWatermarks()
                .get(partition)
                .get(DEADLINE_S, TimeUnit.SECONDS)
                .lowWatermark();
    }

    /** Where a log starts, as its leader says. */
    long startOffset(TopicPartition partition) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                .partitionResult(partition)
                .get(DEADLINE_S, TimeUnit.SECONDS)
                .offset();
    }

    int leader(TopicPartition partition) {
        Node leader = describe(partition).leader();
        return leader == null ? -1 : leader.id();
    }

    Set<Integer> isr(TopicPartition partition) {
        return describe(partition).isr().stream().map(Node::id).collect(Collectors.toSet());
    }

    /** Asks until a broker knows the topic, which those that did not create it do a little later. */
    private TopicPartitionInfo describe(TopicPartition partition) {
        TopicPartitionInfo[] found = {null};
        Await.await("the brokers know " + partition.topic(), () -> {
            try {
                found[0] = admin.describeTopics(List.of(partition.topic()))
                        .allTopicNames()
                        .get(DEADLINE_S, TimeUnit.SECONDS)
                        .get(partition.topic())
                        .partitions()
                        .get(partition.partition());
                return true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                    return false;
                }
                throw e;
            }
        });
        return found[0];
    }

    /** Asks for acks=all and is idempotent, as is Kafka's default. */
    KafkaProducer<String, String> producer(Map<String, Object> overrides) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap.get(), "linger.ms", "5"));
        config.putAll(overrides);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Map<String, Object> overrides) {
        Map<String, Object> config = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap.get(), "auto.offset.reset", "earliest", "enable.auto.commit", "false"));
        config.putAll(overrides);
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    /** The values of a topic from the beginning, until there are so many, and those that come in the moment after. */
    List<String> readAll(String topic, int count) {
        try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<String> values = new ArrayList<>();
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
            while (values.size() < count && System.nanoTime() < deadlineNs) {
                poll(consumer, values);
            }
            poll(consumer, values);
            return values;
        }
    }

    private static void poll(KafkaConsumer<String, String> consumer, List<String> values) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
            values.add(record.value());
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
