package io.millrace.broker.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's own consumers and administrators, in groups. */
@Tag("kafka")
class StockGroupTest {
    private static final int PARTITIONS = 6;

    /** No consumer ever reads from here. */
    private static final long NOWHERE = -1;

    private static final Map<String, String> SETTINGS = Map.of(
            "num.partitions", Integer.toString(PARTITIONS),
            "offsets.topic.num.partitions", "5",
            "group.initial.rebalance.delay.ms", "0",
            "group.min.session.timeout.ms", "500");

    private static TestBroker broker;
    private static Admin admin;

    @TempDir
    Path dir;

    @BeforeAll
    static void start(@TempDir Path shared) throws Exception {
        broker = TestBroker.start(shared, SETTINGS);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                RangeAssignor.class,
                RoundRobinAssignor.class,
                StickyAssignor.class,
                CooperativeStickyAssignor.class
            })
    void membersComeAndGoAndEveryPartitionIsReadByOne(Class<?> assignor) throws Exception {
        String topic = newTopic();
        String group = "group-of-" + topic;
        Ledger ledger = new Ledger();
        List<Member> members = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 2; i++) {
                members.add(new Member(group, topic, assignor, null, ledger));
            }
            produce(producer, topic, ledger, 300);
            awaitOwnership(members);

            members.add(new Member(group, topic, assignor, null, ledger));
            Member crashing = new Member(group, topic, assignor, "crashing", ledger);
            members.add(crashing);
            produce(producer, topic, ledger, 300);
            awaitOwnership(members);

            members.remove(0).close();
            produce(producer, topic, ledger, 300);
            awaitOwnership(members);

            // A static member says nothing when it goes: only its session tells.
            members.remove(crashing);
            crashing.close();
            produce(producer, topic, ledger, 300);
            awaitOwnership(members);
            broker.await("all records have been read", ledger::isComplete);
            // A record counts as read before it is committed, and a commit that a rebalance met is made again later.
            broker.await(
                    "all records have been committed",
                    () -> offsets(group).values().stream()
                                    .mapToLong(OffsetAndMetadata::offset)
                                    .sum()
                            >= 1_200);
        } finally {
            members.forEach(Member::close);
        }
        Map<TopicPartition, OffsetAndMetadata> committed = offsets(group);
        assertThat(committed).hasSize(PARTITIONS);
        assertThat(committed.values().stream()
                        .mapToLong(OffsetAndMetadata::offset)
                        .sum())
                .isEqualTo(1_200);
    }

    @Test
    void aMemberThatStopsPollingLosesItsPartitionsAndItsCommits() throws Exception {
        String topic = newTopic();
        String group = "group-of-" + topic;
        try (KafkaConsumer<String, String> slow = consumer(group, Map.of("max.poll.interval.ms", "1000"));
                KafkaConsumer<String, String> other = consumer(group, Map.of())) {
            slow.subscribe(List.of(topic));
            broker.await("the slow one has all", () -> {
                slow.poll(Duration.ofMillis(50));
                return slow.assignment().size() == PARTITIONS;
            });
            other.subscribe(List.of(topic));
            broker.await("the other one has all", () -> {
                other.poll(Duration.ofMillis(50));
                return other.assignment().size() == PARTITIONS;
            });
            assertThatThrownBy(() -> slow.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(7))))
                    .isInstanceOf(CommitFailedException.class);
            assertThat(other.committed(Set.of(new TopicPartition(topic, 0))))
                    .doesNotContainValue(new OffsetAndMetadata(7));
        }
    }

    @Test
    void aStaticMemberThatIsRestartedInTimeCausesNoRebalance() throws Exception {
        String topic = newTopic();
        String group = "group-of-" + topic;
        Map<String, String> asA = Map.of("group.instance.id", "a", "session.timeout.ms", "30000");
        Map<String, String> asB = Map.of("group.instance.id", "b", "session.timeout.ms", "30000");
        try (KafkaConsumer<String, String> b = consumer(group, asB)) {
            b.subscribe(List.of(topic));
            int generation;
            try (KafkaConsumer<String, String> a = consumer(group, asA)) {
                a.subscribe(List.of(topic));
                broker.await("both have their half", () -> {
                    a.poll(Duration.ofMillis(20));
                    b.poll(Duration.ofMillis(20));
                    return a.assignment().size() == PARTITIONS / 2
                            && b.assignment().size() == PARTITIONS / 2;
                });
                generation = b.groupMetadata().generationId();
            }
            try (KafkaConsumer<String, String> again = consumer(group, asA)) {
                again.subscribe(List.of(topic));
                broker.await("it has its half back", () -> {
                    again.poll(Duration.ofMillis(20));
                    b.poll(Duration.ofMillis(20));
                    return again.assignment().size() == PARTITIONS / 2;
                });
                assertThat(again.groupMetadata().generationId()).isEqualTo(generation);
                assertThat(b.groupMetadata().generationId()).isEqualTo(generation);
            }
        }
    }

    @Test
    void administratorsSeeAndChangeGroups() throws Exception {
        String topic = newTopic();
        String group = "group-of-" + topic;
        TopicPartition zero = new TopicPartition(topic, 0);
        // An offset beyond the end of the log would be reset as soon as the consumer fetches.
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, "v")).get();
            }
        }
        assertThatThrownBy(() -> admin.deleteConsumerGroups(Set.of(group)).all().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(GroupIdNotFoundException.class);

        admin.alterConsumerGroupOffsets(group, Map.of(zero, new OffsetAndMetadata(3, "by hand")))
                .all()
                .get();
        assertThat(offsets(group)).containsEntry(zero, new OffsetAndMetadata(3, "by hand"));
        assertThat(stateOf(group)).isEqualToIgnoringCase("Empty");

        try (KafkaConsumer<String, String> consumer = consumer(group, Map.of("group.instance.id", "one"))) {
            consumer.subscribe(List.of(topic));
            broker.await("it has its partitions", () -> {
                consumer.poll(Duration.ofMillis(50));
                return consumer.assignment().size() == PARTITIONS;
            });
            assertThat(consumer.position(zero))
                    .as("it begins where it was told")
                    .isEqualTo(3);
            ConsumerGroupDescription description =
                    admin.describeConsumerGroups(Set.of(group)).all().get().get(group);
            assertThat(description.members()).hasSize(1);
            assertThat(description.members().iterator().next().assignment().topicPartitions())
                    .hasSize(PARTITIONS);
            assertThat(description.members().iterator().next().groupInstanceId())
                    .contains("one");
            assertThat(description.coordinator().id()).isEqualTo(broker.id());
            assertThat(stateOf(group)).isEqualToIgnoringCase("Stable");
            assertThatThrownBy(() ->
                            admin.deleteConsumerGroups(Set.of(group)).all().get())
                    .hasCauseInstanceOf(GroupNotEmptyException.class);
            assertThatThrownBy(() -> admin.deleteConsumerGroupOffsets(group, Set.of(zero))
                            .all()
                            .get())
                    .hasCauseInstanceOf(GroupSubscribedToTopicException.class);
            admin.removeMembersFromConsumerGroup(
                            group, new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one"))))
                    .all()
                    .get();
        }
        admin.deleteConsumerGroupOffsets(group, Set.of(zero)).all().get();
        assertThat(offsets(group)).doesNotContainKey(zero);
        assertThat(isListed(group)).as("it has gone with its last offset").isFalse();
        admin.alterConsumerGroupOffsets(group, Map.of(zero, new OffsetAndMetadata(1)))
                .all()
                .get();
        assertThat(isListed(group)).isTrue();
        admin.deleteConsumerGroups(Set.of(group)).all().get();
        assertThat(isListed(group)).isFalse();
    }

    @Test
    void whoFindsNoOffsetBeginsWhereItsResetPolicySays() throws Exception {
        String topic = newTopic();
        TopicPartition zero = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, "v")).get();
            }
        }
        String never = "never-" + topic;
        awaitStart(zero, never, "earliest", 0);
        awaitStart(zero, never, "latest", 3);
        assertThatThrownBy(() -> awaitStart(zero, never, "none", NOWHERE))
                .isInstanceOf(NoOffsetForPartitionException.class);

        String beyond = "beyond-" + topic;
        admin.alterConsumerGroupOffsets(beyond, Map.of(zero, new OffsetAndMetadata(4)))
                .all()
                .get();
        awaitStart(zero, beyond, "earliest", 0);
        awaitStart(zero, beyond, "latest", 3);
        assertThatThrownBy(() -> awaitStart(zero, beyond, "none", NOWHERE))
                .isInstanceOf(OffsetOutOfRangeException.class);

        String end = "end-" + topic;
        admin.alterConsumerGroupOffsets(end, Map.of(zero, new OffsetAndMetadata(3)))
                .all()
                .get();
        try (KafkaConsumer<String, String> consumer = consumer(end, Map.of("auto.offset.reset", "none"));
                KafkaProducer<String, String> producer = producer()) {
            consumer.assign(List.of(zero));
            assertThat(consumer.poll(Duration.ofMillis(200)))
                    .as("the end is not out of range")
                    .isEmpty();
            producer.send(new ProducerRecord<>(topic, 0, null, "v")).get();
            broker.await(
                    "what comes next is read",
                    () -> consumer.poll(Duration.ofMillis(50)).records(zero).stream()
                            .anyMatch(record -> record.offset() == 3));
        }
    }

    /** Waits until a consumer of the group reads from this offset. */
    private static void awaitStart(TopicPartition partition, String group, String reset, long offset) throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(group, Map.of("auto.offset.reset", reset))) {
            consumer.assign(List.of(partition));
            broker.await("it reads from " + offset, () -> {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(50));
                long position = records.isEmpty()
                        ? consumer.position(partition)
                        : records.iterator().next().offset();
                return position == offset;
            });
        }
    }

    @Test
    void offsetsGoWithTheirTopic() throws Exception {
        String topic = newTopic();
        String group = "group-of-" + topic;
        TopicPartition zero = new TopicPartition(topic, 0);
        admin.alterConsumerGroupOffsets(group, Map.of(zero, new OffsetAndMetadata(3)))
                .all()
                .get();
        admin.deleteTopics(Set.of(topic)).all().get();
        broker.await("the offset is gone", () -> !offsets(group).containsKey(zero));
    }

    @Test
    void groupsAndTheirOffsetsOutliveTheBroker() throws Exception {
        TopicPartition zero = new TopicPartition("t", 0);
        try (TestBroker first = TestBroker.start(dir, SETTINGS);
                Admin firstAdmin = Admin.create(Map.of("bootstrap.servers", first.bootstrap()))) {
            firstAdmin
                    .createTopics(Set.of(new NewTopic("t", 1, (short) 1)))
                    .all()
                    .get();
            firstAdmin
                    .alterConsumerGroupOffsets("g", Map.of(zero, new OffsetAndMetadata(42)))
                    .all()
                    .get();
        }
        try (TestBroker second = TestBroker.start(dir, SETTINGS);
                Admin secondAdmin = Admin.create(Map.of("bootstrap.servers", second.bootstrap()))) {
            assertThat(secondAdmin
                            .listConsumerGroupOffsets("g")
                            .partitionsToOffsetAndMetadata()
                            .get())
                    .containsEntry(zero, new OffsetAndMetadata(42));
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(String group) throws Exception {
        return admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
    }

    private static boolean isListed(String group) throws Exception {
        return admin.listConsumerGroups().all().get().stream()
                .anyMatch(listed -> listed.groupId().equals(group));
    }

    private static String stateOf(String group) throws Exception {
        return admin.listConsumerGroups().all().get().stream()
                .filter(listed -> listed.groupId().equals(group))
                .findFirst()
                .orElseThrow()
                .state()
                .orElseThrow()
                .toString();
    }

    private static String newTopic() throws Exception {
        String topic = "t-" + UUID.randomUUID();
        admin.createTopics(Set.of(new NewTopic(topic, PARTITIONS, (short) 1)))
                .all()
                .get();
        return topic;
    }

    private static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrap()), new StringSerializer(), new StringSerializer());
    }

    private static void produce(KafkaProducer<String, String> producer, String topic, Ledger ledger, int count) {
        for (int i = 0; i < count; i++) {
            String value = UUID.randomUUID().toString();
            ledger.sent.add(value);
            producer.send(new ProducerRecord<>(topic, i % PARTITIONS, "key", value));
        }
        producer.flush();
    }

    private static KafkaConsumer<String, String> consumer(String group, Map<String, String> extra) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", broker.bootstrap(),
                "group.id", group,
                "session.timeout.ms", "30000",
                "heartbeat.interval.ms", "100",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false"));
        settings.putAll(extra);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private static void awaitOwnership(List<Member> members) throws Exception {
        broker.await("every partition has one owner", () -> {
            List<TopicPartition> owned = new ArrayList<>();
            members.forEach(member -> owned.addAll(member.owned));
            return members.stream().noneMatch(member -> member.owned.isEmpty())
                    && owned.size() == PARTITIONS
                    && new HashSet<>(owned).size() == PARTITIONS;
        });
        members.forEach(Member::assertWell);
    }

    /** What was sent, and what was read of it. */
    private static final class Ledger {
        final Set<String> sent = ConcurrentHashMap.newKeySet();
        final Set<String> read = ConcurrentHashMap.newKeySet();

        boolean isComplete() {
            return read.containsAll(sent);
        }
    }

    /** A consumer on a thread of its own, which commits what it has read. */
    private static final class Member implements AutoCloseable {
        volatile Set<TopicPartition> owned = Set.of();
        private final KafkaConsumer<String, String> consumer;
        private final Thread thread;
        private volatile boolean closing;
        private volatile Throwable failure;

        Member(String group, String topic, Class<?> assignor, String instanceId, Ledger ledger) {
            Map<String, String> settings = new HashMap<>(Map.of("partition.assignment.strategy", assignor.getName()));
            if (instanceId != null) {
                settings.put("group.instance.id", instanceId);
                // What is waited for when it crashes. On a busy machine it may end before that: then it joins again.
                settings.put("session.timeout.ms", "2000");
            }
            consumer = consumer(group, settings);
            thread = new Thread(() -> run(topic, ledger), "member");
            thread.start();
        }

        private void run(String topic, Ledger ledger) {
            try (consumer) {
                consumer.subscribe(List.of(topic));
                while (!closing) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                        ledger.read.add(record.value());
                    }
                    owned = Set.copyOf(consumer.assignment());
                    commit();
                }
            } catch (WakeupException e) {
                // It is closing.
            } catch (Throwable e) {
                failure = e;
            } finally {
                owned = Set.of();
            }
        }

        private void commit() {
            try {
                consumer.commitSync();
            } catch (CommitFailedException | RebalanceInProgressException e) {
                // Another rebalance came in between; whoever has the partitions next reads them again.
            }
        }

        void assertWell() {
            assertThat(failure).isNull();
        }

        @Override
        public void close() {
            closing = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            assertWell();
        }
    }
}
