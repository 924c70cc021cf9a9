package io.millrace.broker.api;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterConfigs;
import io.millrace.protocol.message.CreatePartitions;
import io.millrace.protocol.message.CreatePartitions.Request.CreatePartitionsTopic;
import io.millrace.protocol.message.CreateTopics;
import io.millrace.protocol.message.CreateTopics.Request.CreatableTopic;
import io.millrace.protocol.message.CreateTopics.Response.CreatableTopicResult;
import io.millrace.protocol.message.DeleteTopics;
import io.millrace.protocol.message.DeleteTopics.Request.DeleteTopicState;
import io.millrace.protocol.message.DescribeCluster;
import io.millrace.protocol.message.DescribeConfigs;
import io.millrace.protocol.message.DescribeConfigs.Request.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigs.Response.DescribeConfigsResult;
import io.millrace.protocol.message.InitProducerId;
import io.millrace.protocol.message.Metadata;
import io.millrace.protocol.message.Metadata.Request.MetadataRequestTopic;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseTopic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What Kafka's present clients never send: old versions, odd requests. The answers are those that Kafka 3.9.2 gave. */
class AdminHandlersTest {
    private static TestAdminBroker broker;
    private static Exchange exchange;

    @BeforeAll
    static void start() throws IOException {
        broker = new TestAdminBroker(Map.of());
        exchange = new Exchange(broker.port);
        assertThat(create("there", 1, 7).errorCode).isZero();
    }

    @AfterAll
    static void stop() throws IOException {
        exchange.close();
        broker.close();
    }

    @Test
    void metadataAnswersAllVersionsForAllTopics() throws IOException {
        for (int version = 0; version <= ApiKey.METADATA.highestVersion(); version++) {
            Metadata.Response response = metadata(version, version == 0 ? List.of() : null);

            MetadataResponseTopic topic = response.topics.stream()
                    .filter(each -> "there".equals(each.name))
                    .findFirst()
                    .orElseThrow();
            assertThat(topic.errorCode).isZero();
            assertThat(topic.partitions.get(0).leaderId).isEqualTo(1);
            assertThat(topic.partitions.get(0).replicaNodes).containsExactly(1);
            assertThat(response.brokers.get(0).port).isEqualTo(broker.port);
            assertThat(topic.topicId.equals(Uuid.ZERO))
                    .as("version %d", version)
                    .isEqualTo(version < 10);
            assertThat(response.controllerId).isEqualTo(version < 1 ? -1 : 1);
        }
    }

    @Test
    void anEmptyListOfTopicsMeansNoneButForTheOldestVersion() throws IOException {
        for (int version = 1; version <= ApiKey.METADATA.highestVersion(); version++) {
            assertThat(metadata(version, List.of()).topics).isEmpty();
        }
    }

    @Test
    void metadataSaysWhatIsWrongWithTopicsItDoesNotKnow() throws IOException {
        Metadata.Request request = new Metadata.Request();
        request.allowAutoTopicCreation = false;
        Uuid id = new Uuid(0, 5);
        request.topics = List.of(byName("nope"), byName("bad name!"), byId(id));

        List<MetadataResponseTopic> topics = exchange.ask(request, 12, Metadata.Response.class).topics;

        assertThat(topics)
                .extracting(topic -> topic.name, topic -> topic.errorCode)
                .containsExactlyInAnyOrder(
                        tuple("nope", (short) 3), tuple("bad name!", (short) 17), tuple(null, (short) 100));
        assertThat(topics)
                .filteredOn(topic -> topic.name == null)
                .extracting(topic -> topic.topicId)
                .containsExactly(id);
        assertThat(broker.metadata.snapshot().topic("nope")).isNull();
    }

