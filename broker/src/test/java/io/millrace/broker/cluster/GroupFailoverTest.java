package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker that coordinates a group is killed in the middle of rebalances and commits: the group goes on at another one, no
 * committed offset is lost or goes back, and no partition has two owners in one generation. {@code -Dmillrace.group.failovers=N} does
 * it N times over.
 */
class GroupFailoverTest {
    private static final String TOPIC = "work";
    private static final String GROUP = "workers";
    private static final int PARTITIONS = 6;
    private static final int ROUNDS = Integer.getInteger("millrace.group.failovers", 1);
    private static final int SENT_A_ROUND = 300;
    private static final int ASK_LIMIT_S = 15;

    @TempDir
    Path dir;

    @Test
    void aGroupOutlivesItsCoordinators() throws Exception {
        GroupLedger ledger = new GroupLedger();
        List<GroupWorker> workers = new ArrayList<>();
        try (ProcessCluster cluster = ProcessCluster.millrace(
                                dir, Map.of("min.insync.replicas", "2", "offsets.topic.replication.factor", "3"))
                        .start();
                ClusterView work = new ClusterView(cluster.bootstrap(), TOPIC);
                ClusterView offsets = new ClusterView(cluster.bootstrap(), "__consumer_offsets");
                Admin admin = Admin.create(Map.of(
                        "bootstrap.servers", cluster.bootstrap(),
                        "request.timeout.ms", "5000",
                        "default.api.timeout.ms", "10000"));
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap(), "delivery.timeout.ms", "120000"),
                        new StringSerializer(),
                        new StringSerializer())) {
            work.createTopic(PARTITIONS, Map.of());
            for (int i = 0; i < 3; i++) {
                // One goes by a name, which the next coordinator has to know it by.
                String instanceId = i == 0 ? "named" : null;
                workers.add(new GroupWorker(cluster.bootstrap(), GROUP, TOPIC, assignor(), instanceId, ledger));
            }
            send(producer, ledger);
            awaitOwners(workers);

            for (int round = 0; round < ROUNDS; round++) {
                offsets.awaitInSync();
                int coordinator = coordinator(admin);
                send(producer, ledger);
                // A member that has just come makes the others join again.
                GroupWorker passing = new GroupWorker(cluster.bootstrap(), GROUP, TOPIC, assignor(), null, ledger);
                workers.add(passing);
                Map<TopicPartition, Long> committedBefore = ledger.committed();
                long killedNs = System.nanoTime();
                cluster.broker(coordinator).kill();
                Await.await("a commit is taken after the kill", () -> ledger.lastCommitNs() > killedNs);
                long resumedMs = TimeUnit.NANOSECONDS.toMillis(ledger.lastCommitNs() - killedNs);
                Await.await("another broker coordinates", () -> answered(() -> coordinator(admin) != coordinator));
                assertNothingLost(admin, committedBefore);

                send(producer, ledger);
                awaitOwners(workers);
                workers.remove(passing);
                passing.close();
                awaitOwners(workers);
                System.out.println("Round " + round + ": broker " + coordinator
                        + " coordinated and was killed; a commit was seen after " + resumedMs + " ms");
                cluster.broker(coordinator).launch();
                cluster.broker(coordinator).awaitListening();
                work.awaitInSync();
            }
            Await.await("all records have been read", ledger::isComplete);
            for (GroupWorker worker : workers) {
                worker.close();
            }
            assertNothingLost(admin, ledger.committed());
            assertThat(ledger.faults()).isEmpty();
        } finally {
            workers.forEach(GroupWorker::close);
        }
    }

    /** Both kinds at once is what a group goes through when it is moved from eager to cooperative rebalances. */
    private static List<String> assignor() {
        return List.of(CooperativeStickyAssignor.class.getName(), RangeAssignor.class.getName());
    }

    private static void send(KafkaProducer<String, String> producer, GroupLedger ledger) {
        for (int i = 0; i < SENT_A_ROUND; i++) {
            String value = ledger.newValue();
            producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, "key", value));
        }
    }

    private static void awaitOwners(List<GroupWorker> workers) {
        Await.await("every partition has one owner", () -> {
            List<TopicPartition> owned = new ArrayList<>();
            workers.forEach(worker -> owned.addAll(worker.owned()));
            return workers.stream().noneMatch(worker -> worker.owned().isEmpty())
                    && owned.size() == PARTITIONS
                    && new HashSet<>(owned).size() == PARTITIONS;
        });
    }

    private static int coordinator(Admin admin) throws Exception {
        ConsumerGroupDescription group = admin.describeConsumerGroups(Set.of(GROUP))
                .all()
                .get(ASK_LIMIT_S, TimeUnit.SECONDS)
                .get(GROUP);
        return group.coordinator().id();
    }

    private static void assertNothingLost(Admin admin, Map<TopicPartition, Long> atLeast) {
        Map<TopicPartition, Long> stored = new HashMap<>();
        Await.await(
                "the committed offsets can be read",
                () -> answered(() -> {
                    Map<TopicPartition, OffsetAndMetadata> found = admin.listConsumerGroupOffsets(GROUP)
                            .partitionsToOffsetAndMetadata()
                            .get(ASK_LIMIT_S, TimeUnit.SECONDS);
                    found.forEach((partition, offset) -> stored.put(partition, offset.offset()));
                    return true;
                }));
        atLeast.forEach((partition, offset) -> assertThat(stored.getOrDefault(partition, -1L))
                .as("offset committed for %s", partition)
                .isGreaterThanOrEqualTo(offset));
    }

    private interface Question {
        boolean holds() throws Exception;
    }

    /** False as long as nobody answers, as happens while a broker that is gone has not been missed yet. */
    private static boolean answered(Question question) throws Exception {
        try {
            return question.holds();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }
}
