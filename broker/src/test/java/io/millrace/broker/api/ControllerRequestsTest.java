package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
import io.millrace.broker.replica.LeadershipListener;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.DeleteRecords;
import io.millrace.protocol.message.DescribeLogDirs;
import io.millrace.protocol.message.DescribeProducers;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.StopReplica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the controller and administrators ask of replicas, through the wire and not. */
class ControllerRequestsTest {
    private static final String TOPIC = "t";
    private static final int[] ALONE = {1};
    private static final Uuid SECOND = new Uuid(1, 2);
    private static final Uuid THIRD = new Uuid(3, 4);

    @TempDir
    Path dir;

    private DataNode node;
    private RawClient client;
    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        node = new DataNode(dir);
        node.replicas.addListener(new LeadershipListener() {
            @Override
            public void onLeader(TopicPartition partition, int leaderEpoch) {
                heard.add("leader " + partition + " " + leaderEpoch);
            }

            @Override
            public void onResigned(TopicPartition partition, int leaderEpoch) {
                heard.add("resigned " + partition + " " + leaderEpoch);
            }
        });
        client = new RawClient(node.port);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        node.close();
    }

    @Test
    void appliesLeaderAndIsrInEveryVersionWithTopics() throws IOException {
        for (int version = 2; version <= ApiKey.LEADER_AND_ISR.highestVersion(); version++) {
            LeaderAndIsr.Request request = node.leaderAndIsr("v" + version, 0, 1, 0, ALONE, ALONE);
            if (version < 5) {
                request.topicStates.get(0).topicId = Uuid.ZERO;
            }
            LeaderAndIsr.Response response = call(client, (Message) request, version);
            assertThat(response.errorCode).isZero();
            short error = version < 5
                    ? response.partitionErrors.get(0).errorCode
                    : response.topics.get(0).partitionErrors.get(0).errorCode;
            assertThat(error).isZero();
            assertThat(node.replicas.partition("v" + version, 0).isLeader()).isTrue();
        }
    }

    @Test
    void refusesFormerControllersFormerLivesAndFormerLeaders() {
        node.elect(TOPIC, 0, 1, 4, ALONE, ALONE);
        LeaderAndIsr.Request formerController = node.leaderAndIsr(TOPIC, 0, 1, 9, ALONE, ALONE);
        formerController.controllerEpoch = 0;
        assertThat(ErrorCode.of(node.replicas.applyLeaderAndIsr(formerController).errorCode))
                .isEqualTo(ErrorCode.STALE_CONTROLLER_EPOCH);
        LeaderAndIsr.Request formerLife = node.leaderAndIsr(TOPIC, 0, 1, 9, ALONE, ALONE);
        formerLife.brokerEpoch = -5;
        assertThat(ErrorCode.of(node.replicas.applyLeaderAndIsr(formerLife).errorCode))
                .isEqualTo(ErrorCode.STALE_BROKER_EPOCH);
        LeaderAndIsr.Request formerLeader = node.leaderAndIsr(TOPIC, 0, 2, 3, new int[] {2}, new int[] {1, 2});
        assertThat(partitionError(formerLeader)).isEqualTo(ErrorCode.STALE_CONTROLLER_EPOCH);
        LeaderAndIsr.Request otherTopic = node.leaderAndIsr(TOPIC, 0, 1, 9, ALONE, ALONE);
        otherTopic.topicStates.get(0).topicId = new Uuid(1, 2);
        assertThat(partitionError(otherTopic)).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        assertThat(partitionError(node.leaderAndIsr("far", 0, 2, 0, new int[] {2}, new int[] {2, 3})))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(node.replicas.partition(TOPIC, 0).leaderEpoch()).isEqualTo(4);
        assertThat(partitionError(node.leaderAndIsr(TOPIC, 0, 1, 4, ALONE, ALONE)))
                .as("what is so already is repeated by every new controller")
                .isEqualTo(ErrorCode.NONE);
    }

    /**
     * It was moved away and its topic deleted while this broker could not be told. A request that comes late for it, after the
     * next topic of its name, must not do the same to that one.
     */
    @Test
    void setsAReplicaAsideThatNoControllerNamesAnyMoreWhenThereIsAnotherTopicOfItsName() throws IOException {
        leadWithOneRecord();
        node.idsOnRecord.put(TOPIC, SECOND);

        LeaderAndIsr.Request next = another(SECOND, 1, 5);
        next.topicStates.get(0).partitionStates.get(0).isNew = true;
        assertThat(partitionError(next))
                .as("in the term and the life in which it was named")
                .isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        next.controllerEpoch = 2;
        assertThat(partitionError(next)).as("by the next controller").isEqualTo(ErrorCode.NONE);
        assertThat(node.replicas.partition(TOPIC, 0).topicId()).isEqualTo(SECOND);
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset()).isZero();

        node.idsOnRecord.put(TOPIC, THIRD);
        assertThat(partitionError(another(THIRD, 2, 6)))
                .as("an empty one, after the broker has registered anew")
                .isEqualTo(ErrorCode.NONE);
        try (Stream<Path> found = setAside()) {
            assertThat(found.map(path -> path.getFileName().toString()))
                    .hasSize(2)
                    .allMatch(name -> name.matches(TOPIC + "-0\\.[0-9a-f]{32}-stray"));
        }
    }

    /** It fetches all there is from the leader, whatever the log here was. */
    @Test
    void setsTheLogOfAnotherTopicAsideWhereThisBrokerIsNotInSync() throws IOException {
        leadWithOneRecord();
        node.idsOnRecord.put(TOPIC, SECOND);

        LeaderAndIsr.Request moved = node.leaderAndIsr(TOPIC, 0, 2, 7, new int[] {2, 3}, new int[] {1, 2, 3});
        moved.topicStates.get(0).topicId = SECOND;
        moved.controllerEpoch = 2;
        moved.brokerEpoch = 5;
        assertThat(partitionError(moved)).isEqualTo(ErrorCode.NONE);

        assertThat(node.replicas.partition(TOPIC, 0).topicId()).isEqualTo(SECOND);
        try (Stream<Path> found = setAside()) {
            assertThat(found).hasSize(1);
        }
    }

    /** A tool that knows no ids has written the topic, and the next controller gave it another one. */
    @Test
    void keepsALogInSyncWhoseTopicHasGotAnotherId() throws IOException {
        leadWithOneRecord();
        node.idsOnRecord.put(TOPIC, SECOND);

        assertThat(partitionError(another(SECOND, 2, 5))).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);

        assertIntact();
    }

    /** The broker has just started, and knows neither which controller there is nor which topic. */
    @Test
    void keepsTheLogOfTheTopicOnRecordThoughAFormerControllerIsTheFirstToSpeak() throws IOException {
        leadWithOneRecord();
        restart();

        LeaderAndIsr.Request late = another(SECOND, 1, 5);
        assertThat(partitionError(late)).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        late.topicStates.get(0).partitionStates.get(0).isNew = true;
        assertThat(partitionError(late)).as("of a topic that was new then").isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        node.recordAway = true;
        assertThat(partitionError(late)).as("to be tried again").isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        node.recordAway = false;

        assertThat(partitionError(another(node.topicId(TOPIC), 2, 5))).isEqualTo(ErrorCode.NONE);
        assertIntact();
    }

    /** So long as it is in this life that it was stopped: what is late was said before that. */
    @Test
    void keepsTheLogOfAReplicaThatWasStoppedButNotThoseOfOthers() throws IOException {
        node.lead(TOPIC, 2);
        node.stop(TOPIC, 1, false);
        node.idsOnRecord.put(TOPIC, SECOND);

        LeaderAndIsr.Request stopped = another(SECOND, 2, 0);
        stopped.topicStates.get(0).partitionStates.get(0).partitionIndex = 1;
        assertThat(partitionError(stopped)).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        assertThat(partitionError(another(SECOND, 2, 0))).isEqualTo(ErrorCode.NONE);
        try (Stream<Path> found = setAside()) {
            assertThat(found.map(path -> path.getFileName().toString()))
                    .singleElement()
                    .asString()
                    .startsWith(TOPIC + "-0.");
        }
    }

    private void leadWithOneRecord() throws IOException {
        LeaderAndIsr.Request first = node.leaderAndIsr(TOPIC, 0, 1, 0, ALONE, ALONE);
        first.brokerEpoch = 5;
        assertThat(partitionError(first)).isEqualTo(ErrorCode.NONE);
        call(client, Requests.produce(1, TOPIC, 0, Requests.batch("a")), 9);
    }

    private void restart() throws IOException {
        Uuid id = node.topicId(TOPIC);
        client.close();
        node.close();
        node = new DataNode(dir);
        node.topicIds.put(TOPIC, id);
        client = new RawClient(node.port);
    }

    private LeaderAndIsr.Request another(Uuid id, int controllerEpoch, long brokerEpoch) {
        LeaderAndIsr.Request request = node.leaderAndIsr(TOPIC, 0, 1, 0, ALONE, ALONE);
        request.topicStates.get(0).topicId = id;
        request.controllerEpoch = controllerEpoch;
        request.brokerEpoch = brokerEpoch;
        return request;
    }

    private void assertIntact() throws IOException {
        assertThat(node.replicas.partition(TOPIC, 0).topicId()).isEqualTo(node.topicId(TOPIC));
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset()).isEqualTo(1);
        try (Stream<Path> found = setAside()) {
            assertThat(found).isEmpty();
        }
    }

    private Stream<Path> setAside() throws IOException {
        return Files.find(dir, 3, (path, attributes) -> path.toString().endsWith("-stray"));
    }

    @Test
    void tellsListenersOfLeadershipInOrder() {
        node.elect(TOPIC, 0, 1, 0, ALONE, new int[] {1, 2});
        node.elect(TOPIC, 0, 2, 1, new int[] {2}, new int[] {1, 2});
        node.elect(TOPIC, 0, 2, 2, new int[] {2}, new int[] {1, 2});
        node.elect(TOPIC, 0, 1, 3, ALONE, new int[] {1, 2});
        node.stop(TOPIC, 0, true);
        assertThat(heard).containsExactly("leader t-0 0", "resigned t-0 1", "leader t-0 3", "resigned t-0 3");
    }

    @Test
    void stopsAndDeletesReplicasUnlessTheRequestIsOlderThanTheLeader() throws IOException {
        node.elect(TOPIC, 0, 1, 4, ALONE, ALONE);
        call(client, Requests.produce(1, TOPIC, 0, Requests.batch("a")), 9);
        StopReplica.Request old = stop(3, true);
        StopReplica.Response refused = call(client, (Message) old, 4);
        assertThat(ErrorCode.of(refused.partitionErrors.get(0).errorCode)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(node.replicas.partition(TOPIC, 0).isLeader()).isTrue();

        StopReplica.Response stopped = call(client, (Message) stop(4, true), 4);
        assertThat(stopped.partitionErrors.get(0).errorCode).isZero();
        assertThat(node.replicas.partition(TOPIC, 0)).isNull();

        node.topicIds.remove(TOPIC);
        node.elect(TOPIC, 0, 1, 0, ALONE, ALONE);
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset())
                .as("a topic of the same name begins anew")
                .isZero();
    }

    @Test
    void takesControllerRequestsAtTheListenerForBrokersOnly() throws IOException {
        for (Message request : List.of(node.leaderAndIsr(TOPIC, 0, 1, 0, ALONE, ALONE), stop(0, true))) {
            try (RawClient outside = new RawClient(node.clientsPort)) {
                outside.send(DataNode.frame(request, 4, 1));
                assertThat(outside.isClosedByPeer()).isTrue();
            }
        }
        assertThat(node.replicas.partition(TOPIC, 0)).isNull();
    }

    @Test
    void deletesRecordsUpToAnOffset() throws IOException {
        node.lead(TOPIC, 1);
        for (int i = 0; i < 5; i++) {
            call(client, Requests.produce(1, TOPIC, 0, Requests.batch("v" + i)), 9);
        }
        assertThat(delete(3).lowWatermark).isEqualTo(3);
        assertThat(node.replicas.partition(TOPIC, 0).log().logStartOffset()).isEqualTo(3);
        assertThat(ErrorCode.of(delete(6).errorCode)).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(delete(-1).lowWatermark).as("-1 is the high watermark").isEqualTo(5);
        var fetched = call(client, Requests.fetch(0, 1, Requests.from(TOPIC, 0, 2)), 12);
        assertThat(ErrorCode.of(fetched.responses.get(0).partitions.get(0).errorCode))
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void describesProducersAndDirectories() throws IOException {
        node.lead(TOPIC, 1);
        call(client, Requests.produce(-1, TOPIC, 0, Requests.idempotent(31, 2, 0, "a", "b")), 9);
        DescribeProducers.Request producers = new DescribeProducers.Request();
        DescribeProducers.Request.TopicRequest topic = new DescribeProducers.Request.TopicRequest();
        topic.name = TOPIC;
        topic.partitionIndexes = new int[] {0, 1};
        producers.topics = List.of(topic);
        DescribeProducers.Response described = call(client, (Message) producers, 0);
        assertThat(described.topics.get(0).partitions.get(0).activeProducers)
                .extracting(p -> p.producerId + "/" + p.producerEpoch + "/" + p.lastSequence)
                .containsExactly("31/2/1");
        assertThat(ErrorCode.of(described.topics.get(0).partitions.get(1).errorCode))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);

        for (int version = 1; version <= ApiKey.DESCRIBE_LOG_DIRS.highestVersion(); version++) {
            DescribeLogDirs.Request dirs = new DescribeLogDirs.Request();
            dirs.topics = null;
            DescribeLogDirs.Response response = call(client, (Message) dirs, version);
            assertThat(response.results).hasSize(1);
            assertThat(response.results.get(0).logDir).isEqualTo(dir.toString());
            assertThat(response.results.get(0).topics.get(0).name).isEqualTo(TOPIC);
            assertThat(response.results.get(0).topics.get(0).partitions.get(0).partitionSize)
                    .isPositive();
        }
    }

    private DeleteRecords.Response.DeleteRecordsPartitionResult delete(long offset) throws IOException {
        DeleteRecords.Request.DeleteRecordsPartition partition = new DeleteRecords.Request.DeleteRecordsPartition();
        partition.offset = offset;
        DeleteRecords.Request.DeleteRecordsTopic topic = new DeleteRecords.Request.DeleteRecordsTopic();
        topic.name = TOPIC;
        topic.partitions = List.of(partition);
        DeleteRecords.Request request = new DeleteRecords.Request();
        request.topics = List.of(topic);
        DeleteRecords.Response response = call(client, (Message) request, 2);
        return response.topics.get(0).partitions.get(0);
    }

    private ErrorCode partitionError(LeaderAndIsr.Request request) {
        LeaderAndIsr.Response response = node.replicas.applyLeaderAndIsr(request);
        assertThat(response.errorCode).isZero();
        return ErrorCode.of(response.topics.get(0).partitionErrors.get(0).errorCode);
    }

    private static StopReplica.Request stop(int leaderEpoch, boolean delete) {
        StopReplica.Request.StopReplicaPartitionState state = new StopReplica.Request.StopReplicaPartitionState();
        state.leaderEpoch = leaderEpoch;
        state.deletePartition = delete;
        StopReplica.Request.StopReplicaTopicState topic = new StopReplica.Request.StopReplicaTopicState();
        topic.topicName = TOPIC;
        topic.partitionStates = List.of(state);
        StopReplica.Request request = new StopReplica.Request();
        request.controllerEpoch = 1;
        request.topicStates = List.of(topic);
        return request;
    }
}
