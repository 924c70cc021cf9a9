package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.LogLines;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ElectLeaders;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rule 17: a broker whose machine went down does not lead before those who have lost nothing. */
class LossTest {
    private final TestCluster cluster = new TestCluster();

    @BeforeEach
    void start() {
        cluster.minInsyncReplicas = 2;
        cluster.startAll(3);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void theLastReplicaInSyncDoesNotTakeTheOthersAlong() {
        PartitionState alone = aloneInSync();
        assertThat(alone.eligible()).containsExactlyInAnyOrder(1, 3);

        cluster.start(2, null, true);

        await("another one leads", () -> cluster.state("orders", 0).leader() == 1);
        PartitionState now = cluster.state("orders", 0);
        assertThat(now.isr()).containsExactly(1);
        assertThat(now.eligible()).containsExactly(3);
        assertThat(now.recovering()).isFalse();
        await("its registration is like any other", () -> !registration().contains("may_have_lost"));
    }

    @Test
    void theLastReplicaInSyncLeadsAgainIfItHasLostNothing() {
        aloneInSync();
        cluster.start(2);
        await("it leads", () -> cluster.state("orders", 0).leader() == 2);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(2);
        assertThat(cluster.state("orders", 0).eligible()).containsExactlyInAnyOrder(1, 3);
        assertThat(cluster.proposeIsr("orders", 0, 2, 1)).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.state("orders", 0).eligible())
                .as("enough are in sync, so that records are committed without 3")
                .isEmpty();
    }

    @Test
    void aLaterControllerDoesNotTakeItForOneThatHasJustCome() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3)));
        cluster.kill(2);
        await("it has left", () -> cluster.state("orders", 0).isr().equals(List.of(1, 3)));
        cluster.start(2, null, true);
        await(
                "it is known",
                () -> !registration().contains("may_have_lost")
                        && !registration().isEmpty());
        assertThat(cluster.proposeIsr("orders", 0, 1, 3, 2)).isEqualTo(ErrorCode.NONE);
        cluster.kill(1);
        await("another one is the controller", () -> cluster.state("orders", 0).leader() > 1);
        assertThat(cluster.state("orders", 0).isr()).containsExactlyInAnyOrder(2, 3);
    }

    @Test
    void aSessionThatEndsIsNoLoss() {
        cluster.kill(2);
        TestCluster.Member second = cluster.start(2, null, true);
        await(
                "it is known",
                () -> !registration().contains("may_have_lost")
                        && !registration().isEmpty());
        cluster.createTopic("orders", Map.of(0, List.of(2, 3)));
        cluster.kill(3);
        await("2 is alone in sync", () -> cluster.state("orders", 0).isr().equals(List.of(2)));
        assertThat(cluster.state("orders", 0).eligible()).containsExactly(3);
        long epochBefore = second.presence().epoch();
        await(
                "it is told of the cluster",
                () -> cluster.brokers.get(2).snapshot().broker(1) != null);

        cluster.zooKeeper.expire(second.session().znodes().sessionId());

        await("it is registered again", () -> second.presence().epoch() > epochBefore);
        await(
                "it is told again",
                () -> cluster.brokers
                        .get(2)
                        .brokerEpochs
                        .contains(second.presence().epoch()));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(2);
    }

    @Test
    void whoWasEligibleIsNotAnyMoreOnceRecordsMayHaveBeenCommittedAlone() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3)));
        assertThat(cluster.proposeIsr("orders", 0, 2)).isEqualTo(ErrorCode.NONE);
        PartitionState before = cluster.state("orders", 0);
        assertThat(before.eligible()).containsExactlyInAnyOrder(1, 3);

        cluster.minInsyncReplicas = 1;
        cluster.controller().controller().onMinInsyncReplicas("orders");
        await("it is noted", () -> cluster.state("orders", 0).eligible().isEmpty());
        await(
                "the leader knows the version",
                () -> cluster.brokers.get(2).replicas.get(new TopicPartition("orders", 0)).partitionEpoch
                        > before.version());
        cluster.minInsyncReplicas = 2;
        cluster.controller().controller().onMinInsyncReplicas("orders");
        cluster.kill(2);
        await("nobody leads", () -> cluster.state("orders", 0).leader() == PartitionState.NO_LEADER);
        cluster.start(2, null, true);

        await("2 leads again", () -> cluster.state("orders", 0).leader() == 2);
        assertThat(cluster.state("orders", 0).leaderEpoch()).isEqualTo(before.leaderEpoch() + 2);
    }

    @Test
    void aLaterControllerKnowsThatToo() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3)));
        assertThat(cluster.proposeIsr("orders", 0, 2)).isEqualTo(ErrorCode.NONE);
        cluster.minInsyncReplicas = 1;
        cluster.znodes().commit(List.of(new ZnodeOp.Delete("/controller", ZnodeOp.ANY_VERSION)));
        await("it is noted", () -> cluster.state("orders", 0).eligible().isEmpty());
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
    }

    @Test
    void whereAllHaveLostTheirPowerAndOneStaysAwayAnUncleanElectionIsTheWayOut() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3)));
        List.of(1, 2, 3).forEach(cluster::kill);
        await("all are gone", () -> cluster.znodes().children("/brokers/ids").isEmpty());
        String state = "{\"controller_epoch\":1,\"leader\":2,\"version\":1,\"leader_epoch\":7,\"isr\":[2,1,3]}";
        cluster.znodes()
                .commit(List.of(new ZnodeOp.SetData(
                        "/brokers/topics/orders/partitions/0/state", state.getBytes(UTF_8), ZnodeOp.ANY_VERSION)));
        try (LogLines log = new LogLines(PartitionElections.class)) {
            cluster.start(1, null, true);
            cluster.start(2, null, true);
            await("it waits for 3", () -> cluster.state("orders", 0).isr().equals(List.of(3)));
            assertThat(cluster.state("orders", 0).leader()).isEqualTo(PartitionState.NO_LEADER);
            await(
                    "it says so",
                    () -> log.lines().stream()
                            .anyMatch(line -> line.startsWith("WARN")
                                    && line.contains("orders-0 among them, wait for one of the brokers [3]")
                                    && line.contains("UNCLEAN")));
        }

        ElectLeaders.Request request = new ElectLeaders.Request();
        request.electionType = 1;
        request.topicPartitions = null;
        cluster.controller().controller().partitionAdmin().electLeaders(request).join();
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(2);
    }

    /** Broker 2 leads and is alone in sync, and dies. */
    private PartitionState aloneInSync() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3)));
        assertThat(cluster.proposeIsr("orders", 0, 2)).isEqualTo(ErrorCode.NONE);
        cluster.kill(2);
        await("nobody leads", () -> cluster.state("orders", 0).leader() == PartitionState.NO_LEADER);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(2);
        return cluster.state("orders", 0);
    }

    private String registration() {
        var node = cluster.znodes().read("/brokers/ids/2");
        return node == null ? "" : new String(node.data(), UTF_8);
    }
}