    @Test
    void topicIdsAreRefusedInVersionsThatHaveTheFieldButNotTheMeaning() throws IOException {
        Metadata.Request request = new Metadata.Request();
        MetadataRequestTopic topic = byName("there");
        topic.topicId = new Uuid(0, 5);
        request.topics = List.of(topic);

        assertThat(exchange.ask(request, 11, Metadata.Response.class).topics.get(0).errorCode)
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    @Test
    void metadataCreatesATopicWhenBothSidesWantIt() throws IOException {
        for (int version : new int[] {0, 3, 4, 13}) {
            String name = "made-by-v" + version;
            Metadata.Response first = metadata(version, List.of(byName(name)));

            assertThat(ErrorCode.of(first.topics.get(0).errorCode))
                    .isIn(ErrorCode.NONE, ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            await(name + " is there", () -> {
                MetadataResponseTopic topic =
                        metadata(version, List.of(byName(name))).topics.get(0);
                return topic.errorCode == 0 && topic.partitions.get(0).leaderId == 1;
            });
        }
        metadata(13, List.of(byName("bad name!")));
        assertThat(broker.metadata.snapshot().topic("bad name!")).isNull();
    }

    @Test
    void theAnswerThatCreatesATopicNamesItsLeader() {
        AtomicInteger tries = new AtomicInteger();
        // It waits for the leader, though not for ever; on a busy machine another topic may be luckier.
        await("an answer names the leader of a topic that was missing", () -> {
            MetadataResponseTopic topic = metadata(13, List.of(byName("led-at-once-" + tries.getAndIncrement())))
                    .topics
                    .get(0);
            return topic.errorCode == 0
                    && topic.partitions.get(0).errorCode == 0
                    && topic.partitions.get(0).leaderId == 1;
        });
    }

    @Test
    void saysWhyATopicCouldNotBeCreated() throws IOException {
        Metadata.Response response = metadata(13, List.of(byName("a.b_c"), byName("nicely-named")));
        assertThat(metadata(13, List.of(byName("a_b.c"))).topics.get(0).errorCode)
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        assertThat(response.topics).extracting(topic -> topic.name).containsExactly("a.b_c", "nicely-named");
    }

    @Test
    void createsAndDeletesInAllVersions() throws IOException {
        for (int version = 0; version <= ApiKey.CREATE_TOPICS.highestVersion(); version++) {
            String name = "versions-" + version;
            CreatableTopicResult created = create(name, 2, version);
            assertThat(created.errorCode).as("version %d", version).isZero();
            assertThat(created.errorMessage).isEqualTo(version == 0 ? "" : null);
            assertThat(created.numPartitions).isEqualTo(version < 5 ? -1 : 2);
            assertThat(created.topicId.equals(Uuid.ZERO)).isEqualTo(version < 7);
            assertThat(create(name, 2, version).errorCode).isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS.code());
        }
        for (int version = 0; version <= ApiKey.DELETE_TOPICS.highestVersion(); version++) {
            String name = "versions-" + version;
            assertThat(delete(name, version)).as("version %d", version).isZero();
            assertThat(broker.metadata.snapshot().topic(name)).isNull();
            assertThat(delete(name, version)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        }
    }

    @Test
    void refusesATopicThatARequestNamesTwice() throws IOException {
        CreateTopics.Request request = new CreateTopics.Request();
        request.topics = List.of(creatable("twice", 1), creatable("twice", 1), creatable("once", 1));

        CreateTopics.Response response = exchange.ask(request, 7, CreateTopics.Response.class);

        assertThat(response.topics).hasSize(2);
        assertThat(response.topics.get(0).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(response.topics.get(0).errorMessage).isEqualTo("Found multiple entries for this topic.");
        assertThat(response.topics.get(1).errorCode).isZero();
        assertThat(broker.metadata.snapshot().topic("twice")).isNull();
    }

    @Test
    void createsWithoutWaitingIfTheClientDoesNotWait() throws IOException {
        CreateTopics.Request request = new CreateTopics.Request();
        request.topics = List.of(creatable("impatient", 1));
        request.timeoutMs = 0;

        assertThat(exchange.ask(request, 7, CreateTopics.Response.class).topics.get(0).errorCode)
                .isEqualTo(ErrorCode.REQUEST_TIMED_OUT.code());
        await("it comes all the same", () -> broker.metadata.snapshot().topic("impatient") != null);
    }

    @Test
    void limitsWhatOneRequestCreates() throws IOException {
        CreateTopics.Request request = new CreateTopics.Request();
        request.topics = List.of(creatable("half", 6_000), creatable("other-half", 6_000));
        request.validateOnly = true;

        CreateTopics.Response response = exchange.ask(request, 7, CreateTopics.Response.class);

        assertThat(response.topics.get(0).errorCode).isZero();
        assertThat(response.topics.get(1).errorCode).isEqualTo(ErrorCode.POLICY_VIOLATION.code());
    }

    @Test
    void growsInAllVersions() throws IOException {
        create("grown", 1, 7);
        for (int version = 0; version <= ApiKey.CREATE_PARTITIONS.highestVersion(); version++) {
            CreatePartitionsTopic topic = new CreatePartitionsTopic();
            topic.name = "grown";
            topic.count = version + 2;
            topic.assignments = null;
            CreatePartitions.Request request = new CreatePartitions.Request();
            request.topics = List.of(topic);
            request.timeoutMs = 10_000;

            assertThat(exchange.ask(request, version, CreatePartitions.Response.class)
                            .results
                            .get(0)
                            .errorCode)
                    .isZero();
            assertThat(broker.metadata.snapshot().topic("grown").partitions()).hasSize(version + 2);
        }
    }

    @Test
    void refusesANameAndAnIdForOneDeletion() throws IOException {
        DeleteTopicState topic = new DeleteTopicState();
        topic.name = "there";
        topic.topicId = broker.metadata.snapshot().topicId("there");
        DeleteTopics.Request request = new DeleteTopics.Request();
        request.topics = List.of(topic);

        assertThat(exchange.ask(request, 6, DeleteTopics.Response.class)
                        .responses
                        .get(0)
                        .errorCode)
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(broker.metadata.snapshot().topic("there")).isNotNull();
    }

    @Test
    void describesConfigsInAllVersions() throws IOException {
        for (int version = 0; version <= ApiKey.DESCRIBE_CONFIGS.highestVersion(); version++) {
            DescribeConfigsResult topic = configs(2, "there", version, List.of("retention.ms", "segment.bytes"));

            assertThat(topic.errorCode).isZero();
            assertThat(topic.configs)
                    .hasSize(2)
                    .allSatisfy(config -> assertThat(config.value).isNotBlank());
            assertThat(topic.configs.get(0).isDefault).isEqualTo(version == 0);
        }
    }

    @Test
    void saysWhichResourcesHaveNoConfigs() throws IOException {
        assertThat(configs(4, "x", 4, null).errorMessage).isEqualTo("Broker id must be an integer, but it is: x");
        assertThat(configs(4, "2", 4, null).errorMessage)
                .isEqualTo("Unexpected broker id, expected 1 or empty string, but received 2");
        assertThat(configs(2, "../../etc", 4, null).errorCode).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
        assertThat(configs(99, "x", 4, null).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    @Test
    void replacesAllConfigsAtOnce() throws IOException {
        create("replaced", 1, 7);
        for (int version = 0; version <= ApiKey.ALTER_CONFIGS.highestVersion(); version++) {
            alter("replaced", "retention.ms", "1000", version);
            assertThat(alter("replaced", "segment.ms", "2000", version)).isZero();

            assertThat(configs(2, "replaced", 4, List.of("retention.ms"))
                            .configs
                            .get(0)
                            .value)
                    .isEqualTo("604800000");
            assertThat(configs(2, "replaced", 4, List.of("segment.ms")).configs.get(0).value)
                    .isEqualTo("2000");
        }
        assertThat(alter("replaced", "segment.ms", " 3000\u0001", 2)).isZero();
        assertThat(new String(
                        broker.session.znodes().read("/config/topics/replaced").data(), UTF_8))
                .as("kept without what means nothing")
                .isEqualTo("{\"version\":1,\"config\":{\"segment.ms\":\"3000\"}}");
        assertThat(alter("replaced", "segment.ms", null, 2)).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(alter("replaced", "segment.ms", "soon", 2)).isEqualTo(ErrorCode.INVALID_CONFIG.code());
    }

    @Test
    void givesEveryProducerAnIdOfItsOwnInAllVersions() throws IOException {
        Set<Long> ids = new HashSet<>();
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            InitProducerId.Request request = new InitProducerId.Request();
            request.transactionalId = null;
            int version = i % (ApiKey.INIT_PRODUCER_ID.highestVersion() + 1);
            InitProducerId.Response response = exchange.ask(request, version, InitProducerId.Response.class);
            assertThat(response.errorCode).isZero();
            assertThat(response.producerEpoch).isZero();
            ids.add(response.producerId);
            all.add(response.producerId);
        }
        assertThat(ids).hasSize(all.size());
    }

    @Test
    void tellsTransactionalProducersForGoodThatThereAreNoTransactions() throws IOException {
        InitProducerId.Request request = new InitProducerId.Request();
        request.transactionalId = "tx";

        ErrorCode error = ErrorCode.of(exchange.ask(request, 5, InitProducerId.Response.class).errorCode);

        assertThat(error).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
        assertThat(error.retriable()).isFalse();
    }

    @Test
    void isNoControllerOfTheOtherKind() throws IOException {
        DescribeCluster.Request request = new DescribeCluster.Request();
        request.endpointType = 2;
        assertThat(exchange.ask(request, 1, DescribeCluster.Response.class).errorCode)
                .isEqualTo(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code());
        request.endpointType = 9;
        assertThat(exchange.ask(request, 2, DescribeCluster.Response.class).errorCode)
                .isEqualTo(ErrorCode.UNSUPPORTED_ENDPOINT_TYPE.code());
    }

    private static Metadata.Response metadata(int version, List<MetadataRequestTopic> topics) throws IOException {
        Metadata.Request request = new Metadata.Request();
        request.topics = topics;
        return exchange.ask(request, version, Metadata.Response.class);
    }

    private static MetadataRequestTopic byName(String name) {
        MetadataRequestTopic topic = new MetadataRequestTopic();
        topic.name = name;
        return topic;
    }

    private static MetadataRequestTopic byId(Uuid id) {
        MetadataRequestTopic topic = new MetadataRequestTopic();
        topic.name = null;
        topic.topicId = id;
        return topic;
    }

    private static CreatableTopic creatable(String name, int partitions) {
        CreatableTopic topic = new CreatableTopic();
        topic.name = name;
        topic.numPartitions = partitions;
        topic.replicationFactor = 1;
        return topic;
    }

    private static CreatableTopicResult create(String name, int partitions, int version) throws IOException {
        CreateTopics.Request request = new CreateTopics.Request();
        request.topics = List.of(creatable(name, partitions));
        return exchange.ask(request, version, CreateTopics.Response.class)
                .topics
                .get(0);
    }

    private static short delete(String name, int version) throws IOException {
        DeleteTopics.Request request = new DeleteTopics.Request();
        request.timeoutMs = 10_000;
        if (version < 6) {
            request.topicNames = List.of(name);
        } else {
            DeleteTopicState topic = new DeleteTopicState();
            topic.name = name;
            request.topics = List.of(topic);
        }
        return exchange.ask(request, version, DeleteTopics.Response.class)
                .responses
                .get(0)
                .errorCode;
    }

    private static DescribeConfigsResult configs(int type, String name, int version, List<String> keys)
            throws IOException {
        DescribeConfigsResource resource = new DescribeConfigsResource();
        resource.resourceType = (byte) type;
        resource.resourceName = name;
        resource.configurationKeys = keys;
        DescribeConfigs.Request request = new DescribeConfigs.Request();
        request.resources = List.of(resource);
        return exchange.ask(request, version, DescribeConfigs.Response.class)
                .results
                .get(0);
    }

    private static short alter(String topic, String key, String value, int version) throws IOException {
        AlterConfigs.Request.AlterableConfig config = new AlterConfigs.Request.AlterableConfig();
        config.name = key;
        config.value = value;
        AlterConfigs.Request.AlterConfigsResource resource = new AlterConfigs.Request.AlterConfigsResource();
        resource.resourceType = 2;
        resource.resourceName = topic;
        resource.configs = List.of(config);
        AlterConfigs.Request request = new AlterConfigs.Request();
        request.resources = List.of(resource);
        return exchange.ask(request, version, AlterConfigs.Response.class)
                .responses
                .get(0)
                .errorCode;
    }
}
