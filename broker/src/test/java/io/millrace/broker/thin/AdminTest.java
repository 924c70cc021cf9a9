package io.millrace.broker.thin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.client.Admin;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.Deserializer;
import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.Serializer;
import io.millrace.client.admin.BrokerApis;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.admin.ElectionType;
import io.millrace.client.admin.GroupDescription;
import io.millrace.client.admin.GroupListing;
import io.millrace.client.admin.LogDir;
import io.millrace.client.admin.NewTopic;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The admin client against a cluster, ours or Kafka's: everything it can ask is asked once, and the answers are right. */
@Timeout(240)
class AdminTest {
    private static final Duration A_MOMENT = Duration.ofMillis(100);
    private static final long FIRST_TIME = 1_700_000_000_000L;
    private static ThinCluster cluster;
    private static Admin admin;
    private static int brokerId;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        cluster = ThinCluster.start(dir);
        admin = Admin.of(cluster.bootstrap());
        brokerId = admin.describeCluster().join().brokers().get(0).id();
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    /** A topic whose partitions all lie on one broker, with as many records in partition 0, a second apart. */
    private static String topic(String base, int partitions, int records) {
        String topic = cluster.name(base);
        admin.createTopics(List.of(new NewTopic(topic, partitions, 1))).join();
        try (Producer<String, String> producer =
                new Producer<>(ProducerConfig.of(cluster.bootstrap()), Serializer.string(), Serializer.string())) {
            for (int i = 0; i < records; i++) {
                // The youngest is in the middle.
                long time = i == records / 2 ? FIRST_TIME + 1_000_000 : FIRST_TIME + i * 1_000L;
                producer.send(new ProducerRecord<String, String>(topic, "v" + i)
                                .toPartition(0)
                                .at(time))
                        .join();
            }
        }
        return topic;
    }

