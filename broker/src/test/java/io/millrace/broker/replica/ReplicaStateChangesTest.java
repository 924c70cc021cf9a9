package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.broker.Await;
import io.millrace.client.net.Endpoint;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.StopReplica;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ReplicaStateChangesTest {
    private static final int BROKER = 1;
    private static final int OTHER = 2;

    @TempDir
    Path dir;

    private final List<String> asked = new ArrayList<>();
    private final HostedPartitions partitions = new HostedPartitions();
    private LogManager logs;
    private ReplicaStateChanges changes;
    private final CountDownLatch go = new CountDownLatch(1);
    private boolean settingsFail;
    private TopicSettings settings = new TopicSettings(LogConfig.DEFAULT, 1);
    private Runnable afterSettingsWereRead = () -> {};
    private boolean fetchingFails;
    private boolean listenerFails;
    private final List<String> followed = new ArrayList<>();
    private final List<String> led = new ArrayList<>();
    private final List<String> resigned = new ArrayList<>();

    @BeforeEach
    void start() {
        open(dir);
    }

    private void open(Path... dirs) {
        logs = new LogManager(StorageConfig.of(List.of(dirs)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(BROKER, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
        changes = stateChanges();
    }

    private ReplicaStateChanges stateChanges() {
        return new ReplicaStateChanges(
                TestReplicas.host(BROKER, new TestLoop()),
                logs,
                partitions,
                new TopicSettingsSource() {
                    @Override
                    public TopicSettings of(String topic) {
                        return settings(topic);
                    }

                    @Override
                    public TopicSettings lastHeard(String topic) {
                        return settings;
                    }
                },
                topic -> null,
                fetching(),
                List.of(listener()),
                partition -> {});
    }

    @AfterEach
    void stop() throws Exception {
        go.countDown();
        logs.close();
    }

    @Test
    void servesTheOtherPartitionsWhenTheSettingsOfATopicCannotBeRead() {
        settingsFail = true;
        LeaderAndIsr.Request request = request(topic("broken", 2), topic("fine", 2));

        LeaderAndIsr.Response response = changes.apply(request);

        assertThat(response.errorCode).isZero();
        assertThat(errors(response, 0)).containsOnly(ErrorCode.UNKNOWN_SERVER_ERROR.code());
        assertThat(errors(response, 1)).containsOnly(ErrorCode.NONE.code());
        assertThat(partitions.find("fine", 1).isLeader()).isTrue();
        assertThat(partitions.find("broken", 0)).isNull();

        settingsFail = false;
        assertThat(errors(changes.apply(request), 0)).as("told again, it can").containsOnly(ErrorCode.NONE.code());
        assertThat(partitions.find("broken", 1).isLeader()).isTrue();
    }

    /** It would lead, or vote, without the records that lie there. */
    @Test
    void makesNoReplicaAnewThatMayBeInADirectoryThatFailed() throws Exception {
        Path unusable = Files.createFile(dir.resolve("unusable"));
        logs.close();
        open(dir.resolve("usable"), unusable);

        LeaderAndIsr.Request request = request(topic("t", 1));
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(Complaints.class);
        logger.addAppender(events);
        events.start();
        try {
            for (int i = 0; i < 3; i++) {
                assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.KAFKA_STORAGE_ERROR.code());
            }
        } finally {
            logger.detachAppender(events);
        }
        assertThat(partitions.find("t", 0)).isNull();
        assertThat(events.list)
                .filteredOn(event -> event.getLevel() == Level.ERROR)
                .as("the controller asks again until the disk is replaced")
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.getFormattedMessage()).contains("t-0", unusable.toString());
                    assertThat(event.getThrowableProxy()).isNull();
                });

        request.topicStates.get(0).partitionStates.get(0).isNew = true;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.NONE.code());
        assertThat(partitions.find("t", 0).isLeader()).isTrue();
    }

    @Test
    void readsTheSettingsOfATopicOnce() {
        changes.apply(request(topic("a", 10), topic("b", 10)));

        assertThat(asked).containsExactly("a", "b");
    }

    @Test
    void changesOfSettingsReachAPartitionThatIsBeingMade() {
        TopicSettings changed =
                new TopicSettings(new LogConfig.Builder().retentionMs(1).build(), 1);
        // As ReplicaManager does on another thread: there is no such log yet that it could give the settings to.
        afterSettingsWereRead = () -> {
            afterSettingsWereRead = () -> {};
            settings = changed;
            changes.onSettingsChanging();
            logs.updateConfig("t", changed.log());
        };

        changes.apply(request(topic("t", 2)));

        assertThat(partitions.find("t", 0).log().config()).isEqualTo(changed.log());
        assertThat(partitions.find("t", 1).log().config()).isEqualTo(changed.log());
        assertThat(asked).containsExactly("t", "t");
    }

    @Test
    void logsThatAreThereTakeOverWhatHoldsNow() {
        TopicPartition name = new TopicPartition("t", 0);
        LogConfig ofItsLoading = new LogConfig.Builder().retentionMs(7).build();
        logs.getOrCreate(name, Uuid.ZERO, ofItsLoading);

        changes.apply(request(topic("t", 1)));

        assertThat(partitions.find("t", 0).log().config()).isEqualTo(LogConfig.DEFAULT);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void servesWhatIsReadyWhileALogIsRecovered() throws Exception {
        restartWithSlowTopic();
        LeaderAndIsr.Request request = request(topic("slow", 1), topic("fine", 1));
        try {
            LeaderAndIsr.Response response = changes.apply(request);

            assertThat(errors(response, 0)).containsExactly(ErrorCode.NONE.code());
            assertThat(errors(response, 1)).containsExactly(ErrorCode.NONE.code());
            assertThat(partitions.find("fine", 0).isLeader()).isTrue();
            assertThat(partitions.find("slow", 0)).isNull();

            request.topicStates.get(0).partitionStates.get(0).leaderEpoch = 4;
            changes.apply(request);
            LeaderAndIsr.Request late = request(topic("slow", 1));
            late.topicStates.get(0).partitionStates.get(0).leaderEpoch = 3;
            assertThat(errors(changes.apply(late), 0)).containsExactly(ErrorCode.STALE_CONTROLLER_EPOCH.code());
        } finally {
            go.countDown();
        }
        Await.await("it leads the other one", () -> partitions.find("slow", 0) != null);
        assertThat(partitions.find("slow", 0).isLeader()).isTrue();
        assertThat(partitions.find("slow", 0).leaderEpoch()).isEqualTo(4);
        assertThat(led).containsExactly("fine-0", "slow-0");
        assertThat(asked).as("ZooKeeper is not waited for").containsExactly("fine");
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void deletesALogOnceItIsRecoveredAndSaysThenThatItIsGone() throws Exception {
        restartWithSlowTopic();
        StopReplica.Request stop = new StopReplica.Request();
        stop.controllerEpoch = 1;
        StopReplica.Request.StopReplicaTopicState topic = new StopReplica.Request.StopReplicaTopicState();
        topic.topicName = "slow";
        StopReplica.Request.StopReplicaPartitionState state = new StopReplica.Request.StopReplicaPartitionState();
        state.leaderEpoch = -2;
        state.deletePartition = true;
        topic.partitionStates = List.of(state);
        stop.topicStates = List.of(topic);
        try {
            changes.apply(request(topic("slow", 1)));
            assertThat(changes.stop(stop).partitionErrors.get(0).errorCode)
                    .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR.code());
        } finally {
            go.countDown();
        }
        Await.await("it is deleted", () -> Files.notExists(dir.resolve("slow-0")));
        assertThat(changes.stop(stop).partitionErrors.get(0).errorCode).isEqualTo(ErrorCode.NONE.code());
        assertThat(partitions.find("slow", 0)).isNull();
    }

    // The log of "slow" is there, and is not ready before the latch says so.
    private void restartWithSlowTopic() throws Exception {
        logs.getOrCreate(new TopicPartition("slow", 0), Uuid.ZERO, LogConfig.DEFAULT);
        logs.close();
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.onLoaded(partition -> changes.onLogLoaded(partition));
        changes = stateChanges();
        logs.start(BROKER, "s55IFEEGTjeRx610tWIVxg", topic -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return LogConfig.DEFAULT;
        });
    }

    /** Else it would be a follower that never fetches, as the controller says nothing new when it says it again. */
    @Test
    void followsAtTheNextAttemptWhenTheFirstOneFailed() {
        LeaderAndIsr.Request request = request(topic("t", 1));
        LeaderAndIsrPartitionState state =
                request.topicStates.get(0).partitionStates.get(0);
        state.leader = OTHER;
        state.leaderEpoch = 3;
        state.isr = new int[] {OTHER};
        state.replicas = new int[] {BROKER, OTHER};

        fetchingFails = true;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.UNKNOWN_SERVER_ERROR.code());
        fetchingFails = false;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.NONE.code());
        assertThat(followed).containsExactly("t-0 in epoch 3");
    }

    @Test
    void leadsAtTheNextAttemptWhenTheFirstOneFailed() {
        LeaderAndIsr.Request request = request(topic("t", 1));

        listenerFails = true;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.UNKNOWN_SERVER_ERROR.code());
        assertThat(partitions.find("t", 0).isLeader()).as("half a leader").isFalse();
        listenerFails = false;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.NONE.code());
        assertThat(partitions.find("t", 0).isLeader()).isTrue();
        assertThat(led).containsExactly("t-0");
    }

    /** Else a coordinator would go on answering for a partition that another leads. */
    @Test
    void tellsThatItLeadsNoMoreAlsoWhenItCannotFollow() {
        LeaderAndIsr.Request request = request(topic("t", 1));
        changes.apply(request);
        LeaderAndIsrPartitionState state =
                request.topicStates.get(0).partitionStates.get(0);
        state.leader = OTHER;
        state.leaderEpoch++;
        state.partitionEpoch++;
        state.isr = new int[] {OTHER};
        state.replicas = new int[] {BROKER, OTHER};

        fetchingFails = true;
        assertThat(errors(changes.apply(request), 0)).containsExactly(ErrorCode.UNKNOWN_SERVER_ERROR.code());
        assertThat(resigned).containsExactly("t-0");
    }

    @Test
    void saysInOneLineThatItHasNewPartitionsAndInOneEachWhatBecomesOfThemLater() {
        LeaderAndIsr.Request request = request(topic("many", 3));
        List<String> said = said(() -> changes.apply(request));
        assertThat(said).containsExactly("Has replicas of new partitions topic=many leading=3 following=0");

        request.topicStates.get(0).partitionStates.forEach(state -> state.leaderEpoch++);
        assertThat(said(() -> changes.apply(request)))
                .hasSize(3)
                .allMatch(line -> line.startsWith("Became leader partition=many-"));
    }

    private static List<String> said(Runnable action) {
        Logger logger = (Logger) LoggerFactory.getLogger(Partition.class.getPackageName());
        Level before = logger.getLevel();
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.INFO);
        try {
            action.run();
        } finally {
            logger.setLevel(before);
            logger.detachAppender(appender);
        }
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private FollowerFetching fetching() {
        return new FollowerFetching() {
            @Override
            public void follow(FollowerLog replica, int leaderId, Endpoint endpoint) {
                if (fetchingFails) {
                    throw new IllegalStateException("no thread can be had");
                }
                followed.add(replica.toString());
            }

            @Override
            public void stop(Partition partition) {}
        };
    }

    private LeadershipListener listener() {
        return new LeadershipListener() {
            @Override
            public void onLeader(TopicPartition partition, int leaderEpoch) {
                if (listenerFails) {
                    throw new IllegalStateException("no thread can be had");
                }
                led.add(partition.toString());
            }

            @Override
            public void onResigned(TopicPartition partition, int leaderEpoch) {
                resigned.add(partition.toString());
            }
        };
    }

    private TopicSettings settings(String topic) {
        asked.add(topic);
        if (settingsFail && topic.equals("broken")) {
            throw new IllegalStateException("ZooKeeper does not answer");
        }
        TopicSettings read = settings;
        afterSettingsWereRead.run();
        return read;
    }

    private static List<Short> errors(LeaderAndIsr.Response response, int topic) {
        return response.topics.get(topic).partitionErrors.stream()
                .map(outcome -> outcome.errorCode)
                .toList();
    }

    private static LeaderAndIsr.Request request(LeaderAndIsrTopicState... topics) {
        LeaderAndIsr.Request request = new LeaderAndIsr.Request();
        request.controllerId = BROKER;
        request.controllerEpoch = 1;
        request.topicStates = List.of(topics);
        return request;
    }

    private static LeaderAndIsrTopicState topic(String name, int count) {
        LeaderAndIsrTopicState topic = new LeaderAndIsrTopicState();
        topic.topicName = name;
        topic.topicId = Uuid.random();
        topic.partitionStates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LeaderAndIsrPartitionState partition = new LeaderAndIsrPartitionState();
            partition.partitionIndex = i;
            partition.leader = BROKER;
            partition.isr = new int[] {BROKER};
            partition.replicas = new int[] {BROKER};
            topic.partitionStates.add(partition);
        }
        return topic;
    }
}
