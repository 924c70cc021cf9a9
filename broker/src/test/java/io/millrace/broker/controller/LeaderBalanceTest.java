package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.ElectLeaders.Request.TopicPartitions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaderBalanceTest {
    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private TestCluster cluster = new TestCluster();

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void thePreferredReplicaLeadsWhenAsked() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1), 1, List.of(1, 2)));
        bounce(2, "orders", 0);

        assertThat(elect(PREFERRED, "orders", 0, 1, 7))
                .containsEntry(0, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE)
                .containsEntry(1, ErrorCode.ELECTION_NOT_NEEDED)
                .containsEntry(7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);

        cluster.proposeIsr("orders", 0, 1, 2);
        assertThat(elect(PREFERRED, "orders", 0)).containsEntry(0, ErrorCode.NONE);
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(1, 2);
        await("it is told", () -> cluster.leaderToldTo(2, "orders", 0) == 2);
    }

    @Test
    void aRequestForAllNamesOnlyThoseThatNeededIt() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1), 1, List.of(1, 2)));
        bounce(2, "orders", 0);
        cluster.proposeIsr("orders", 0, 1, 2);

        assertThat(elect(PREFERRED, null)).isEqualTo(Map.of(0, ErrorCode.NONE));
    }

    @Test
    void aReplicaThatIsNotInSyncLeadsWhenSomebodyInsists() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        cluster.createTopic("alone", Map.of(0, List.of(2)));
        cluster.proposeIsr("orders", 0, 2);
        cluster.kill(2);
        await("nobody leads", () -> cluster.state("orders", 0).leader() == PartitionState.NO_LEADER);

        assertThat(elect(UNCLEAN, "orders", 0)).containsEntry(0, ErrorCode.NONE);
        assertThat(elect(UNCLEAN, "alone", 0)).containsEntry(0, ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE);
        PartitionState after = cluster.state("orders", 0);
        assertThat(after.leader()).isEqualTo(1);
        assertThat(after.isr()).containsExactly(1);
        assertThat(after.recovering()).isTrue();
        assertThat(elect(UNCLEAN, "orders", 0)).containsEntry(0, ErrorCode.ELECTION_NOT_NEEDED);
    }

    @Test
    void aNodeInZooKeeperIsARequest() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        bounce(2, "orders", 0);
        cluster.proposeIsr("orders", 0, 1, 2);

        requestInZooKeeper("{\"version\":1,\"partitions\":[{\"topic\":\"orders\",\"partition\":0},"
                + "{\"topic\":\"never-was\",\"partition\":0}]}");

        await("it leads", () -> cluster.state("orders", 0).leader() == 2);
        await("the request is gone", () -> cluster.znodes().read("/admin/preferred_replica_election") == null);

        requestInZooKeeper("nonsense");
        await("that is gone, too", () -> cluster.znodes().read("/admin/preferred_replica_election") == null);
    }

    @Test
    void aNextControllerDoesWhatWasAskedOfTheLast() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        bounce(2, "orders", 0);
        cluster.proposeIsr("orders", 0, 1, 2);
        cluster.kill(1);
        cluster.controller();
        await("2 leads alone", () -> cluster.state("orders", 0).leader() == 2);
        cluster.createTopic("more", Map.of(0, List.of(2)));
        cluster.kill(2);
        requestInZooKeeper("{\"version\":1,\"partitions\":[{\"topic\":\"orders\",\"partition\":0}]}");

        cluster.start(2);

        await("the request is gone", () -> cluster.znodes().read("/admin/preferred_replica_election") == null);
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
    }

    @Test
    void leadershipGoesBackByItselfWhereTooMuchOfItIsElsewhere() {
        cluster.close();
        cluster = new TestCluster(new LeaderRebalanceConfig(true, 50, 10));
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1), 1, List.of(2, 1)));
        bounce(2, "orders", 0);

        cluster.proposeIsr("orders", 0, 1, 2);
        cluster.proposeIsr("orders", 1, 1, 2);

        await(
                "the preferred replica leads",
                () -> cluster.state("orders", 0).leader() == 2
                        && cluster.state("orders", 1).leader() == 2);
    }

    /** Takes a broker away and back, so that another leads. */
    private void bounce(int id, String topic, int partition) {
        cluster.kill(id);
        await("another leads", () -> cluster.state(topic, partition).leader() != id);
        cluster.start(id);
        await(
                "it is back",
                () -> cluster.brokers.get(id).snapshot().broker(id) != null
                        && cluster.brokers.get(cluster.controller().id()).snapshot().brokers().stream()
                                .anyMatch(broker -> broker.id() == id));
    }

    private void requestInZooKeeper(String json) {
        cluster.znodes().commit(List.of(new ZnodeOp.Create("/admin/preferred_replica_election", json.getBytes(UTF_8))));
    }

    private Map<Integer, ErrorCode> elect(byte type, @Nullable String topic, int... partitions) {
        ElectLeaders.Request request = new ElectLeaders.Request();
        request.electionType = type;
        request.topicPartitions = null;
        if (topic != null) {
            TopicPartitions asked = new TopicPartitions();
            asked.topic = topic;
            asked.partitions = partitions;
            request.topicPartitions = List.of(asked);
        }
        ElectLeaders.Response response = cluster.controller()
                .controller()
                .partitionAdmin()
                .electLeaders(request)
                .join();
        Map<Integer, ErrorCode> errors = new TreeMap<>();
        response.replicaElectionResults.forEach(ofTopic -> ofTopic.partitionResult.forEach(
                result -> errors.put(result.partitionId, ErrorCode.of(result.errorCode))));
        return errors;
    }
}
