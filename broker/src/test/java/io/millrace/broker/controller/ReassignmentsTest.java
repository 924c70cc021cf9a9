package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignableTopic;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.ListPartitionReassignments;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReassignmentsTest {
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

    private final TestCluster cluster = new TestCluster();

    @BeforeEach
    void start() {
        cluster.startAll(4);
        cluster.createTopic("orders", Map.of(0, List.of(1, 2)));
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void movesAPartitionOnceTheNewReplicasAreInSync() {
        assertThat(reassign(4, 3)).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.assignment("orders", 0))
                .isEqualTo(new ReplicaAssignment(List.of(4, 3, 1, 2), List.of(4, 3), List.of(1, 2)));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(1);
        assertThat(cluster.state("orders", 0).leaderEpoch())
                .as("the leader is told")
                .isEqualTo(1);
        await(
                "the new ones begin",
                () -> cluster.brokers.get(3).fresh.contains(PARTITION)
                        && cluster.brokers.get(4).fresh.contains(PARTITION));
        assertThat(ongoing()).isEqualTo("orders-0 replicas=[4, 3, 1, 2] adding=[4, 3] removing=[1, 2]");

        cluster.proposeIsr("orders", 0, 1, 2, 3);
        assertThat(cluster.assignment("orders", 0).isBeingReassigned())
                .as("one is not in sync yet")
                .isTrue();
        cluster.proposeIsr("orders", 0, 1, 2, 3, 4);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(4, 3)));
        PartitionState after = cluster.state("orders", 0);
        assertThat(after.leader()).isEqualTo(4);
        assertThat(after.isr()).containsExactlyInAnyOrder(3, 4);
        assertThat(after.leaderEpoch()).isEqualTo(2);
        for (int former : List.of(1, 2)) {
            await(
                    "broker " + former + " has dropped it",
                    () -> cluster.brokers.get(former).deleted.contains(PARTITION));
            assertThat(cluster.brokers.get(former).stopped.get(PARTITION).leaderEpoch)
                    .isEqualTo(after.leaderEpoch());
        }
        await("the next leader is told", () -> cluster.leaderToldTo(4, "orders", 0) == 4);
        assertThat(cluster.brokers.get(3).deleted).isEmpty();
        assertThat(ongoing()).isEmpty();
    }

    /** It may lie in a directory that failed before it was looked into, and is not to be replaced by an empty one. */
    @Test
    void aReplicaOnItsWayInIsNoLongerNewOnceItIsInSync() {
        reassign(4, 3);
        cluster.proposeIsr("orders", 0, 1, 2, 3);
        await("it begins", () -> cluster.brokers.get(3).fresh.contains(PARTITION));

        cluster.kill(1);
        await("the next leader is told", () -> cluster.leaderToldTo(3, "orders", 0) != 1);
        await("to all", () -> cluster.leaderToldTo(4, "orders", 0) != 1);

        assertThat(cluster.brokers.get(3).replicas.get(PARTITION).isNew)
                .as("in sync")
                .isFalse();
        assertThat(cluster.brokers.get(4).replicas.get(PARTITION).isNew)
                .as("not in sync yet")
                .isTrue();
    }

    /** A broker that begins takes the first part it hears of for all there is, and says to clients that the rest is not there. */
    @Test
    void aNewControllerTellsEverythingBeforeItEndsAMove() {
        reassign(4, 3);
        // As a leader does where the controller ends before it looks.
        PartitionState inSync = cluster.state("orders", 0).withIsr(List.of(1, 2, 3, 4), false);
        cluster.znodes().commit(List.of(PartitionStateStore.replace(PARTITION, inSync)));

        cluster.kill(1);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        for (int broker : List.of(2, 3, 4)) {
            List<String> news = cluster.brokers.get(broker).metadataNews;
            await("it is told", () -> news.stream().anyMatch(told -> told.startsWith("epoch 2 ")));
            assertThat(news.stream().filter(told -> told.startsWith("epoch 2 ")))
                    .as("to broker %d", broker)
                    .first()
                    .isEqualTo("epoch 2 type 2");
        }
    }

    @Test
    void keepsTheLeaderThatStays() {
        reassign(3, 1);
        cluster.proposeIsr("orders", 0, 1, 2, 3);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(1);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(1, 3);
    }

    @Test
    void changesTheOrderAtOnce() {
        assertThat(reassign(2, 1)).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(2, 1)));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(1);
        assertThat(ongoing()).isEmpty();
    }

    @Test
    void goesBackWhenItIsCancelled() {
        assertThat(reassign((int[]) null)).isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        reassign(1, 3, 4);
        cluster.proposeIsr("orders", 0, 1, 2, 3);

        assertThat(reassign((int[]) null)).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(1, 2)));
        assertThat(cluster.state("orders", 0).isr()).containsExactly(1, 2);
        await(
                "the new ones go",
                () -> cluster.brokers.get(3).deleted.contains(PARTITION)
                        && cluster.brokers.get(4).deleted.contains(PARTITION));
        assertThat(cluster.brokers.get(2).deleted).isEmpty();
    }

    @Test
    void changesItsMindOnTheWay() {
        reassign(3, 2);
        assertThat(reassign(4, 2)).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.assignment("orders", 0))
                .isEqualTo(new ReplicaAssignment(List.of(4, 2, 1), List.of(4), List.of(1)));
        await("the first choice goes", () -> cluster.brokers.get(3).deleted.contains(PARTITION));
    }

    @Test
    void refusesWhatCannotBe() {
        assertThat(reassign()).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(1, 1)).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(1, -2)).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(1, 9)).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(alter("never-was", 1, 2)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(1, 2)));
    }

    @Test
    void keepsTheOnlyReplicasThatAreInSync() {
        reassign(3, 4);
        cluster.proposeIsr("orders", 0, 1, 2, 3);
        cluster.kill(1);
        await("another is the controller", () -> cluster.controller().id() != 1);
        cluster.kill(2);
        await("3 leads alone", () -> {
            PartitionState now = cluster.state("orders", 0);
            return now.leader() == 3 && now.isr().equals(List.of(3));
        });
        PartitionState before = cluster.state("orders", 0);

        assertThat(reassign((int[]) null)).as("taken back").isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(4)).as("changed").isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        cluster.znodes()
                .commit(List.of(new ZnodeOp.Create(
                        "/admin/reassign_partitions",
                        "{\"version\":1,\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"replicas\":[4,2]}]}"
                                .getBytes(UTF_8))));
        await("the node is dropped", () -> cluster.znodes().read("/admin/reassign_partitions") == null);

        assertThat(cluster.state("orders", 0)).isEqualTo(before);
        assertThat(cluster.assignment("orders", 0).adding()).containsExactly(3, 4);
        assertThat(cluster.brokers.get(3).stopped).isEmpty();

        cluster.start(2);
        await("2 is told", () -> cluster.leaderToldTo(2, "orders", 0) == 3);
        assertThat(cluster.proposeIsr("orders", 0, 3, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(reassign((int[]) null)).as("with one that stays in sync").isEqualTo(ErrorCode.NONE);
        await("3 has dropped it", () -> cluster.brokers.get(3).deleted.contains(PARTITION));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
    }

    @Test
    void whoHasToGoIsToldBeforeItIsForgotten() {
        reassign(3, 4);
        AtomicInteger ends = new AtomicInteger();
        List<Boolean> toldFirst = new CopyOnWriteArrayList<>();
        cluster.onWrite = (ops, write) -> {
            boolean assigns = ops.stream().anyMatch(op -> op.path().equals("/brokers/topics/orders"));
            if (assigns) {
                toldFirst.add(deletedSoon(1) && deletedSoon(2));
            }
            write.run();
            if (assigns && ends.incrementAndGet() == 1) {
                throw new ZkException("the answer to the write is lost", Code.CONNECTIONLOSS, -1, null);
            }
        };
        cluster.propose("orders", 0, 1, 2, 3, 4);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        await("the term has ended", () -> ends.get() == 1);
        await("the next leader is told", () -> cluster.leaderToldTo(3, "orders", 0) == 3);
        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(3, 4)));
        assertThat(toldFirst)
                .as("those who go are told before ZooKeeper forgets them")
                .containsOnly(true);
    }

    @Test
    void whoWasComingIsToldToGoBeforeItIsForgotten() {
        reassign(3, 2);
        List<Boolean> toldFirst = new CopyOnWriteArrayList<>();
        cluster.onWrite = (ops, write) -> {
            if (ops.stream().anyMatch(op -> op.path().equals("/brokers/topics/orders"))) {
                toldFirst.add(deletedSoon(3));
            }
            write.run();
        };

        assertThat(reassign(4, 2)).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.assignment("orders", 0))
                .isEqualTo(new ReplicaAssignment(List.of(4, 2, 1), List.of(4), List.of(1)));
        await("the second one begins", () -> cluster.brokers.get(4).fresh.contains(PARTITION));
        assertThat(toldFirst).as("it is told before ZooKeeper forgets it").containsExactly(true);
    }

    @Test
    void nobodyWhoGoesIsEligible() {
        cluster.minInsyncReplicas = 3;
        reassign(3, 4);
        cluster.proposeIsr("orders", 0, 1, 2, 3, 4);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        assertThat(cluster.state("orders", 0).eligible()).isEmpty();
    }

    @Test
    void anotherControllerGoesOn() {
        reassign(3, 4);
        cluster.kill(1);
        await("another is the controller", () -> cluster.controller().id() != 1);
        await("2 leads", () -> cluster.state("orders", 0).leader() == 2);
        await("the new ones are told again", () -> cluster.leaderToldTo(3, "orders", 0) == 2);

        assertThat(cluster.proposeIsr("orders", 0, 2, 3, 4)).isEqualTo(ErrorCode.NONE);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(3);
        await(
                "the former one has dropped it",
                () -> cluster.brokers.get(2).deleted.contains(PARTITION));
    }

    @Test
    void anotherControllerLetsTheLeaderKnowWhatWasOnlyRecorded() {
        int epochBefore = cluster.state("orders", 0).leaderEpoch();
        AtomicInteger writes = new AtomicInteger();
        cluster.onWrite = (ops, write) -> {
            write.run();
            if (ops.stream().anyMatch(op -> op.path().equals("/brokers/topics/orders"))
                    && writes.incrementAndGet() == 1) {
                throw new ZkException("the answer to the write is lost", Code.CONNECTIONLOSS, -1, null);
            }
        };
        assertThat(reassign(3, 4)).isNotEqualTo(ErrorCode.NONE);
        await("the leader is told of its new followers", () -> {
            LeaderAndIsrPartitionState told = cluster.brokers.get(1).replicas.get(PARTITION);
            return told.replicas.length == 4 && told.leaderEpoch > epochBefore;
        });
        await(
                "the new ones begin",
                () -> cluster.brokers.get(3).fresh.contains(PARTITION)
                        && cluster.brokers.get(4).fresh.contains(PARTITION));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(1);
        assertThat(cluster.proposeIsr("orders", 0, 1, 2, 3, 4)).isEqualTo(ErrorCode.NONE);
        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
    }

    @Test
    void anotherControllerTakesOutWhoIsNoReplicaAnyMore() {
        // As Kafka's controller leaves it when it ends while it takes a move back.
        String state = "{\"controller_epoch\":1,\"leader\":3,\"version\":1,\"leader_epoch\":9,\"isr\":[3,2]}";
        cluster.znodes()
                .commit(List.of(new ZnodeOp.SetData(
                        "/brokers/topics/orders/partitions/0/state", state.getBytes(UTF_8), ZnodeOp.ANY_VERSION)));
        cluster.znodes().commit(List.of(new ZnodeOp.Delete("/controller", ZnodeOp.ANY_VERSION)));

        await("2 leads", () -> cluster.state("orders", 0).leader() == 2);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(2);
    }

    @Test
    void anotherControllerEndsWhatWasDecidedButNotWrittenToTheEnd() {
        reassign(3, 4);
        cluster.kill(1);
        await("another is the controller", () -> cluster.controller().id() != 1);
        await("2 leads", () -> cluster.state("orders", 0).leader() == 2);
        cluster.kill(2);
        await("it is noticed", () -> cluster.state("orders", 0).leader() == PartitionState.NO_LEADER);
        // The state is written, the topic is not: as if the controller had died in between.
        String state = "{\"controller_epoch\":1,\"leader\":3,\"version\":1,\"leader_epoch\":9,\"isr\":[3,4]}";
        cluster.znodes()
                .commit(List.of(new ZnodeOp.SetData(
                        "/brokers/topics/orders/partitions/0/state", state.getBytes(UTF_8), ZnodeOp.ANY_VERSION)));
        // Without the office there is another election, and whoever wins begins with what ZooKeeper says. Nobody
        // dies, because a replica that is missed in between leaves the ISR, and these stand-ins would not catch up.
        cluster.znodes().commit(List.of(new ZnodeOp.Delete("/controller", ZnodeOp.ANY_VERSION)));

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(3, 4)));
    }

    @Test
    void waitsForANewReplicaThatDies() {
        reassign(1, 3);
        cluster.kill(3);
        await("it is gone", () -> cluster.brokers.get(1).snapshot().broker(3) == null);
        assertThat(cluster.assignment("orders", 0).isBeingReassigned()).isTrue();

        cluster.start(3);
        await("it begins again", () -> cluster.brokers.get(3).fresh.contains(PARTITION));
        cluster.proposeIsr("orders", 0, 1, 2, 3);

        await("it is done", () -> !cluster.assignment("orders", 0).isBeingReassigned());
    }

    @Test
    void aNodeInZooKeeperIsARequestAndStaysUntilItIsDone() {
        cluster.createTopic("quick", Map.of(0, List.of(1, 2)));
        cluster.znodes()
                .commit(List.of(new ZnodeOp.Create(
                        "/admin/reassign_partitions",
                        ("{\"version\":1,\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"replicas\":[1,3]},"
                                        + "{\"topic\":\"quick\",\"partition\":0,\"replicas\":[2,1]},"
                                        + "{\"topic\":\"never-was\",\"partition\":0,\"replicas\":[1]}]}")
                                .getBytes(UTF_8))));

        await("it has begun", () -> cluster.assignment("orders", 0).isBeingReassigned());
        await(
                "the order is changed",
                () -> cluster.assignment("quick", 0).replicas().equals(List.of(2, 1)));
        await("what is done or cannot be is gone", () -> {
            String left = new String(
                    cluster.znodes().read("/admin/reassign_partitions").data(), UTF_8);
            return left.contains("orders") && !left.contains("quick") && !left.contains("never-was");
        });
        cluster.proposeIsr("orders", 0, 1, 2, 3);

        await("it is done", () -> cluster.znodes().read("/admin/reassign_partitions") == null);
        assertThat(cluster.assignment("orders", 0)).isEqualTo(ReplicaAssignment.of(List.of(1, 3)));
    }

    @Test
    void aTopicThatIsBeingDeletedIsMovedNoMore() {
        reassign(1, 3);
        await("the new one begins", () -> cluster.brokers.get(3).replicas.containsKey(PARTITION));

        cluster.controller()
                .controller()
                .topicAdmin()
                .deleteTopics(List.of("orders"))
                .join();

        await("the topic is gone", () -> cluster.znodes().read("/brokers/topics/orders") == null);
        for (int id : List.of(1, 2, 3)) {
            assertThat(cluster.brokers.get(id).deleted).as("broker %d", id).contains(PARTITION);
        }
        assertThat(ongoing()).isEmpty();
    }

    /** Whether a broker deletes its replica, for which it gets some time; asked on the controller's thread, so nothing is thrown. */
    private boolean deletedSoon(int broker) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!cluster.brokers.get(broker).deleted.contains(PARTITION)) {
            if (System.nanoTime() > deadlineNs) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return true;
    }

    private ErrorCode reassign(int @Nullable ... replicas) {
        return alter("orders", replicas);
    }

    private ErrorCode alter(String topic, int @Nullable ... replicas) {
        ReassignablePartition partition = new ReassignablePartition();
        partition.replicas = replicas;
        ReassignableTopic ofTopic = new ReassignableTopic();
        ofTopic.name = topic;
        ofTopic.partitions = List.of(partition);
        AlterPartitionReassignments.Request request = new AlterPartitionReassignments.Request();
        request.topics = List.of(ofTopic);
        AlterPartitionReassignments.Response response = cluster.controller()
                .controller()
                .partitionAdmin()
                .alterReassignments(request)
                .join();
        return ErrorCode.of(
                response.responses.isEmpty()
                        ? response.errorCode
                        : response.responses.get(0).partitions.get(0).errorCode);
    }

    private String ongoing() {
        ListPartitionReassignments.Response response = cluster.controller()
                .controller()
                .partitionAdmin()
                .listReassignments(new ListPartitionReassignments.Request())
                .join();
        StringBuilder text = new StringBuilder();
        response.topics.forEach(topic -> topic.partitions.forEach(partition -> text.append(topic.name)
                .append('-')
                .append(partition.partitionIndex)
                .append(" replicas=")
                .append(java.util.Arrays.toString(partition.replicas))
                .append(" adding=")
                .append(java.util.Arrays.toString(partition.addingReplicas))
                .append(" removing=")
                .append(java.util.Arrays.toString(partition.removingReplicas))));
        return text.toString();
    }
}
