package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaStateChangesTest {
    private static final int BROKER = 1;

    @TempDir
    Path dir;

    private final List<String> asked = new ArrayList<>();
    private final HostedPartitions partitions = new HostedPartitions();
    private LogManager logs;
    private ReplicaStateChanges changes;
    private boolean settingsFail;

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(BROKER, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
        changes = new ReplicaStateChanges(
                TestReplicas.host(BROKER, new TestLoop()),
                logs,
                partitions,
                this::settings,
                TestReplicas.NO_FETCHING,
                List.of(),
                partition -> {});
    }

    @AfterEach
    void stop() throws Exception {
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

    @Test
    void readsTheSettingsOfATopicOnce() {
        changes.apply(request(topic("a", 10), topic("b", 10)));

        assertThat(asked).containsExactly("a", "b");
    }

    private TopicSettings settings(String topic) {
        asked.add(topic);
        if (settingsFail && topic.equals("broken")) {
            throw new IllegalStateException("ZooKeeper does not answer");
        }
        return new TopicSettings(LogConfig.DEFAULT, 1);
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
