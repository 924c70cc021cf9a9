package io.millrace.broker.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;

/** The cluster as an admin client sees it. Asks until it gets an answer, since brokers come and go meanwhile. */
final class ClusterView implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(240);
    private static final int ASK_LIMIT_S = 15;
    private static final int PAUSE_MS = 50;

    private final Admin admin;
    private final String bootstrap;
    private final String topic;

    ClusterView(String bootstrap, String topic) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.admin = Admin.create(Map.of(
                "bootstrap.servers", bootstrap,
                "request.timeout.ms", "5000",
                "default.api.timeout.ms", "10000",
                "reconnect.backoff.max.ms", "200"));
    }

    void createTopic(int partitions, Map<String, String> configs) throws Exception {
        awaitBrokers();
        // Asked again after a timeout, it would hear that the topic exists.
        Map<String, Object> patient = Map.of(
                "bootstrap.servers", bootstrap, "request.timeout.ms", "240000", "default.api.timeout.ms", "240000");
        try (Admin creating = Admin.create(patient)) {
            NewTopic wanted = new NewTopic(topic, partitions, (short) ProcessCluster.BROKERS).configs(configs);
            creating.createTopics(List.of(wanted)).all().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    void awaitBrokers() throws InterruptedException {
        await(
                "all brokers are in the cluster",
                () -> admin.describeCluster()
                                .nodes()
                                .get(ASK_LIMIT_S, TimeUnit.SECONDS)
                                .size()
                        == ProcessCluster.BROKERS);
    }

    /** Waits until every replica of the topic is in sync. */
    void awaitInSync() throws InterruptedException {
        await(
                "every replica is in sync",
                () -> partitions().stream()
                        .allMatch(each -> each.leader() != null && each.isr().size() == ProcessCluster.BROKERS));
    }

    /** Waits until every partition has a leader that is not {@code gone}. */
    void awaitLed(int gone) throws InterruptedException {
        await(
                "every partition is led by another broker than " + gone,
                () -> partitions().stream()
                        .allMatch(each -> each.leader() != null && each.leader().id() != gone));
    }

    /** The broker that leads a partition, once there is one. */
    int leader(int partition) throws InterruptedException {
        int[] leader = {-1};
        await("partition " + partition + " has a leader", () -> {
            TopicPartitionInfo info = partitions().get(partition);
            leader[0] = info.leader() == null ? -1 : info.leader().id();
            return leader[0] >= 0;
        });
        return leader[0];
    }

    private List<TopicPartitionInfo> partitions() throws Exception {
        TopicDescription description = admin.describeTopics(Set.of(topic))
                .allTopicNames()
                .get(ASK_LIMIT_S, TimeUnit.SECONDS)
                .get(topic);
        return description.partitions();
    }

    private interface Question {
        boolean holds() throws Exception;
    }

    private static void await(String what, Question question) throws InterruptedException {
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        Exception last = null;
        while (System.nanoTime() < deadlineNs) {
            try {
                if (question.holds()) {
                    return;
                }
                last = null;
            } catch (ExecutionException | TimeoutException e) {
                last = e;
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError("while waiting until " + what, e);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
        }
        throw new AssertionError("after " + LIMIT + " it is not so that " + what, last);
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
