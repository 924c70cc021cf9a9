package io.millrace.bench.rig;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;

/** Creates topics with the stock client, connected once, and waits until they can be used. */
final class Topics implements AutoCloseable {
    private static final int REQUEST_TIMEOUT_MS = 300_000;

    /** How long replicas may bring nothing new before what is missing is taken for lost. */
    private static final Duration REPLICATION_PATIENCE = Duration.ofSeconds(5);

    private final Cluster cluster;
    private final Admin admin;

    Topics(Cluster cluster) {
        this.cluster = cluster;
        admin = admin(cluster);
    }

    /** Creates a topic and waits for its leaders and, of several replicas, for all to be in sync. */
    static void create(Cluster cluster, String topic, int partitions, int replicas)
            throws InterruptedException, ExecutionException {
        try (Topics topics = new Topics(cluster)) {
            topics.create(topic, partitions, replicas);
        }
    }

    /** Creates a topic with one partition that is led by the first of these brokers. */
    static void createOn(Cluster cluster, String topic, List<Integer> brokers)
            throws InterruptedException, ExecutionException {
        try (Topics topics = new Topics(cluster)) {
            topics.create(new NewTopic(topic, Map.of(0, brokers)), 1, brokers.size());
        }
    }

    /** Likewise, and connects only if it is the first. */
    void create(String topic, int partitions, int replicas) throws InterruptedException, ExecutionException {
        create(new NewTopic(topic, partitions, (short) replicas), partitions, replicas);
    }

    /** Which broker is the controller, once there are all brokers and one of them is. */
    static int controller(Cluster cluster) throws InterruptedException, ExecutionException {
        try (Topics topics = new Topics(cluster)) {
            topics.awaitBrokers();
            while (true) {
                Node controller = topics.admin.describeCluster().controller().get();
                if (controller != null && !controller.isEmpty()) {
                    return controller.id();
                }
                Thread.sleep(50);
            }
        }
    }

    private void awaitBrokers() throws InterruptedException, ExecutionException {
        while (admin.describeCluster().nodes().get().size() < cluster.brokers().size()) {
            Thread.sleep(50);
        }
    }

    private void create(NewTopic topic, int partitions, int replicas) throws InterruptedException, ExecutionException {
        if (replicas > 1) {
            topic.configs(Map.of(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "2"));
        }
        awaitBrokers();
        admin.createTopics(List.of(topic)).all().get();
        while (!isReady(admin, topic.name(), partitions, replicas)) {
            Thread.sleep(10);
        }
    }

    /**
     * Waits until all replicas in sync have so many records of a topic, or have got no more for a while: with acks=0 some may have been
     * lost.
     *
     * @return how many they have
     */
    long awaitReplicated(String topic, int partitions, long records) throws InterruptedException, ExecutionException {
        long known = -1;
        long changedNs = System.nanoTime();
        while (known < records && System.nanoTime() - changedNs < REPLICATION_PATIENCE.toNanos()) {
            Thread.sleep(10);
            long found = ends(topic, partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (found != known) {
                known = found;
                changedNs = System.nanoTime();
            }
        }
        return known;
    }

    /** Behind the last record of each partition that all its replicas in sync have. */
    Map<TopicPartition, Long> ends(String topic, int partitions) throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetSpec> latest = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(
                        partition -> new TopicPartition(topic, partition), partition -> OffsetSpec.latest()));
        return admin.listOffsets(latest).all().get().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, end -> end.getValue().offset()));
    }

    private static boolean isReady(Admin admin, String topic, int partitions, int replicas)
            throws InterruptedException {
        try {
            TopicDescription found =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return found.partitions().size() == partitions
                    && found.partitions().stream()
                            .allMatch(partition -> Optional.ofNullable(partition.leader())
                                            .filter(leader -> !leader.isEmpty())
                                            .isPresent()
                                    && partition.isr().size() == replicas);
        } catch (ExecutionException e) {
            // A broker that has not heard of it yet.
            return false;
        }
    }

    private static Admin admin(Cluster cluster) {
        return Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                REQUEST_TIMEOUT_MS,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                REQUEST_TIMEOUT_MS,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                100));
    }

    @Override
    public void close() {
        admin.close();
    }
}
