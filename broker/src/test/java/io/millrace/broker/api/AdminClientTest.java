package io.millrace.broker.api;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kafka's own Admin client, against the part of a broker that it talks to. */
@Tag("kafka")
class AdminClientTest {
    private static TestAdminBroker broker;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        broker = new TestAdminBroker(Map.of("log.index.size.max.bytes", "4096", "log.retention.hours", "2"));
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrap(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                10_000,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000));
    }

    @AfterAll
    static void stop() {
        admin.close(Duration.ofSeconds(5));
        broker.close();
    }

    @Test
    void createsListsDescribesAndDeletes() throws Exception {
        CreateTopicsResult created = admin.createTopics(List.of(
                new NewTopic("life", Optional.of(3), Optional.empty()).configs(Map.of("retention.ms", "3600000"))));
        get(created.all());
        assertThat(get(created.numPartitions("life"))).isEqualTo(3);
        assertThat(get(created.replicationFactor("life"))).isEqualTo(1);
        assertThat(get(created.config("life")).get("retention.ms").value()).isEqualTo("3600000");
        Uuid id = get(created.topicId("life"));

        assertThat(get(admin.listTopics().names())).contains("life");
        TopicDescription description = describe("life");
        assertThat(description.topicId()).isEqualTo(id);
        assertThat(description.partitions()).hasSize(3).allSatisfy(partition -> {
            assertThat(partition.leader().id()).isEqualTo(1);
            assertThat(partition.leader().port()).isEqualTo(broker.port);
            assertThat(partition.isr()).hasSize(1);
        });
        assertThat(get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id)))
                                .allTopicIds())
                        .get(id)
                        .name())
                .isEqualTo("life");

        get(admin.deleteTopics(List.of("life")).all());
        assertThat(get(admin.listTopics().names())).doesNotContain("life");
        assertFails(admin.describeTopics(List.of("life")).allTopicNames(), UnknownTopicOrPartitionException.class);
        assertFails(
                admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds(),
                UnknownTopicIdException.class);
    }

    @Test
    void deletesByIdAndSaysWhichAreUnknown() throws Exception {
        CreateTopicsResult created = admin.createTopics(List.of(new NewTopic("by-id", 1, (short) 1)));
        Uuid id = get(created.topicId("by-id"));

        get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());

        assertThat(get(admin.listTopics().names())).doesNotContain("by-id");
        assertFails(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all(), UnknownTopicIdException.class);
        assertFails(admin.deleteTopics(List.of("never-was")).all(), UnknownTopicOrPartitionException.class);
    }

    @Test
    void refusesTopicsThatCannotBe() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("dots.and_lines", 1, (short) 1)))
                .all());

        assertRefused(new NewTopic("dots.and_lines", 1, (short) 1), TopicExistsException.class, "already exists");
        assertRefused(new NewTopic("dots_and.lines", 1, (short) 1), InvalidTopicException.class, "collides");
        assertRefused(new NewTopic("bad name!", 1, (short) 1), InvalidTopicException.class, "other than ASCII");
        assertRefused(new NewTopic("..", 1, (short) 1), InvalidTopicException.class, "not allowed");
        assertRefused(new NewTopic("x".repeat(250), 1, (short) 1), InvalidTopicException.class, "longer than");
        assertRefused(new NewTopic("none", 0, (short) 1), InvalidPartitionsException.class, "larger than 0");
        assertRefused(
                new NewTopic("five", 1, (short) 5),
                InvalidReplicationFactorException.class,
                "Replication factor: 5 larger than available brokers: 1.");
        assertRefused(new NewTopic("wide", 1_000_000, (short) 1), PolicyViolationException.class, "Excessively large");
        assertRefused(
                new NewTopic("what", 1, (short) 1).configs(Map.of("retention.ms", "abc")),
                InvalidConfigurationException.class,
                "retention.ms");
        assertRefused(
                new NewTopic("what", 1, (short) 1).configs(Map.of("nope", "1")),
                InvalidConfigurationException.class,
                "Unknown topic config name: nope");
        assertThat(get(admin.listTopics().names())).doesNotContain("none", "five", "wide", "what");
    }

    @Test
    void onlyChecksWhenAskedTo() throws Exception {
        get(admin.createTopics(
                        List.of(new NewTopic("checked", 2, (short) 1)), new CreateTopicsOptions().validateOnly(true))
                .all());

        assertThat(get(admin.listTopics().names())).doesNotContain("checked");
    }

    @Test
    void placesReplicasWhereTheCreatorSaid() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("placed", Map.of(0, List.of(1), 1, List.of(1)))))
                .all());

        assertThat(describe("placed").partitions()).hasSize(2);
    }

    @Test
    void growsATopic() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("growing", 1, (short) 1))).all());

        get(admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(4)))
                .all());

        assertThat(describe("growing").partitions()).hasSize(4);
        assertFails(
                admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(2)))
                        .all(),
                InvalidPartitionsException.class);
        assertFails(
                admin.createPartitions(Map.of("never-was", NewPartitions.increaseTo(2)))
                        .all(),
                UnknownTopicOrPartitionException.class);
    }

    @Test
    void doesNotGrowATopicThatGroupsAreSpreadOver() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("__consumer_offsets", 2, (short) 1)))
                .all());

        assertFails(
                admin.createPartitions(Map.of("__consumer_offsets", NewPartitions.increaseTo(3)))
                        .all(),
                InvalidPartitionsException.class);
        assertThat(describe("__consumer_offsets").partitions()).hasSize(2);
        get(admin.deleteTopics(List.of("__consumer_offsets")).all());
    }

    @Test
    void describesTheCluster() throws Exception {
        DescribeClusterResult cluster =
                admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));

        assertThat(get(cluster.clusterId()))
                .isEqualTo(broker.metadata.snapshot().clusterId());
        assertThat(get(cluster.controller()).id()).isEqualTo(1);
        assertThat(get(cluster.nodes())).singleElement().satisfies(node -> {
            assertThat(node.port()).isEqualTo(broker.port);
            assertThat(node.rack()).isEqualTo("rack-a");
        });
        assertThat(get(cluster.authorizedOperations())).hasSize(7);
        assertThat(get(admin.describeCluster().authorizedOperations())).isNull();
    }

    @Test
    void saysWhatAClientMayDoWithATopic() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("allowed", 1, (short) 1))).all());

        assertThat(get(admin.describeTopics(
                                        List.of("allowed"),
                                        new DescribeTopicsOptions().includeAuthorizedOperations(true))
                                .allTopicNames())
                        .get("allowed")
                        .authorizedOperations())
                .hasSize(8);
        assertThat(describe("allowed").authorizedOperations()).isNull();
    }

    @Test
    void describesTheConfigsOfATopicAndWhereTheyComeFrom() throws Exception {
        get(admin.createTopics(
                        List.of(new NewTopic("described", 1, (short) 1).configs(Map.of("max.message.bytes", "2000"))))
                .all());

        Config config = config(new ConfigResource(ConfigResource.Type.TOPIC, "described"));

        assertThat(config.get("max.message.bytes")).satisfies(entry -> {
            assertThat(entry.value()).isEqualTo("2000");
            assertThat(entry.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
            assertThat(entry.type()).isEqualTo(ConfigEntry.ConfigType.INT);
            assertThat(entry.documentation()).isNotBlank();
            assertThat(entry.synonyms())
                    .extracting(ConfigEntry.ConfigSynonym::name)
                    .containsExactly("max.message.bytes", "message.max.bytes");
        });
        assertThat(config.get("segment.index.bytes")).satisfies(entry -> {
            assertThat(entry.value()).isEqualTo("4096");
            assertThat(entry.source()).isEqualTo(ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG);
            assertThat(entry.synonyms())
                    .extracting(ConfigEntry.ConfigSynonym::value)
                    .containsExactly("4096", "10485760");
        });
        assertThat(config.get("cleanup.policy")).satisfies(entry -> {
            assertThat(entry.value()).isEqualTo("delete");
            assertThat(entry.isDefault()).isTrue();
            assertThat(entry.type()).isEqualTo(ConfigEntry.ConfigType.LIST);
        });
        assertThat(config.get("retention.ms").value())
                .as("set for the broker in hours")
                .isEqualTo("7200000");
        assertFails(
                admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "never-was")))
                        .all(),
                UnknownTopicOrPartitionException.class);
    }

    @Test
    void describesTheConfigsOfABroker() throws Exception {
        Config config = config(new ConfigResource(ConfigResource.Type.BROKER, "1"));

        assertThat(config.get("broker.id").isReadOnly()).isTrue();
        assertThat(config.get("broker.id").value()).isEqualTo("1");
        assertThat(config.get("broker.id").source()).isEqualTo(ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG);
        assertThat(config.get("log.retention.ms").isReadOnly()).isFalse();
        assertThat(config.get("num.partitions").isDefault()).isTrue();
    }

    @Test
    void changesTheConfigsOfATopicThatRuns() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("changing", 1, (short) 1).configs(Map.of("retention.ms", "1000"))))
                .all());
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "changing");

        alter(
                topic,
                set("max.message.bytes", "20000"),
                new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), OpType.APPEND),
                new AlterConfigOp(new ConfigEntry("retention.ms", ""), OpType.DELETE));

        Config config = config(topic);
        assertThat(config.get("max.message.bytes").value()).isEqualTo("20000");
        assertThat(config.get("cleanup.policy").value()).isEqualTo("delete,compact");
        assertThat(config.get("retention.ms").value()).isEqualTo("7200000");
        await(
                "the log is told",
                () -> broker.configsOfRunningTopics.containsKey("changing")
                        && broker.configsOfRunningTopics.get("changing").log().maxMessageBytes() == 20_000
                        && broker.configsOfRunningTopics.get("changing").log().compact());
        assertThatThrownBy(() -> alter(topic, set("nope", "1")))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("Unknown topic config name: nope");
        assertThatThrownBy(() -> alter(topic, new AlterConfigOp(new ConfigEntry("retention.ms", "1"), OpType.APPEND)))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("append is not allowed");
        assertThatThrownBy(() -> alter(topic, set("min.compaction.lag.ms", "5"), set("max.compaction.lag.ms", "2")))
                .hasCauseInstanceOf(InvalidConfigurationException.class);
    }

    @Test
    void changesSettingsOfTheBrokerThatTopicsFallBackOn() throws Exception {
        get(admin.createTopics(List.of(new NewTopic("falling-back", 1, (short) 1)))
                .all());
        ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "falling-back");

        alter(all, set("log.segment.bytes", "1000000"));

        await(
                "the log is told",
                () -> broker.configsOfRunningTopics.containsKey("falling-back")
                        && broker.configsOfRunningTopics
                                        .get("falling-back")
                                        .log()
                                        .segmentBytes()
                                == 1_000_000);
        assertThat(config(topic).get("segment.bytes").source())
                .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        assertThat(config(all).entries()).extracting(ConfigEntry::name).containsExactly("log.segment.bytes");
        assertThatThrownBy(() -> alter(all, set("broker.id", "7")))
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("Cannot update these configs dynamically");
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), OpType.SET);
    }

    private static void alter(ConfigResource resource, AlterConfigOp... ops) throws Exception {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = Map.of(resource, Arrays.asList(ops));
        get(admin.incrementalAlterConfigs(changes).all());
    }

    private static Config config(ConfigResource resource) throws Exception {
        return get(admin.describeConfigs(
                                List.of(resource),
                                new DescribeConfigsOptions()
                                        .includeSynonyms(true)
                                        .includeDocumentation(true))
                        .all())
                .get(resource);
    }

    private static TopicDescription describe(String topic) throws Exception {
        return get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    }

    private static void assertRefused(NewTopic topic, Class<? extends Exception> type, String message) {
        assertThatThrownBy(() -> get(admin.createTopics(Set.of(topic)).all()))
                .as(topic.name())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(type)
                .hasMessageContaining(message);
    }

    private static void assertFails(Future<?> future, Class<? extends Exception> type) {
        assertThatThrownBy(() -> get(future)).hasCauseInstanceOf(type);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }
}
