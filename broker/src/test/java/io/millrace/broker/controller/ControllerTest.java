package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.controller.TestCluster.Member;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.broker.zk.JsonTree;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.Znode;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControllerTest {
    private final TestCluster cluster = new TestCluster();

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void createsATopicWithTheNodesThatKafkaWrites() {
        cluster.start(1);
        CreatedTopic created = create(new NewTopic("orders", 2, 1, Map.of("retention.ms", "3600000")));

        awaitLeader(1, "orders", 1);
        assertThat(created.error()).isEqualTo(ApiError.NONE);
        assertJson(
                "/brokers/topics/orders",
                "{\"partitions\":{\"0\":[1],\"1\":[1]},\"topic_id\":\"" + created.id()
                        + "\",\"adding_replicas\":{},\"removing_replicas\":{},\"version\":3}");
        assertJson("/config/topics/orders", "{\"version\":1,\"config\":{\"retention.ms\":\"3600000\"}}");
        assertThat(cluster.znodes().read("/brokers/topics/orders/partitions").data())
                .isEmpty();
        assertThat(cluster.znodes().read("/brokers/topics/orders/partitions/0").data())
                .isEmpty();
        assertJson(
                "/brokers/topics/orders/partitions/1/state",
                "{\"controller_epoch\":1,\"leader\":1,\"version\":1,\"leader_epoch\":0,\"isr\":[1]}");
        assertThat(cluster.znodes()
                        .read("/brokers/topics/orders/partitions/1/state")
                        .version())
                .isZero();
    }

    @Test
    void keepsConfigsWithoutWhatMeansNothing() {
        cluster.start(1);
        String padded = "1" + "\u0001".repeat(32_000);
        Map<String, String> configs = Map.of("retention.ms", padded, "cleanup.policy", "delete, compact,delete");

        assertThat(create(new NewTopic("orders", 1, 1, configs)).error()).isEqualTo(ApiError.NONE);

        assertJson(
                "/config/topics/orders",
                "{\"version\":1,\"config\":{\"cleanup.policy\":\"delete,compact\",\"retention.ms\":\"1\"}}");
    }

    @Test
    void tellsTheBrokerOfNewPartitionsAndWhoTheyAreFor() {
        Member member = cluster.start(1);
        CreatedTopic created = create(new NewTopic("orders", 1, 1, Map.of()));
        awaitLeader(1, "orders", 0);

        FakeBroker broker = cluster.brokers.get(1);
        assertThat(broker.fresh).containsExactly(new TopicPartition("orders", 0));
        assertThat(broker.replicas.get(new TopicPartition("orders", 0)).leader).isEqualTo(1);
        assertThat(broker.brokerEpochs).containsOnly(member.presence().epoch());
        assertThat(broker.snapshot().topicId("orders")).isEqualTo(created.id());
        assertThat(broker.snapshot().topicName(created.id())).isEqualTo("orders");
        assertThat(broker.snapshot().controllerId()).isEqualTo(1);
        assertThat(broker.snapshot().broker(1).endpoint("PLAINTEXT").port()).isEqualTo(9001);
    }

    @Test
    void tellsReplicasOfALargeTopicInPartsAndClientsOfAllAtOnce() {
        cluster.start(1);
        cluster.controller();
        FakeBroker broker = cluster.brokers.get(1);
        List<Integer> visible = new CopyOnWriteArrayList<>();
        broker.metadata.addListener(news -> {
            TopicMetadata orders = news.topic("orders");
            visible.add(orders == null ? 0 : orders.partitions().size());
        });
        int before = broker.brokerEpochs.size();

        create(new NewTopic("orders", 300, 1, Map.of()));
        awaitLeader(1, "orders", 299);

        assertThat(broker.brokerEpochs.size() - before)
                .as("requests that came while more was written to ZooKeeper")
                .isEqualTo(3);
        assertThat(broker.fresh).hasSize(300);
        assertThat(visible).as("partitions that clients saw").isSubsetOf(0, 300);
    }

    @Test
    void deletesATopicWithEverythingThatBelongsToIt() {
        cluster.start(1);
        create(new NewTopic("doomed", 3, 1, Map.of("retention.ms", "1")));
        awaitLeader(1, "doomed", 2);

        assertThat(delete("doomed").error()).isEqualTo(ErrorCode.NONE);

        await("the topic is gone", () -> cluster.znodes().read("/brokers/topics/doomed") == null);
        await(
                "the request is gone",
                () -> cluster.znodes().children("/admin/delete_topics").isEmpty());
        assertThat(cluster.znodes().read("/config/topics/doomed")).isNull();
        assertThat(cluster.brokers.get(1).deleted).hasSize(3);
        assertThat(cluster.brokers.get(1).snapshot().topic("doomed")).isNull();
        CreatedTopic again = create(new NewTopic("doomed", 1, 1, Map.of()));
        awaitLeader(1, "doomed", 0);
        assertThat(again.error()).isEqualTo(ApiError.NONE);
    }

    @Test
    void removesATopicItsConfigsAndTheRequestInOneTransaction() throws Exception {
        cluster.start(1);
        create(new NewTopic("doomed", 1, 1, Map.of("retention.ms", "1")));
        awaitLeader(1, "doomed", 0);

        delete("doomed");
        await(
                "the request is gone",
                () -> cluster.znodes().read("/brokers/topics/doomed") == null
                        && cluster.znodes().children("/admin/delete_topics").isEmpty()
                        && cluster.znodes().children("/config/topics").isEmpty());

        ZooKeeper client = new ZooKeeper(cluster.zooKeeper.connect(), 6_000, event -> {});
        try {
            long topicGone = client.exists("/brokers/topics", false).getPzxid();
            assertThat(client.exists("/config/topics", false).getPzxid()).isEqualTo(topicGone);
            assertThat(client.exists("/admin/delete_topics", false).getPzxid()).isEqualTo(topicGone);
        } finally {
            client.close();
        }
    }

    @Test
    void endsADeletionOfWhichTheConfigsAndTheRequestAreGone() {
        cluster.start(1);
        create(new NewTopic("doomed", 1, 1, Map.of()));
        awaitLeader(1, "doomed", 0);
        cluster.znodes().commit(List.of(new ZnodeOp.Delete("/config/topics/doomed", ZnodeOp.ANY_VERSION)));

        delete("doomed");

        await(
                "topic and request are gone",
                () -> cluster.znodes().read("/brokers/topics/doomed") == null
                        && cluster.znodes().children("/admin/delete_topics").isEmpty());
    }

    @Test
    void keepsATopicUntilEveryReplicaIsGone() {
        cluster.start(1);
        cluster.start(2);
        awaitBrokers(1, 1, 2);
        create(new NewTopic("doomed", 1, 2, Map.of()));
        awaitLeader(1, "doomed", 0);
        cluster.controller();
        cluster.kill(2);
        awaitBrokers(1, 1);

        delete("doomed");

        await(
                "the one that is there has dropped it",
                () -> cluster.brokers.get(1).deleted.size() == 1);
        assertThat(cluster.znodes().read("/brokers/topics/doomed")).isNotNull();
        cluster.start(2);
        await("the topic is gone", () -> cluster.znodes().read("/brokers/topics/doomed") == null);
        assertThat(cluster.brokers.get(2).deleted).hasSize(1);
        assertThat(cluster.brokers.get(2).replicas).isEmpty();
    }

    /** The usual remedy for a deletion that waits for a broker which is down. */
    @Test
    void doesNotDeleteTheNextTopicOfTheNameOfOneThatWasRemovedByHandMeanwhile() {
        deleteWhileBroker2IsAway("doomed");

        cluster.znodes().commit(removal("doomed"));
        await(
                "the controller has seen that",
                () -> create(new NewTopic("doomed", 1, 1, Map.of())).error().equals(ApiError.NONE));

        assertThatBroker2HasNothingToDelete("doomed");
    }

    @Test
    void norOneThatTookItsPlaceAtOnce() {
        deleteWhileBroker2IsAway("doomed");

        List<ZnodeOp> ops = new ArrayList<>(removal("doomed"));
        String next = "{\"partitions\":{\"0\":[1]},\"topic_id\":\"" + Uuid.random()
                + "\",\"adding_replicas\":{},\"removing_replicas\":{},\"version\":3}";
        ops.add(new ZnodeOp.Create("/brokers/topics/doomed", next.getBytes(UTF_8)));
        cluster.znodes().commit(ops);

        assertThatBroker2HasNothingToDelete("doomed");
    }

    private void deleteWhileBroker2IsAway(String topic) {
        cluster.start(1);
        cluster.start(2);
        awaitBrokers(1, 1, 2);
        create(new NewTopic(topic, 1, 2, Map.of()));
        awaitLeader(1, topic, 0);
        cluster.controller();
        cluster.kill(2);
        awaitBrokers(1, 1);
        delete(topic);
        await(
                "the one that is there has dropped it",
                () -> cluster.brokers.get(1).deleted.size() == 1);
    }

    private void assertThatBroker2HasNothingToDelete(String topic) {
        awaitLeader(1, topic, 0);
        Uuid next = new TopicStore(cluster.znodes()).assignment(topic).id();
        cluster.start(2);
        awaitBrokers(1, 1, 2);
        create(new NewTopic("last", 1, 2, Map.of()));
        awaitLeader(2, "last", 0);
        cluster.awaitDelivery();

        assertThat(new TopicStore(cluster.znodes()).assignment(topic))
                .isNotNull()
                .extracting(TopicAssignment::id)
                .isEqualTo(next);
        assertThat(cluster.brokers.get(2).deleted).isEmpty();
        assertThat(cluster.brokers.get(1).replicas).containsKey(new TopicPartition(topic, 0));
    }

    /** Takes a topic with one partition away, and the request to delete it. */
    private static List<ZnodeOp> removal(String topic) {
        String node = "/brokers/topics/" + topic;
        return Stream.of(
                        node + "/partitions/0/state",
                        node + "/partitions/0",
                        node + "/partitions",
                        node,
                        "/admin/delete_topics/" + topic)
                .<ZnodeOp>map(path -> new ZnodeOp.Delete(path, ZnodeOp.ANY_VERSION))
                .toList();
    }

    @Test
    void keepsATopicForAsLongAsABrokerFailsToDropIt() {
        cluster.start(1);
        create(new NewTopic("doomed", 1, 1, Map.of()));
        awaitLeader(1, "doomed", 0);
        cluster.brokers.get(1).refusesToStop = true;

        delete("doomed");

        await("clients are told", () -> cluster.brokers.get(1).snapshot().topic("doomed") == null);
        create(new NewTopic("other", 1, 1, Map.of()));
        awaitLeader(1, "other", 0);
        assertThat(cluster.znodes().read("/brokers/topics/doomed")).isNotNull();

        cluster.brokers.get(1).refusesToStop = false;
        await("it was told again", () -> cluster.znodes().read("/brokers/topics/doomed") == null);
    }

    @Test
    void finishesDeletionsThatItsPredecessorBegan() {
        cluster.start(1);
        create(new NewTopic("doomed", 1, 1, Map.of()));
        awaitLeader(1, "doomed", 0);
        cluster.kill(1);
        cluster.znodes().commit(List.of(new ZnodeOp.Create("/admin/delete_topics/doomed", null)));
        cluster.znodes().commit(List.of(new ZnodeOp.Create("/admin/delete_topics/never-was", null)));

        cluster.start(1);

        await("the topic is gone", () -> cluster.znodes().read("/brokers/topics/doomed") == null);
        await(
                "the requests are gone",
                () -> cluster.znodes().children("/admin/delete_topics").isEmpty());
    }

    @Test
    void createsWhatAToolHasWrittenToZooKeeper() {
        cluster.start(1);
        cluster.controller();

        cluster.znodes()
                .commit(List.of(new ZnodeOp.Create(
                        "/brokers/topics/old-school", "{\"version\":1,\"partitions\":{\"0\":[1]}}".getBytes(UTF_8))));

        awaitLeader(1, "old-school", 0);
        await(
                "it has an id",
                () -> !cluster.brokers.get(1).snapshot().topicId("old-school").equals(Uuid.ZERO));
        Map<?, ?> node = (Map<?, ?>) JsonTree.parse(
                cluster.znodes().read("/brokers/topics/old-school").data());
        assertThat(node.get("topic_id"))
                .isEqualTo(
                        cluster.brokers.get(1).snapshot().topicId("old-school").toString());
    }

    @Test
    void growsATopic() throws Exception {
        Member member = cluster.start(1);
        create(new NewTopic("orders", 1, 1, Map.of()));
        awaitLeader(1, "orders", 0);

        ApiError result = member.controller()
                .topicAdmin()
                .growTopic("orders", 3, List.of(), false)
                .get(30, TimeUnit.SECONDS);

        assertThat(result).isEqualTo(ApiError.NONE);
        awaitLeader(1, "orders", 2);
        Map<?, ?> node = (Map<?, ?>)
                JsonTree.parse(cluster.znodes().read("/brokers/topics/orders").data());
        assertThat((Map<?, ?>) node.get("partitions")).hasSize(3);
        assertThat(member.controller()
                        .topicAdmin()
                        .growTopic("orders", 2, List.of(), false)
                        .get(30, TimeUnit.SECONDS))
                .isEqualTo(new ApiError(
                        ErrorCode.INVALID_PARTITIONS,
                        "Topic currently has 3 partitions, which is higher than the requested 2."));
    }

    @Test
    void letsAnotherBrokerLeadWhenTheLeaderDies() {
        cluster.start(1);
        cluster.start(2);
        cluster.start(3);
        awaitBrokers(1, 1, 2, 3);
        create(new NewTopic("orders", 3, 3, Map.of()));
        for (int broker : List.of(1, 2, 3)) {
            awaitLeader(broker, "orders", 2);
        }

        int dead = cluster.controller().id() == 3 ? 2 : 3;
        cluster.kill(dead);

        int observer = cluster.controller().id();
        for (int partition = 0; partition < 3; partition++) {
            int number = partition;
            await("partition " + number + " is led by the living", () -> {
                PartitionMetadata state =
                        cluster.brokers.get(observer).snapshot().partition("orders", number);
                return state.leader() != dead && state.isr().length == 2 && state.offlineReplicas().length == 1;
            });
        }
        assertThat(JsonTree.parse(cluster.znodes()
                        .read("/brokers/topics/orders/partitions/0/state")
                        .data()))
                .extracting("leader_epoch")
                .isEqualTo(1L);
    }

    @Test
    void leavesAPartitionWithoutALeaderRatherThanLoseRecords() {
        cluster.start(1);
        cluster.start(2);
        awaitBrokers(1, 1, 2);
        create(new NewTopic("orders", -1, -1, Map.of(0, List.of(2, 1)), Map.of()));
        awaitLeader(1, "orders", 0);
        shrinkIsrTo("orders", 0, 2);
        restartAllBut(2);

        await(
                "nobody leads",
                () -> cluster.brokers.get(1).snapshot().partition("orders", 0) != null
                        && cluster.brokers
                                        .get(1)
                                        .snapshot()
                                        .partition("orders", 0)
                                        .leader()
                                == -1);
        cluster.start(2);

        awaitLeader(1, "orders", 0);
        assertThat(cluster.brokers.get(1).snapshot().partition("orders", 0).leader())
                .isEqualTo(2);
    }

    @Test
    void letsAReplicaLeadThatIsNotInSyncWhereTheTopicAllowsIt() {
        cluster.uncleanElection = true;
        cluster.start(1);
        cluster.start(2);
        awaitBrokers(1, 1, 2);
        create(new NewTopic("orders", -1, -1, Map.of(0, List.of(2, 1)), Map.of()));
        awaitLeader(1, "orders", 0);
        shrinkIsrTo("orders", 0, 2);
        restartAllBut(2);

        awaitLeader(1, "orders", 0);
        assertThat(JsonTree.parse(cluster.znodes()
                        .read("/brokers/topics/orders/partitions/0/state")
                        .data()))
                .as("the unclean election is on record")
                .extracting("leader_recovery_state")
                .isEqualTo(1L);
    }

    @Test
    void anotherBrokerTakesOverWithAHigherEpoch() {
        cluster.start(1);
        create(new NewTopic("orders", 1, 1, Map.of()));
        awaitLeader(1, "orders", 0);
        cluster.start(2);
        awaitBrokers(1, 1, 2);

        cluster.kill(1);

        Member successor = cluster.controller();
        assertThat(successor.id()).isEqualTo(2);
        assertThat(new String(cluster.znodes().read("/controller_epoch").data(), UTF_8))
                .isEqualTo("2");
        await("its metadata knows", () -> cluster.brokers.get(2).snapshot().controllerId() == 2);
        await("the old leader is gone", () -> {
            PartitionMetadata known = cluster.brokers.get(2).snapshot().partition("orders", 0);
            return known != null && known.leader() == -1;
        });
    }

    @Test
    void isElectedAgainAfterItsSessionExpired() {
        Member member = cluster.start(1);
        create(new NewTopic("orders", 1, 1, Map.of()));
        awaitLeader(1, "orders", 0);
        long before = member.presence().epoch();

        cluster.zooKeeper.expire(member.session().znodes().sessionId());

        await("it is registered again", () -> member.presence().epoch() > before);
        await(
                "it is controller of a new epoch",
                () -> new String(cluster.znodes().read("/controller_epoch").data(), UTF_8).equals("2")
                        && member.controller().isActive());
        await(
                "the broker is told under its new epoch",
                () -> cluster.brokers
                        .get(1)
                        .brokerEpochs
                        .contains(member.presence().epoch()));
        create(new NewTopic("more", 1, 1, Map.of()));
        awaitLeader(1, "more", 0);
    }

    @Test
    void aControllerWhoseSessionExpiredGivesWayToAnotherAndWritesNothingMore() throws Exception {
        Member first = cluster.start(1);
        cluster.controller();
        Member second = cluster.start(2);
        awaitBrokers(1, 1, 2);

        cluster.zooKeeper.expire(first.session().znodes().sessionId());
        await(
                "the next epoch has begun",
                () -> new String(cluster.znodes().read("/controller_epoch").data(), UTF_8).equals("2"));
        // For a moment the first does not know yet that it is none any more; that is what the fence is for.
        await(
                "there is but one that is active",
                () -> first.controller().isActive() != second.controller().isActive());
        await(
                "both are registered again",
                () -> cluster.znodes().children("/brokers/ids").size() == 2);
        int controller = cluster.controller().id();
        awaitBrokers(controller, 1, 2);
        create(new NewTopic("orders", 2, 2, Map.of()));
        awaitLeader(1, "orders", 1);
        awaitLeader(2, "orders", 1);
        assertThat(JsonTree.parse(cluster.znodes()
                        .read("/brokers/topics/orders/partitions/0/state")
                        .data()))
                .extracting("controller_epoch")
                .isEqualTo(2L);
    }

    @Test
    void carriesOnAfterZooKeeperWasAway() {
        cluster.start(1);
        create(new NewTopic("before", 1, 1, Map.of()));
        awaitLeader(1, "before", 0);

        cluster.zooKeeper.stop();
        await("it is missed", () -> !cluster.observer.connected());
        cluster.zooKeeper.start();
        await("it is back", cluster.observer::connected);

        assertThat(create(new NewTopic("after", 1, 1, Map.of())).error()).isEqualTo(ApiError.NONE);
        awaitLeader(1, "after", 0);
    }

    @Test
    void stepsDownWhenSomebodyRemovesItsNodeAndStandsAgain() {
        cluster.start(1);
        cluster.controller();

        cluster.znodes().commit(List.of(new ZnodeOp.Delete("/controller", ZnodeOp.ANY_VERSION)));

        await(
                "it is elected again",
                () -> new String(cluster.znodes().read("/controller_epoch").data(), UTF_8).equals("2"));
        create(new NewTopic("orders", 1, 1, Map.of()));
        awaitLeader(1, "orders", 0);
    }

    @Test
    void announcesAgainWhatABrokerCouldNotTakeUp() {
        cluster.start(1);
        cluster.controller();
        FakeBroker broker = cluster.brokers.get(1);
        broker.failing.set(2);

        create(new NewTopic("orders", 2, 1, Map.of()));

        await("both partitions are taken up", () -> broker.replicas.size() == 2);
        assertThat(broker.replicas.keySet())
                .containsExactlyInAnyOrder(new TopicPartition("orders", 0), new TopicPartition("orders", 1));
    }

    /** Else it would not dare to make it while one of its disks is away, and never have it. */
    @Test
    void announcesAgainThatAPartitionIsNewThatABrokerCouldNotMake() {
        cluster.start(1);
        cluster.controller();
        TopicPartition partition = new TopicPartition("orders", 0);
        FakeBroker broker = cluster.brokers.get(1);
        broker.onFailedDisk.add(partition);

        create(new NewTopic("orders", 1, 1, Map.of()));
        // Said after it was told, by the election that followed, of a partition that is not new.
        await(
                "clients are told",
                () -> broker.snapshot().partition("orders", 0) != null
                        && List.of(1).equals(offlineReplicas(1, "orders", 0)));
        broker.onFailedDisk.clear();

        await("it is taken up", () -> broker.replicas.containsKey(partition));
        assertThat(broker.fresh).contains(partition);
        await("it leads", () -> cluster.state("orders", 0).leader() == 1);
    }

    @Test
    void beginsAgainWhenItsOwnBrokerFails() {
        cluster.start(1);
        cluster.controller();
        FakeBroker broker = cluster.brokers.get(1);
        broker.throwing.set(1);

        create(new NewTopic("orders", 1, 1, Map.of()));

        await("the partition is taken up", () -> broker.replicas.size() == 1);
        assertThat(new String(cluster.znodes().read("/controller_epoch").data(), UTF_8))
                .as("it keeps its office")
                .isEqualTo("1");
        assertThat(cluster.fatal).isEmpty();
    }

    @Test
    void saysThatItsOwnBrokerCannotGoOn() {
        cluster.start(1);
        cluster.controller();
        cluster.brokers.get(1).error.set(new LinkageError("a class that is missing"));

        create(new NewTopic("orders", 1, 1, Map.of()));

        await("the error is told", () -> cluster.fatal.size() == 1);
        assertThat(cluster.fatal.get(0)).hasMessage("a class that is missing");
    }

    @Test
    void aTopicNeverShrinks() {
        cluster.start(1);
        CreatedTopic created = create(new NewTopic("orders", 3, 1, Map.of()));
        awaitLeader(1, "orders", 2);
        Znode node = cluster.znodes().read("/brokers/topics/orders");
        String shrunk = "{\"partitions\":{\"0\":[1]},\"topic_id\":\"" + created.id()
                + "\",\"adding_replicas\":{},\"removing_replicas\":{},\"version\":3}";

        cluster.znodes().commit(List.of(new ZnodeOp.SetData("/brokers/topics/orders", shrunk.getBytes(UTF_8), 0)));

        await(
                "the node is as it was",
                () -> JsonTree.parse(
                                cluster.znodes().read("/brokers/topics/orders").data())
                        .equals(JsonTree.parse(node.data())));
        assertThat(cluster.brokers.get(1).deleted).isEmpty();
    }

    @Test
    void aReplicaOnADiskThatFailsLeadsNoLonger() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1), 1, List.of(2, 1)));
        cluster.brokers.get(2).onFailedDisk.add(new TopicPartition("orders", 0));

        new Notices(cluster.znodes()).announceLogDirFailure(2);

        await("the other one leads", () -> cluster.state("orders", 0).leader() == 1);
        await("clients are told", () -> List.of(2).equals(offlineReplicas(1, "orders", 0)));
        await(
                "the notice is gone",
                () -> cluster.znodes().children("/log_dir_event_notification").isEmpty());
        assertThat(cluster.state("orders", 1).leader()).isEqualTo(2);

        cluster.brokers.get(2).onFailedDisk.clear();
        await("it serves again", () -> offlineReplicas(1, "orders", 0).isEmpty());
        assertThat(cluster.proposeIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void findsALeaderWhenTheTopicBeginsToAllowThatRecordsAreLost() {
        cluster.startAll(2);
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        cluster.proposeIsr("orders", 0, 2);
        cluster.kill(2);
        await("nobody leads", () -> cluster.state("orders", 0).leader() == PartitionState.NO_LEADER);

        cluster.uncleanElection = true;
        cluster.controller().controller().onUncleanElectionAllowed("orders");

        await("the other one leads", () -> cluster.state("orders", 0).leader() == 1);
        assertThat(cluster.state("orders", 0).recovering()).isTrue();
    }

    @Test
    void aNewControllerMakesBrokersForgetTopicsThatAreGone() {
        cluster.startAll(2);
        UpdateMetadataPartitionState partition = new UpdateMetadataPartitionState();
        partition.leader = 1;
        UpdateMetadataTopicState ghost = new UpdateMetadataTopicState();
        ghost.topicName = "ghost";
        ghost.topicId = Uuid.random();
        ghost.partitionStates = List.of(partition);
        UpdateMetadata.Request news = new UpdateMetadata.Request();
        news.controllerEpoch = 1;
        news.topicStates = List.of(ghost);
        cluster.brokers.get(2).metadata.update(news);
        assertThat(cluster.brokers.get(2).snapshot().topic("ghost")).isNotNull();

        cluster.kill(1);

        await("it is forgotten", () -> cluster.brokers.get(2).snapshot().topic("ghost") == null);
    }

    @Test
    void givesProducerIdsToBrokersThatAreThere() {
        cluster.startAll(2);

        assertThat(producerIds(2, cluster.brokerEpoch(2)).producerIdStart).isZero();
        assertThat(producerIds(1, cluster.brokerEpoch(1)).producerIdStart).isEqualTo(1000);
        assertThat(producerIds(1, cluster.brokerEpoch(1) - 1).errorCode).isEqualTo(ErrorCode.STALE_BROKER_EPOCH.code());
        assertThat(producerIds(9, 1).errorCode).isEqualTo(ErrorCode.BROKER_ID_NOT_REGISTERED.code());
        assertJson(
                "/latest_producer_id_block",
                "{\"version\":1,\"broker\":1,\"block_start\":\"1000\",\"block_end\":\"1999\"}");
    }

    private AllocateProducerIds.Response producerIds(int broker, long epoch) {
        AllocateProducerIds.Request request = new AllocateProducerIds.Request();
        request.brokerId = broker;
        request.brokerEpoch = epoch;
        return cluster.controller()
                .controller()
                .partitionAdmin()
                .allocateProducerIds(request)
                .join();
    }

    private List<Integer> offlineReplicas(int broker, String topic, int partition) {
        return Arrays.stream(cluster.brokers
                        .get(broker)
                        .snapshot()
                        .partition(topic, partition)
                        .offlineReplicas())
                .boxed()
                .toList();
    }

    @Test
    void createsAThousandPartitionsInOneGo() {
        cluster.start(1);
        assertThat(create(new NewTopic("wide", 1_000, 1, Map.of())).error()).isEqualTo(ApiError.NONE);

        awaitLeader(1, "wide", 999);
        assertThat(cluster.znodes().children("/brokers/topics/wide/partitions")).hasSize(1_000);
    }

    /** In the middle of an election the session ends: the office went with it, though nobody else has it yet. */
    @Test
    void aLaterTermInTheSameSessionWatchesWithTheSameEyes() {
        TestCluster.Member only = cluster.start(1);
        cluster.controller();
        cluster.createTopic("orders", Map.of(0, List.of(1)));
        List<LeaderAndIsrPartitionState> told = new ArrayList<>();
        await("it is told", () -> {
            LeaderAndIsrPartitionState state = cluster.brokers.get(1).replicas.get(new TopicPartition("orders", 0));
            return state != null && told.add(state);
        });
        cluster.brokers.get(1).throwing.set(1);
        only.controller()
                .topicAdmin()
                .createTopics(List.of(new NewTopic("more", 1, 1, Map.of())))
                .join();
        await("the next term announces all", () -> {
            LeaderAndIsrPartitionState state = cluster.brokers.get(1).replicas.get(new TopicPartition("orders", 0));
            return state != told.get(0) && cluster.brokers.get(1).replicas.containsKey(new TopicPartition("more", 0));
        });

        assertThat(cluster.watches)
                .containsKeys("/brokers/ids", "/brokers/topics", "/brokers/topics/orders", "/admin/delete_topics")
                .allSatisfy((path, watchers) -> assertThat(watchers).as(path).hasSize(1));
    }

    @Test
    void asksOnceForWhatHoldsForAllTopicsOfABrokerThatDies() {
        cluster.minInsyncReplicas = 2;
        cluster.startAll(2);
        for (int i = 0; i < 20; i++) {
            cluster.createTopic("t" + i, Map.of(0, List.of(2, 1)));
        }
        AtomicInteger questions = new AtomicInteger();
        cluster.onQuestion = questions::incrementAndGet;

        cluster.kill(2);

        for (int i = 0; i < 20; i++) {
            String topic = "t" + i;
            await("1 leads " + topic, () -> cluster.state(topic, 0).leader() == 1);
            assertThat(cluster.state(topic, 0).eligible()).containsExactly(2);
        }
        assertThat(questions.get()).isBetween(1, 2);
    }

    @Test
    void createsATopicThoughItsConfigNodeComesOrGoesMeanwhile() {
        cluster.start(1);
        cluster.controller();
        meanwhile("orders", new ZnodeOp.Create("/config/topics/orders", new byte[0]));
        assertThat(create(new NewTopic("orders", 1, 1, Map.of("retention.ms", "7")))
                        .error())
                .isEqualTo(ApiError.NONE);

        cluster.znodes().commit(List.of(new ZnodeOp.Create("/config/topics/more", new byte[0])));
        meanwhile("more", new ZnodeOp.Delete("/config/topics/more", ZnodeOp.ANY_VERSION));
        assertThat(create(new NewTopic("more", 1, 1, Map.of("retention.ms", "7")))
                        .error())
                .isEqualTo(ApiError.NONE);

        for (String topic : List.of("orders", "more")) {
            assertThat(new String(
                            cluster.znodes().read("/config/topics/" + topic).data(), UTF_8))
                    .contains("retention.ms");
        }
        assertThat(create(new NewTopic("orders", 1, 1, Map.of())).error().code())
                .isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
    }

    /** Has somebody else write just before a topic is made. */
    private void meanwhile(String topic, ZnodeOp op) {
        AtomicInteger attempts = new AtomicInteger();
        cluster.onWrite = (ops, write) -> {
            if (ops.stream().anyMatch(step -> step.path().equals("/brokers/topics/" + topic))
                    && attempts.getAndIncrement() == 0) {
                cluster.znodes().commit(List.of(op));
            }
            write.run();
        };
    }

    @Test
    void writesNothingAnyMoreOnceTheSessionHasEnded() {
        cluster.startAll(2);
        Member member = cluster.controller();
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        assertThat(cluster.proposeIsr("orders", 0, 2)).isEqualTo(ErrorCode.NONE);
        List<Boolean> activeWhenAsked = new CopyOnWriteArrayList<>();
        cluster.uncleanElection = true;
        cluster.onQuestion = () -> {
            if (activeWhenAsked.isEmpty()) {
                member.controller().onExpired();
            }
            activeWhenAsked.add(member.controller().isActive());
        };
        cluster.kill(2);
        await("somebody leads", () -> cluster.state("orders", 0).leader() == 1);
        assertThat(activeWhenAsked.get(0)).as("active after the session").isFalse();
        assertThat(activeWhenAsked)
                .as("the election of the former term was not written, so the next one asks again")
                .hasSizeGreaterThan(1);
    }

    private CreatedTopic create(NewTopic topic) {
        try {
            return cluster.controller()
                    .controller()
                    .topicAdmin()
                    .createTopics(List.of(topic))
                    .get(30, TimeUnit.SECONDS)
                    .get(0);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private record Deleted(ErrorCode error) {}

    private Deleted delete(String topic) {
        try {
            return new Deleted(cluster.controller()
                    .controller()
                    .topicAdmin()
                    .deleteTopics(List.of(topic))
                    .get(30, TimeUnit.SECONDS)
                    .get(topic)
                    .code());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Changes what is on record behind everybody's back, as if the other replicas had fallen behind. */
    private void shrinkIsrTo(String topic, int partition, int replica) {
        String path = "/brokers/topics/" + topic + "/partitions/" + partition + "/state";
        Znode node = cluster.znodes().read(path);
        String state = "{\"controller_epoch\":1,\"leader\":" + replica + ",\"version\":1,\"leader_epoch\":0,\"isr\":["
                + replica + "]}";
        cluster.znodes().commit(List.of(new ZnodeOp.SetData(path, state.getBytes(UTF_8), node.version())));
    }

    /** Stops brokers 1 and 2 and starts 1 again, so that the other one is away. */
    private void restartAllBut(int away) {
        cluster.kill(away);
        cluster.kill(1);
        cluster.start(1);
        cluster.controller();
    }

    private void awaitLeader(int broker, String topic, int partition) {
        await("broker " + broker + " knows the leader of " + topic + "-" + partition, () -> {
            PartitionMetadata found = cluster.brokers.get(broker).snapshot().partition(topic, partition);
            return found != null && found.leader() >= 0;
        });
    }

    private void awaitBrokers(int broker, Integer... ids) {
        await(
                "broker " + broker + " knows of " + List.of(ids),
                () -> cluster.brokers.get(broker).snapshot().brokers().stream()
                        .map(known -> known.id())
                        .toList()
                        .equals(List.of(ids)));
    }

    private void assertJson(String path, String expected) {
        assertThat(JsonTree.parse(cluster.znodes().read(path).data())).isEqualTo(JsonTree.parse(expected));
    }
}
