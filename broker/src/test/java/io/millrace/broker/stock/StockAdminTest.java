package io.millrace.broker.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.TestBroker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own Admin client against one broker. */
@Tag("kafka")
class StockAdminTest {
    private static TestBroker broker;
    private static Admin admin;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        broker = TestBroker.start(dir, Map.of());
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterAll
    static void stop() throws Exception {
        admin.close();
        broker.close();
    }

    @Test
    void createsListsDescribesAndDeletesATopic() throws Exception {
        NewTopic topic = new NewTopic("life", 4, (short) 1).configs(Map.of("retention.ms", "3600000"));
        CreateTopicsResult created = admin.createTopics(List.of(topic));
        created.all().get();
        assertThat(created.numPartitions("life").get()).isEqualTo(4);
        assertThat(created.config("life").get().get("retention.ms").value()).isEqualTo("3600000");

        assertThat(admin.listTopics().names().get()).contains("life");

        TopicDescription description =
                admin.describeTopics(List.of("life")).allTopicNames().get().get("life");
        assertThat(description.topicId()).isEqualTo(created.topicId("life").get());
        assertThat(description.isInternal()).isFalse();
        assertThat(description.partitions()).hasSize(4).allSatisfy(p -> {
            assertThat(p.leader().id()).isEqualTo(broker.id());
            assertThat(p.replicas()).hasSize(1);
            assertThat(p.isr()).hasSize(1);
        });

        admin.deleteTopics(List.of("life")).all().get();
        broker.await(
                "the topic is gone", () -> !admin.listTopics().names().get().contains("life"));
        assertFailsWith(
                UnknownTopicOrPartitionException.class,
                admin.describeTopics(List.of("life")).allTopicNames());
    }

    @Test
    void deletesATopicByIdAndMakesItAnewWithAnotherId() throws Exception {
        CreateTopicsResult first = admin.createTopics(List.of(new NewTopic("again", 1, (short) 1)));
        var id = first.topicId("again").get();
        admin.deleteTopics(org.apache.kafka.common.TopicCollection.ofTopicIds(List.of(id)))
                .all()
                .get();
        // As with Kafka, clients cease to see the topic before its replicas and its name are free.
        broker.await("the name is free", () -> {
            try {
                CreateTopicsResult second = admin.createTopics(List.of(new NewTopic("again", 1, (short) 1)));
                assertThat(second.topicId("again").get()).isNotEqualTo(id);
                return true;
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(TopicExistsException.class);
                return false;
            }
        });
    }

    @Test
    void refusesWhatKafkaRefuses() throws Exception {
        assertFailsWith(InvalidTopicException.class, create(new NewTopic("a/b", 1, (short) 1)));
        assertFailsWith(InvalidTopicException.class, create(new NewTopic("..", 1, (short) 1)));
        assertFailsWith(InvalidTopicException.class, create(new NewTopic("x".repeat(250), 1, (short) 1)));
        assertFailsWith(InvalidPartitionsException.class, create(new NewTopic("none", 0, (short) 1)));
        assertFailsWith(InvalidReplicationFactorException.class, create(new NewTopic("many", 1, (short) 99)));
        assertFailsWith(
                InvalidConfigurationException.class,
                create(new NewTopic("odd", 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
        create(new NewTopic("twice", 1, (short) 1)).get();
        assertFailsWith(TopicExistsException.class, create(new NewTopic("twice", 1, (short) 1)));
        assertFailsWith(
                UnknownTopicOrPartitionException.class,
                admin.deleteTopics(List.of("never-was")).all());
    }

    @Test
    void describesTheCluster() throws Exception {
        DescribeClusterResult cluster = admin.describeCluster();
        assertThat(cluster.clusterId().get()).hasSize(22);
        assertThat(cluster.controller().get().id()).isEqualTo(broker.id());
        assertThat(cluster.nodes().get())
                .singleElement()
                .satisfies(node -> assertThat(node.host() + ":" + node.port()).isEqualTo(broker.bootstrap()));
    }

    @Test
    void describesAndAltersConfigs() throws Exception {
        create(new NewTopic("configured", 1, (short) 1)).get();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "configured");
        assertThat(config(resource).get("cleanup.policy").value()).isEqualTo("delete");

        admin.incrementalAlterConfigs(Map.of(
                        resource,
                        List.of(new AlterConfigOp(
                                new ConfigEntry("retention.ms", "1234567"), AlterConfigOp.OpType.SET))))
                .all()
                .get();
        broker.await(
                "the new value shows",
                () -> "1234567".equals(config(resource).get("retention.ms").value()));
        assertThat(config(resource).get("retention.ms").source())
                .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);

        Config ofBroker = config(new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(broker.id())));
        assertThat(ofBroker.get("log.dirs").value()).isNotEmpty();
        assertThat(ofBroker.get("num.partitions").isDefault()).isTrue();
    }

    @Test
    void addsPartitionsAndNeverRemovesThem() throws Exception {
        create(new NewTopic("growing", 1, (short) 1)).get();
        admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(3)))
                .all()
                .get();
        broker.await("three partitions have leaders", () -> {
            TopicDescription d = admin.describeTopics(List.of("growing"))
                    .allTopicNames()
                    .get()
                    .get("growing");
            return d.partitions().size() == 3
                    && d.partitions().stream()
                            .allMatch(p -> p.leader() != null && !p.leader().isEmpty());
        });
        assertFailsWith(
                InvalidPartitionsException.class,
                admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(2)))
                        .all());
    }

    @Test
    void listsOffsetsAndDeletesRecords() throws Exception {
        create(new NewTopic("shortened", 1, (short) 1)).get();
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", broker.bootstrap()));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("shortened", 0, 1_000L + i, "k", "v"))
                        .get();
            }
        }
        TopicPartition partition = new TopicPartition("shortened", 0);
        assertThat(offset(partition, OffsetSpec.latest())).isEqualTo(10);
        assertThat(offset(partition, OffsetSpec.forTimestamp(1_004))).isEqualTo(4);
        assertThat(offset(partition, OffsetSpec.maxTimestamp())).isEqualTo(9);

        long low = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6)))
                .lowWatermarks()
                .get(partition)
                .get()
                .lowWatermark();
        assertThat(low).isEqualTo(6);
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(6);
    }

    @Test
    void showsTheLogDirs() throws Exception {
        create(new NewTopic("on-disk", 2, (short) 1)).get();
        var dirs = admin.describeLogDirs(Set.of(broker.id()))
                .allDescriptions()
                .get()
                .get(broker.id());
        assertThat(dirs.values())
                .anySatisfy(d -> assertThat(d.replicaInfos())
                        .containsKeys(new TopicPartition("on-disk", 0), new TopicPartition("on-disk", 1)));
    }

    @Test
    void namesAGroupThatDoesNotExistAsDead() throws Exception {
        assertThat(admin.listConsumerGroupOffsets("nobody")
                        .partitionsToOffsetAndMetadata()
                        .get())
                .isEmpty();
    }

    private static KafkaFuture<Void> create(NewTopic topic) {
        return admin.createTopics(List.of(topic)).all();
    }

    private static long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private static Config config(ConfigResource resource) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static void assertFailsWith(Class<? extends Exception> cause, KafkaFuture<?> future) {
        assertThatThrownBy(future::get).hasCauseInstanceOf(cause);
    }
}
