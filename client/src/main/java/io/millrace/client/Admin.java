package io.millrace.client;

import io.millrace.client.admin.AdminLink;
import io.millrace.client.admin.BrokerApis;
import io.millrace.client.admin.BrokerCalls;
import io.millrace.client.admin.ClusterDescription;
import io.millrace.client.admin.ConfigCalls;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.admin.ElectionType;
import io.millrace.client.admin.GroupCalls;
import io.millrace.client.admin.GroupDescription;
import io.millrace.client.admin.GroupListing;
import io.millrace.client.admin.ListedOffset;
import io.millrace.client.admin.LogDir;
import io.millrace.client.admin.NewTopic;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.admin.PartitionCalls;
import io.millrace.client.admin.ProducerState;
import io.millrace.client.admin.Reassignment;
import io.millrace.client.admin.ReplicaCalls;
import io.millrace.client.admin.TopicCalls;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.TopicPartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Manages a cluster.
 *
 * <pre>{@code
 * try (Admin admin = Admin.of("localhost:9092")) {
 *     admin.createTopics(List.of(new NewTopic("clicks", 3, 1))).join();
 *     admin.describeGroups(List.of("counters")).join().orThrow().get("counters").members().forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Every method returns at once; its future ends on the event loop, at the latest after {@code default.api.timeout.ms}: it
 * must not be waited for on that thread, that is inside of what is attached to a future. It fails with a
 * {@link ClientException} that carries the error the cluster answered, joined in a
 * {@link java.util.concurrent.CompletionException}. What passes by itself (a controller or coordinator that moves, a leader
 * that is being elected, a connection that breaks) is tried again until then.
 *
 * <p>Of several things asked for together, each is done or not on its own. Where that is worth knowing the answer is an
 * {@link Outcomes}, and the future itself fails only if nothing could be asked; elsewhere it fails with the first failure.
 * Safe for any thread. It runs one daemon thread, named after its client id.
 */
public final class Admin implements AutoCloseable {
    private static final ClientIds CLIENT_IDS = new ClientIds("admin");

    private final BrokerClient client;
    private final TopicCalls topics;
    private final ConfigCalls configs;
    private final GroupCalls groups;
    private final PartitionCalls partitions;
    private final ReplicaCalls replicas;
    private final BrokerCalls brokers;

    /** One with these settings; it connects when it is first asked for something. */
    public Admin(AdminConfig config) {
        String clientId = CLIENT_IDS.orNext(config.clientId());
        client = new BrokerClient(
                clientId, config.cluster(), config.connections().withClientId(clientId));
        AdminLink link = new AdminLink(
                client, config.apiTimeoutMs(), config.connections().requestTimeoutMs());
        topics = new TopicCalls(link);
        configs = new ConfigCalls(link);
        groups = new GroupCalls(link);
        partitions = new PartitionCalls(link);
        replicas = new ReplicaCalls(link);
        brokers = new BrokerCalls(link);
    }

    /** One with the default configuration. */
    public static Admin of(String bootstrapServers) {
        return new Admin(AdminConfig.of(bootstrapServers));
    }

    /** Creates topics. Fails with TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS and so on; topics without an error are created all the same. */
    public CompletableFuture<Void> createTopics(Collection<NewTopic> newTopics) {
        return orFirstFailure(topics.create(newTopics, false));
    }

    /** Says what {@link #createTopics} would, and creates nothing. */
    public CompletableFuture<Void> validateTopics(Collection<NewTopic> newTopics) {
        return orFirstFailure(topics.create(newTopics, true));
    }

    /** Deletes topics with everything in them. Fails with UNKNOWN_TOPIC_OR_PARTITION and so on. */
    public CompletableFuture<Void> deleteTopics(Collection<String> names) {
        return orFirstFailure(topics.delete(names));
    }

    /** Raises the number of partitions of a topic. Fails with INVALID_PARTITIONS if it has as many already. */
    public CompletableFuture<Void> createPartitions(String topic, int totalCount) {
        return orFirstFailure(topics.createPartitions(topic, totalCount, null));
    }

    /**
     * Raises the number of partitions of a topic and places the replicas.
     *
     * @param assignments broker ids of the replicas of each new partition, the preferred leader first
     */
    public CompletableFuture<Void> createPartitions(String topic, int totalCount, List<List<Integer>> assignments) {
        return orFirstFailure(topics.createPartitions(topic, totalCount, assignments));
    }

    /** The names of all topics, those of the cluster's own included. */
    public CompletableFuture<TreeSet<String>> listTopics() {
        return topics.list();
    }

    /** All topics with their partitions, leaders and replicas, by name. */
    public CompletableFuture<Map<String, ClusterSnapshot.TopicInfo>> describeTopics() {
        return topics.describe(null);
    }

    /** Topics with their partitions, leaders and replicas. Fails with UNKNOWN_TOPIC_OR_PARTITION if one does not exist. */
    public CompletableFuture<Map<String, ClusterSnapshot.TopicInfo>> describeTopics(Collection<String> names) {
        return topics.describe(names);
    }

    /** The brokers of the cluster, its id and its controller. */
    public CompletableFuture<ClusterDescription> describeCluster() {
        return brokers.describeCluster();
    }

    /** What every broker answers, by broker id. */
    public CompletableFuture<Outcomes<Integer, BrokerApis>> describeApis() {
        return brokers.apis(null);
    }

    /** What is configured, by resource, with where it comes from. Sensitive values are kept back. */
    public CompletableFuture<Map<ConfigResource, List<ConfigEntry>>> describeConfigs(
            Collection<ConfigResource> resources) {
        return configs.describe(resources, false).thenApply(Outcomes::orThrow);
    }

    /** Like {@link #describeConfigs}, with a text for each key that says what it is for. Needs Kafka 2.6 or later. */
    public CompletableFuture<Map<ConfigResource, List<ConfigEntry>>> explainConfigs(
            Collection<ConfigResource> resources) {
        return configs.describe(resources, true).thenApply(Outcomes::orThrow);
    }

    /** Changes single values of a configuration, all of them or none. */
    public CompletableFuture<Void> alterConfigs(ConfigResource resource, Collection<ConfigChange> changes) {
        return orFirstFailure(configs.alter(Map.of(resource, changes), false));
    }

    /** Changes single values of several configurations; in each all of them or none. */
    public CompletableFuture<Outcomes<ConfigResource, Void>> alterConfigs(
            Map<ConfigResource, ? extends Collection<ConfigChange>> changes) {
        return configs.alter(changes, false);
    }

    /** Says what {@link #alterConfigs} would, and changes nothing. */
    public CompletableFuture<Outcomes<ConfigResource, Void>> validateConfigs(
            Map<ConfigResource, ? extends Collection<ConfigChange>> changes) {
        return configs.alter(changes, true);
    }

    /** All groups, by id. */
    public CompletableFuture<List<GroupListing>> listGroups() {
        return groups.list(Set.of(), Set.of());
    }

    /**
     * Groups in certain states and of certain types, by id.
     *
     * @param states as in {@link GroupListing#state}; empty for any. Needs Kafka 2.6 or later
     * @param types as in {@link GroupListing#type}; empty for any. Needs Kafka 3.8 or later
     */
    public CompletableFuture<List<GroupListing>> listGroups(Collection<String> states, Collection<String> types) {
        return groups.list(states, types);
    }

    /** Groups with their members. One that does not exist is described as {@link GroupDescription#DEAD}. */
    public CompletableFuture<Outcomes<String, GroupDescription>> describeGroups(Collection<String> groupIds) {
        return groups.describe(groupIds);
    }

    /** Deletes groups with their offsets. Fails with NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND and so on. */
    public CompletableFuture<Outcomes<String, Void>> deleteGroups(Collection<String> groupIds) {
        return groups.delete(groupIds);
    }

    /** How far a group has come, in every partition that it has committed an offset of; empty for an unknown group. */
    public CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> listGroupOffsets(String groupId) {
        return groups.offsets(groupId, null);
    }

    /** How far a group has come in these partitions; those that it has committed no offset of are missing. */
    public CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> listGroupOffsets(
            String groupId, Collection<TopicPartition> of) {
        return groups.offsets(groupId, of);
    }

    /** Sets how far a group has come. Fails with UNKNOWN_MEMBER_ID while it has members. Makes the group if there is none. */
    public CompletableFuture<Void> alterGroupOffsets(String groupId, Map<TopicPartition, OffsetAndMetadata> offsets) {
        return groups.alterOffsets(groupId, offsets);
    }

    /** Forgets how far a group has come. Fails with GROUP_SUBSCRIBED_TO_TOPIC while somebody reads there. */
    public CompletableFuture<Outcomes<TopicPartition, Void>> deleteGroupOffsets(
            String groupId, Collection<TopicPartition> of) {
        return groups.deleteOffsets(groupId, of);
    }

    /** Looks offsets up, up to the high watermark. */
    public CompletableFuture<Outcomes<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> specs) {
        return partitions.listOffsets(specs, false);
    }

    /** Like {@link #listOffsets}, up to the first record of a transaction that is still open. */
    public CompletableFuture<Outcomes<TopicPartition, ListedOffset>> listCommittedOffsets(
            Map<TopicPartition, OffsetSpec> specs) {
        return partitions.listOffsets(specs, true);
    }

    /**
     * Deletes records.
     *
     * @param beforeOffsets the first offset of each partition that stays; -1 for the high watermark, so that none does
     * @return ends with the lowest offset that any replica of it has left. Fails with OFFSET_OUT_OF_RANGE and so on
     */
    public CompletableFuture<Outcomes<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> beforeOffsets) {
        return partitions.deleteRecords(beforeOffsets);
    }

    /** The idempotent and transactional producers that the leaders of these partitions remember. */
    public CompletableFuture<Outcomes<TopicPartition, List<ProducerState>>> describeProducers(
            Collection<TopicPartition> of) {
        return partitions.producers(of);
    }

    /** The log directories of all brokers, by broker id. */
    public CompletableFuture<Outcomes<Integer, List<LogDir>>> describeLogDirs() {
        return brokers.logDirs(null, null);
    }

    /** The log directories of some brokers, by broker id. */
    public CompletableFuture<Outcomes<Integer, List<LogDir>>> describeLogDirs(Collection<Integer> brokerIds) {
        return brokers.logDirs(brokerIds, null);
    }

    /**
     * Elects leaders of all partitions that need it.
     *
     * @return ends with those that did: true if a leader was elected
     */
    public CompletableFuture<Outcomes<TopicPartition, Boolean>> electLeaders(ElectionType type) {
        return replicas.elect(type, null);
    }

    /**
     * Elects leaders.
     *
     * @return ends with true if a leader was elected, with false if there was no need to. Fails with
     *     PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE and so on
     */
    public CompletableFuture<Outcomes<TopicPartition, Boolean>> electLeaders(
            ElectionType type, Collection<TopicPartition> of) {
        return replicas.elect(type, of);
    }

    /**
     * Starts moving partitions; {@link #listReassignments} tells how long it goes on. What moves already takes the new course.
     *
     * @param targets broker ids of the replicas that each is to have, the preferred leader first
     */
    public CompletableFuture<Outcomes<TopicPartition, Void>> reassign(Map<TopicPartition, List<Integer>> targets) {
        return replicas.reassign(targets, List.of());
    }

    /** Takes partitions back to where they were. Fails with NO_REASSIGNMENT_IN_PROGRESS for one that does not move. */
    public CompletableFuture<Outcomes<TopicPartition, Void>> cancelReassignments(Collection<TopicPartition> of) {
        return replicas.reassign(Map.of(), of);
    }

    /** All partitions that move. */
    public CompletableFuture<Map<TopicPartition, Reassignment>> listReassignments() {
        return replicas.reassignments(null);
    }

    /** Those of these partitions that move. */
    public CompletableFuture<Map<TopicPartition, Reassignment>> listReassignments(Collection<TopicPartition> of) {
        return replicas.reassignments(of);
    }

    private static CompletableFuture<Void> orFirstFailure(CompletableFuture<? extends Outcomes<?, Void>> outcomes) {
        return outcomes.thenAccept(Outcomes::orThrow);
    }

    @Override
    public void close() {
        client.close();
    }
}
