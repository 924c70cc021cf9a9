package io.millrace.broker.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Kafka's consumer as a member of a group, on a thread of its own: reads, commits what it has read, and keeps the ledger. */
final class GroupWorker implements AutoCloseable {
    private final KafkaConsumer<String, String> consumer;
    private final GroupLedger ledger;
    private final Thread thread;
    private volatile Set<TopicPartition> owned = Set.of();
    private volatile boolean closing;

    /** @param instanceId of a static member, which does not leave when it is closed; null for a dynamic one */
    GroupWorker(
            String bootstrap,
            String group,
            String topic,
            List<String> assignors,
            @Nullable String instanceId,
            GroupLedger ledger) {
        this.ledger = ledger;
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", group,
                "partition.assignment.strategy", assignors,
                "session.timeout.ms", "6000",
                "heartbeat.interval.ms", "500",
                "request.timeout.ms", "5000",
                "default.api.timeout.ms", "10000",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false"));
        if (instanceId != null) {
            settings.put("group.instance.id", instanceId);
        }
        consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        thread = new Thread(() -> run(topic), "worker");
        thread.start();
    }

    /** What it has now. */
    Set<TopicPartition> owned() {
        return owned;
    }

    private void run(String topic) {
        try (consumer) {
            consumer.subscribe(List.of(topic), new Ownership());
            while (!closing) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
                owned = Set.copyOf(consumer.assignment());
                commit(records);
            }
        } catch (RuntimeException e) {
            ledger.onFault("a member ended with " + e);
        } finally {
            owned = Set.of();
        }
    }

    private void commit(ConsumerRecords<String, String> records) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            ledger.onRead(record.value());
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            positions.put(partition, new OffsetAndMetadata(record.offset() + 1));
            offsets.put(partition, record.offset() + 1);
        }
        if (positions.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(positions);
            ledger.onCommitted(offsets);
        } catch (CommitFailedException | RebalanceInProgressException | TimeoutException e) {
            // Whoever has the partitions next reads them again.
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps note of who has what; called within {@code poll}. */
    private final class Ownership implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            int generation = consumer.groupMetadata().generationId();
            String member = consumer.groupMetadata().memberId();
            consumer.assignment().forEach(partition -> ledger.onOwned(generation, partition, member));
            for (TopicPartition partition : partitions) {
                try {
                    ledger.onStart(partition, consumer.position(partition));
                } catch (TimeoutException e) {
                    // The coordinator is away; poll asks again.
                }
            }
        }
    }
}
