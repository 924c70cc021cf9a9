package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.controller.TestCluster.Member;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.zk.JsonTree;
import io.millrace.broker.zk.Znode;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartition.Request.BrokerState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsrUpdatesTest {
    private static final int NEWEST = 3;

    private final TestCluster cluster = new TestCluster();
    private int topics;

    @BeforeAll
    void start() {
        cluster.start(1);
        cluster.start(2);
        cluster.start(3);
        await(
                "the first knows all",
                () -> cluster.brokers.get(1).snapshot().brokers().size() == 3);
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    @Test
    void writesAChangeAndLetsEverybodyKnow() {
        Topic topic = newTopic();

        AlterPartition.Response.PartitionData answer = topic.propose(1, 3);

        assertThat(answer.errorCode).isZero();
        assertThat(answer.isr).containsExactly(1, 3);
        assertThat(answer.leaderId).isEqualTo(1);
        assertThat(answer.leaderEpoch).isZero();
        assertThat(answer.partitionEpoch).isEqualTo(1);
        assertThat(JsonTree.parse(topic.stateNode().data()))
                .isEqualTo(JsonTree.parse(
                        "{\"controller_epoch\":1,\"leader\":1,\"version\":1,\"leader_epoch\":0,\"isr\":[1,3]}"
                                .getBytes(UTF_8)));
        assertThat(topic.stateNode().version()).isEqualTo(1);
        for (int id : List.of(1, 2, 3)) {
            await("broker " + id + " is told", () -> List.of(1, 3).equals(topic.isrAt(id)));
        }
    }

    @Test
    void nobodyIsToldOfWhatWasRefused() {
        Topic topic = newTopic();
        await("all know it", () -> topic.isrAt(2) != null && topic.isrAt(3) != null);
        long before = cluster.brokers.get(3).snapshot().number();

        for (int i = 0; i < 3; i++) {
            assertThat(topic.propose(1, 9).errorCode).isNotZero();
        }
        topic.propose(1, 3);

        await("the change is known", () -> List.of(1, 3).equals(topic.isrAt(3)));
        assertThat(cluster.brokers.get(3).snapshot().number()).isEqualTo(before + 1);
    }

    @Test
    void saysTheSameAgainToALeaderThatMissedTheAnswer() {
        Topic topic = newTopic();
        topic.propose(1, 3);

        AlterPartition.Response.PartitionData answer = topic.propose(1, 3);

        assertThat(answer.errorCode).isZero();
        assertThat(answer.partitionEpoch).isEqualTo(1);
        assertThat(topic.stateNode().version()).isEqualTo(1);
    }

    @Test
    void refusesAProposalOnAStateThatHoldsNoLonger() {
        Topic topic = newTopic();
        topic.propose(1, 3);

        assertThat(topic.propose(1, 2).errorCode).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION.code());
        assertThat(topic.stateNode().version()).isEqualTo(1);
    }

    @Test
    void refusesALeaderOfAnotherTime() {
        Topic topic = newTopic();

        topic.leaderEpoch = -1;
        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
        topic.leaderEpoch = 1;
        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.NOT_CONTROLLER.code());
        topic.leaderEpoch = 0;
        topic.partitionEpoch = 1;
        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.NOT_CONTROLLER.code());
        topic.partitionEpoch = 0;
        topic.sender = 2;
        assertThat(topic.propose(2, 3).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(topic.stateNode().version()).isZero();
    }

    @Test
    void refusesASenderThatIsRegisteredAnew() {
        Topic topic = newTopic();
        topic.senderEpoch = cluster.brokerEpoch(1) - 1;

        assertThat(topic.ask(NEWEST, 1, 3).errorCode).isEqualTo(ErrorCode.STALE_BROKER_EPOCH.code());
        assertThat(topic.stateNode().version()).isZero();
    }

    @Test
    void refusesAReplicaThatWasRestartedSinceTheLeaderHeardOfIt() {
        Topic topic = newTopic();
        topic.memberEpochs = Map.of(3, cluster.brokerEpoch(3) - 1);

        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.INELIGIBLE_REPLICA.code());
        assertThat(topic.stateNode().version()).isZero();
    }

    @Test
    void acceptsAReplicaWhoseEpochTheLeaderDoesNotKnow() {
        Topic topic = newTopic();
        topic.memberEpochs = Map.of(3, -1L);

        assertThat(topic.propose(1, 3).errorCode).isZero();
    }

    @Test
    void refusesWhoIsNoReplicaOrNotThere() {
        Topic topic = newTopic();

        assertThat(topic.propose(1, 4).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(topic.propose(2, 3).errorCode).isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(topic.stateNode().version()).isZero();
    }

    @Test
    void understandsAllVersions() {
        for (int version = 0; version <= NEWEST; version++) {
            Topic topic = newTopic();
            assertThat(topic.propose(version, List.of(1, 3)).errorCode)
                    .as("version %d", version)
                    .isZero();
        }
    }

    @Test
    void knowsNoPartitionThatIsNotThere() {
        Topic topic = newTopic();
        topic.partition = 7;
        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        topic.id = Uuid.random();
        assertThat(topic.propose(1, 3).errorCode).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void refusesPartitionsOfATopicThatIsBeingDeleted() {
        Topic topic = newTopic();
        cluster.brokers.get(3).refusesToStop = true;
        try {
            assertThat(cluster.controller()
                            .controller()
                            .topicAdmin()
                            .deleteTopics(List.of(topic.name))
                            .join()
                            .get(topic.name)
                            .code())
                    .isEqualTo(ErrorCode.NONE);
            await(
                    "the deletion has begun",
                    () -> cluster.brokers.get(1).snapshot().topic(topic.name) == null);

            assertThat(topic.propose(1, 2).errorCode).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        } finally {
            cluster.brokers.get(3).refusesToStop = false;
        }
    }

    @Test
    void takesOverWhatALeaderOfAnOlderVersionHasWritten() {
        Topic topic = newTopic();
        cluster.znodes()
                .commit(List.of(new ZnodeOp.SetData(
                        topic.statePath(),
                        "{\"controller_epoch\":1,\"leader\":1,\"version\":1,\"leader_epoch\":0,\"isr\":[1,2]}"
                                .getBytes(UTF_8),
                        0)));
        cluster.znodes()
                .createSequential(
                        "/isr_change_notification/isr_change_",
                        ("{\"version\":1,\"partitions\":[{\"topic\":\"" + topic.name + "\",\"partition\":0},"
                                        + "{\"topic\":\"never-was\",\"partition\":0}]}")
                                .getBytes(UTF_8));
        cluster.znodes().createSequential("/isr_change_notification/isr_change_", "nonsense".getBytes(UTF_8));

        await("everybody is told", () -> List.of(1, 2).equals(topic.isrAt(3)));
        await(
                "the notices are gone",
                () -> cluster.znodes().children("/isr_change_notification").isEmpty());
        topic.partitionEpoch = 1;
        assertThat(topic.propose(1, 2, 3).errorCode).isZero();
    }

    private Topic newTopic() {
        String name = "topic-" + topics++;
        CreatedTopic created = cluster.controller()
                .controller()
                .topicAdmin()
                .createTopics(List.of(new NewTopic(name, -1, -1, Map.of(0, List.of(1, 2, 3)), Map.of())))
                .join()
                .get(0);
        assertThat(created.error()).isEqualTo(ApiError.NONE);
        Topic topic = new Topic(name, created.id());
        await("the leader is told", () -> topic.told(1) != null);
        return topic;
    }

    /** A topic, and a proposal of its leader with one thing or another wrong. */
    private final class Topic {
        private final String name;
        private Uuid id;
        private int partition;
        private int sender = 1;
        private long senderEpoch = -1;
        private int leaderEpoch;
        private int partitionEpoch;
        private Map<Integer, Long> memberEpochs = Map.of();

        Topic(String name, Uuid id) {
            this.name = name;
            this.id = id;
        }

        LeaderAndIsrPartitionState told(int broker) {
            return cluster.brokers.get(broker).replicas.get(new TopicPartition(name, 0));
        }

        /** As a broker knows it, which may not have heard of the topic yet. */
        List<Integer> isrAt(int broker) {
            PartitionMetadata known = cluster.brokers.get(broker).snapshot().partition(name, 0);
            return known == null
                    ? List.of()
                    : Arrays.stream(known.isr()).boxed().toList();
        }

        String statePath() {
            return "/brokers/topics/" + name + "/partitions/0/state";
        }

        Znode stateNode() {
            return cluster.znodes().read(statePath());
        }

        AlterPartition.Response.PartitionData propose(int... isr) {
            return ask(NEWEST, isr).topics.get(0).partitions.get(0);
        }

        AlterPartition.Response.PartitionData propose(int version, List<Integer> isr) {
            return ask(version, isr.stream().mapToInt(i -> i).toArray())
                    .topics
                    .get(0)
                    .partitions
                    .get(0);
        }

        AlterPartition.Response ask(int version, int... isr) {
            AlterPartition.Request.PartitionData proposal = new AlterPartition.Request.PartitionData();
            proposal.partitionIndex = partition;
            proposal.leaderEpoch = leaderEpoch;
            proposal.partitionEpoch = partitionEpoch;
            if (version >= 3) {
                proposal.newIsrWithEpochs = new ArrayList<>();
                for (int member : isr) {
                    BrokerState broker = new BrokerState();
                    broker.brokerId = member;
                    broker.brokerEpoch = memberEpochs.getOrDefault(member, cluster.brokerEpoch(member));
                    proposal.newIsrWithEpochs.add(broker);
                }
            } else {
                proposal.newIsr = isr;
            }
            AlterPartition.Request.TopicData topic = new AlterPartition.Request.TopicData();
            if (version >= 2) {
                topic.topicId = id;
            } else {
                topic.topicName = name;
            }
            topic.partitions = List.of(proposal);
            AlterPartition.Request request = new AlterPartition.Request();
            request.brokerId = sender;
            request.brokerEpoch = senderEpoch == -1 ? cluster.brokerEpoch(sender) : senderEpoch;
            request.topics = List.of(topic);
            Member controller = cluster.controller();
            return controller
                    .controller()
                    .partitionAdmin()
                    .alterPartition(request, version)
                    .join();
        }
    }
}