    @Test
    void describesTopicsAndPlacesReplicasByHand() throws Exception {
        String topic = cluster.name("placed");
        admin.createTopics(List.of(NewTopic.placed(topic, Map.of(0, List.of(brokerId), 1, List.of(brokerId)))
                        .with("retention.ms", 4_711)))
                .join();
        admin.createPartitions(topic, 3, List.of(List.of(brokerId))).join();
        cluster.await("there are three partitions with leaders", () -> {
            ClusterSnapshot.TopicInfo found =
                    admin.describeTopics(List.of(topic)).join().get(topic);
            return found.partitions().size() == 3
                    && found.partitions().stream()
                            .allMatch(partition -> partition.leaderId() == brokerId
                                    && partition.replicas().equals(List.of(brokerId))
                                    && partition.isr().equals(List.of(brokerId))
                                    && partition.offlineReplicas().isEmpty());
        });
        assertThat(admin.describeTopics().join()).containsKey(topic);
        assertThat(admin.listTopics().join()).contains(topic);
        assertFails(admin.createPartitions(topic, 2), ErrorCode.INVALID_PARTITIONS);
        assertFails(
                admin.createTopics(
                        List.of(NewTopic.placed(cluster.name("twice"), Map.of(0, List.of(brokerId, brokerId))))),
                ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        admin.validateTopics(List.of(new NewTopic(cluster.name("imagined"), 1, 1)))
                .join();
        assertThat(admin.listTopics().join()).doesNotContain(cluster.name("imagined"));
        admin.deleteTopics(List.of(topic)).join();
        assertFails(admin.deleteTopics(List.of(topic)), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void tellsWhereAConfiguredValueComesFrom() {
        ConfigResource resource = ConfigResource.topic(topic("configured", 1, 0));
        assertThat(entry(resource, "retention.ms").source()).isEqualTo(ConfigEntry.Source.DEFAULT_CONFIG);
        admin.alterConfigs(resource, List.of(ConfigChange.set("retention.ms", 1_000_000)))
                .join();
        ConfigEntry set = entry(resource, "retention.ms");
        assertThat(set.value()).isEqualTo("1000000");
        assertThat(set.source()).isEqualTo(ConfigEntry.Source.DYNAMIC_TOPIC_CONFIG);
        assertThat(set.type()).isEqualTo(ConfigEntry.Type.LONG);
        assertThat(set.synonyms().get(0))
                .isEqualTo(new ConfigEntry.Synonym("retention.ms", "1000000", ConfigEntry.Source.DYNAMIC_TOPIC_CONFIG));

        admin.alterConfigs(resource, List.of(ConfigChange.append("cleanup.policy", "compact")))
                .join();
        assertThat(entry(resource, "cleanup.policy").value()).isEqualTo("delete,compact");
        admin.alterConfigs(resource, List.of(ConfigChange.subtract("cleanup.policy", "delete")))
                .join();
        assertThat(entry(resource, "cleanup.policy").value()).isEqualTo("compact");
        assertThat(admin.validateConfigs(Map.of(resource, List.of(ConfigChange.set("retention.ms", "soon"))))
                        .join()
                        .failures()
                        .get(resource)
                        .error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        ConfigResource unknown = ConfigResource.topic(cluster.name("no-such"));
        assertFails(admin.describeConfigs(List.of(unknown)), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void readsAndChangesTheConfigurationOfBrokers() throws Exception {
        ConfigResource broker = ConfigResource.broker(brokerId);
        assertThat(entry(broker, "log.dirs").source()).isEqualTo(ConfigEntry.Source.STATIC_BROKER_CONFIG);
        assertThat(entry(broker, "log.dirs").readOnly()).isTrue();
        Outcomes<ConfigResource, Void> outcomes = admin.alterConfigs(Map.of(
                        broker,
                        List.of(ConfigChange.set("log.roll.ms", 600_000_000)),
                        ConfigResource.allBrokers(),
                        List.of(ConfigChange.set("log.flush.interval.messages", 14_000_000))))
                .join();
        assertThat(outcomes.failures()).isEmpty();
        cluster.await("the broker has taken it up", () -> {
            ConfigEntry backoff = entry(broker, "log.flush.interval.messages");
            return backoff.source() == ConfigEntry.Source.DYNAMIC_DEFAULT_BROKER_CONFIG
                    && "14000000".equals(backoff.value());
        });
        assertThat(entry(broker, "log.roll.ms").source()).isEqualTo(ConfigEntry.Source.DYNAMIC_BROKER_CONFIG);
        admin.alterConfigs(broker, List.of(ConfigChange.delete("log.roll.ms"))).join();
        admin.alterConfigs(ConfigResource.allBrokers(), List.of(ConfigChange.delete("log.flush.interval.messages")))
                .join();
        assertFails(admin.describeConfigs(List.of(ConfigResource.broker(12345))), ErrorCode.BROKER_NOT_AVAILABLE);
    }

    private static ConfigEntry entry(ConfigResource resource, String key) {
        return admin.describeConfigs(List.of(resource)).join().get(resource).stream()
                .filter(entry -> entry.name().equals(key))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void findsOffsetsByPlaceAndTime() {
        TopicPartition partition = new TopicPartition(topic("offsets", 2, 10), 0);
        assertThat(offset(partition, OffsetSpec.earliest())).isZero();
        assertThat(offset(partition, OffsetSpec.latest())).isEqualTo(10);
        assertThat(offset(partition, OffsetSpec.forTimestamp(FIRST_TIME + 2_500)))
                .isEqualTo(3);
        assertThat(offset(partition, OffsetSpec.forTimestamp(FIRST_TIME + 2_000_000)))
                .isEqualTo(-1);
        assertThat(offset(partition, OffsetSpec.maxTimestamp())).isEqualTo(5);
        assertThat(admin.listCommittedOffsets(Map.of(partition, OffsetSpec.latest()))
                        .join()
                        .orThrow()
                        .get(partition)
                        .offset())
                .isEqualTo(10);

        TopicPartition missing = new TopicPartition(partition.topic(), 7);
        Outcomes<TopicPartition, ?> outcomes = admin.listOffsets(
                        Map.of(partition, OffsetSpec.latest(), missing, OffsetSpec.latest()))
                .join();
        assertThat(outcomes.succeeded()).containsExactly(partition);
        assertThat(outcomes.failures().get(missing).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private static long offset(TopicPartition partition, OffsetSpec spec) {
        return admin.listOffsets(Map.of(partition, spec))
                .join()
                .orThrow()
                .get(partition)
                .offset();
    }

    @Test
    void deletesRecords() {
        TopicPartition partition = new TopicPartition(topic("deleted", 1, 10), 0);
        assertThat(admin.deleteRecords(Map.of(partition, 4L)).join().orThrow()).isEqualTo(Map.of(partition, 4L));
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(4);
        assertThat(admin.deleteRecords(Map.of(partition, 99L))
                        .join()
                        .failures()
                        .get(partition)
                        .error())
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(admin.deleteRecords(Map.of(partition, -1L)).join().orThrow()).isEqualTo(Map.of(partition, 10L));
    }

    @Test
    void describesGroupsAndSetsHowFarTheyHaveCome() throws Exception {
        String topic = topic("grouped", 2, 10);
        String group = cluster.name("group-of-" + topic);
        TopicPartition first = new TopicPartition(topic, 0);
        TopicPartition second = new TopicPartition(topic, 1);
        ConsumerConfig config = ConsumerConfig.of(cluster.bootstrap())
                .with("group.id", group)
                .with("client.id", "reader")
                .with("auto.offset.reset", "earliest");
        try (Consumer<String, String> consumer = new Consumer<>(config, Deserializer.string(), Deserializer.string())) {
            consumer.subscribe(List.of(topic));
            cluster.await(
                    "the records are there", () -> !consumer.poll(A_MOMENT).isEmpty());
            consumer.commitSync();

            GroupDescription described =
                    admin.describeGroups(List.of(group)).join().orThrow().get(group);
            assertThat(described.state()).isEqualTo("Stable");
            assertThat(described.assignor()).isEqualTo("range");
            assertThat(described.protocolType()).isEqualTo("consumer");
            assertThat(described.coordinator().id()).isPositive();
            GroupDescription.Member member = described.members().get(0);
            assertThat(member.clientId()).isEqualTo("reader");
            assertThat(member.host()).startsWith("/127.0.0.1");
            assertThat(member.assignment()).containsExactly(first, second);
            assertThat(admin.listGroups().join())
                    .anySatisfy(listing -> assertThat(listing)
                            .isEqualTo(new GroupListing(group, "consumer", "Stable", listing.type())));
            assertThat(admin.listGroups(List.of("Empty"), List.of()).join())
                    .noneMatch(listing -> listing.groupId().equals(group));

            assertFails(
                    admin.alterGroupOffsets(group, Map.of(first, new OffsetAndMetadata(3))),
                    ErrorCode.UNKNOWN_MEMBER_ID);
            assertThat(admin.deleteGroupOffsets(group, List.of(first))
                            .join()
                            .failures()
                            .get(first)
                            .error())
                    .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
            assertThat(admin.deleteGroups(List.of(group))
                            .join()
                            .failures()
                            .get(group)
                            .error())
                    .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        }
        assertThat(admin.listGroupOffsets(group).join().get(first).offset()).isEqualTo(10);
        admin.alterGroupOffsets(
                        group, Map.of(first, new OffsetAndMetadata(3, "by hand"), second, new OffsetAndMetadata(0)))
                .join();
        assertThat(admin.listGroupOffsets(group, List.of(first)).join())
                .isEqualTo(Map.of(first, new OffsetAndMetadata(3, "by hand")));
        assertThat(admin.deleteGroupOffsets(group, List.of(second)).join().orThrow())
                .containsOnlyKeys(second);
        assertThat(admin.listGroupOffsets(group).join()).containsOnlyKeys(first);

        Outcomes<String, Void> deleted =
                admin.deleteGroups(List.of(group, cluster.name("nobody"))).join();
        assertThat(deleted.succeeded()).containsExactly(group);
        assertThat(deleted.failures().get(cluster.name("nobody")).error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        GroupDescription gone =
                admin.describeGroups(List.of(group)).join().orThrow().get(group);
        assertThat(gone.exists()).isFalse();
        assertThat(admin.listGroupOffsets(group).join()).isEmpty();
    }

    @Test
    void describesLogDirectoriesAndWhatBrokersAnswer() {
        TopicPartition partition = new TopicPartition(topic("measured", 1, 10), 0);
        int leader = admin.describeTopics(List.of(partition.topic()))
                .join()
                .get(partition.topic())
                .partitions()
                .get(0)
                .leaderId();
        LogDir dir = admin.describeLogDirs(List.of(leader)).join().orThrow().get(leader).stream()
                .filter(candidate -> candidate.replicas().containsKey(partition))
                .findFirst()
                .orElseThrow();
        assertThat(dir.failure()).isNull();
        assertThat(dir.replicas().get(partition).bytes()).isPositive();
        assertThat(dir.totalBytes()).isGreaterThan(dir.usableBytes());
        assertThat(admin.describeLogDirs().join().orThrow()).containsKey(leader);
        assertThat(admin.describeLogDirs(List.of(12345))
                        .join()
                        .failures()
                        .get(12345)
                        .error())
                .isEqualTo(ErrorCode.BROKER_NOT_AVAILABLE);

        BrokerApis apis = admin.describeApis().join().orThrow().get(leader);
        assertThat(apis.broker().id()).isEqualTo(leader);
        assertThat(apis.apis()).anySatisfy(api -> {
            assertThat(api.id()).isEqualTo(ApiKey.METADATA.id());
            assertThat(api.highestVersion()).isGreaterThanOrEqualTo((short) 12);
        });
    }

    @Test
    void describesProducers() {
        TopicPartition partition = new TopicPartition(topic("produced", 1, 10), 0);
        assertThat(admin.describeProducers(List.of(partition)).join().orThrow().get(partition))
                .singleElement()
                .satisfies(producer -> {
                    assertThat(producer.lastSequence()).isEqualTo(9);
                    assertThat(producer.producerEpoch()).isZero();
                    assertThat(producer.transactionStartOffset()).isEqualTo(-1);
                });
    }

    @Test
    void electsLeadersAndMovesPartitions() {
        assumeTrue(answers(ApiKey.ELECT_LEADERS) && answers(ApiKey.ALTER_PARTITION_REASSIGNMENTS));
        TopicPartition partition = new TopicPartition(topic("moved", 1, 1), 0);
        assertThat(admin.electLeaders(ElectionType.PREFERRED, List.of(partition))
                        .join()
                        .orThrow())
                .isEqualTo(Map.of(partition, false));
        assertThat(admin.electLeaders(ElectionType.PREFERRED).join().failures()).isEmpty();
        TopicPartition missing = new TopicPartition(partition.topic(), 7);
        assertThat(admin.electLeaders(ElectionType.UNCLEAN, List.of(missing))
                        .join()
                        .failures()
                        .get(missing)
                        .error())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);

        assertThat(admin.listReassignments(List.of(partition)).join()).isEmpty();
        assertThat(admin.listReassignments().join()).doesNotContainKey(partition);
        assertThat(admin.cancelReassignments(List.of(partition))
                        .join()
                        .failures()
                        .get(partition)
                        .error())
                .isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        assertThat(admin.reassign(Map.of(partition, List.of(12345)))
                        .join()
                        .failures()
                        .get(partition)
                        .error())
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        int leader = admin.describeTopics(List.of(partition.topic()))
                .join()
                .get(partition.topic())
                .partitions()
                .get(0)
                .leaderId();
        assertThat(admin.reassign(Map.of(partition, List.of(leader))).join().failures())
                .isEmpty();
    }

    private static boolean answers(ApiKey key) {
        return admin.describeApis().join().orThrow().get(brokerId).apis().stream()
                .anyMatch(api -> api.id() == key.id());
    }

    private static void assertFails(CompletableFuture<?> future, ErrorCode error) {
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(ClientException.class)
                .extracting(failure -> ((ClientException) failure).error())
                .isEqualTo(error);
    }
}
