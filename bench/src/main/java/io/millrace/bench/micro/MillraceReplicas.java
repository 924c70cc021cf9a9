package io.millrace.bench.micro;

import io.millrace.broker.config.ReplicaConfig;
import io.millrace.broker.loop.LoopThread;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.DeadlineTimer;
import io.millrace.broker.replica.FollowerFetching;
import io.millrace.broker.replica.FollowerLog;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaEnvironment;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.client.net.Endpoint;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The replicas of a broker that leads every partition of one topic, with logs on disk and without a network. */
final class MillraceReplicas implements AutoCloseable {
    static final String TOPIC = "bench";
    static final Uuid TOPIC_ID = new Uuid(1, 2);

    private static final int BROKER = 1;
    private static final String LISTENER = "PLAINTEXT";
    private static final int FETCH_MAX_BYTES = 57_671_680;
    private static final int MAX_SESSIONS = 1_000;
    private static final long LAG_TIME_MAX_MS = 30_000;
    private static final long LOOP_ENDS_TIMEOUT_MS = 5_000;

    private final Path dir;
    private final LogManager logs;
    private final DeadlineTimer timer = new DeadlineTimer(MillraceReplicas::fail);
    private final LoopThread loop = new LoopThread("replicas", LOOP_ENDS_TIMEOUT_MS, MillraceReplicas::fail);
    private final ReplicaManager replicas;

    MillraceReplicas(int partitions) throws IOException {
        dir = Files.createTempDirectory("millrace-bench");
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(BROKER, "bench", topic -> LogConfig.DEFAULT).join();
        replicas = new ReplicaManager(
                new ReplicaConfig(BROKER, LISTENER, LISTENER, FETCH_MAX_BYTES, MAX_SESSIONS, LAG_TIME_MAX_MS, false),
                logs,
                new MetadataCache("bench", () -> 0),
                topic -> new TopicSettings(LogConfig.DEFAULT, 1),
                new ReplicaEnvironment(loop, timer, () -> 0, proposal -> {}, new NobodyFollows(), topic -> null));
        lead(partitions);
    }

    private void lead(int partitions) {
        LeaderAndIsrTopicState topic = new LeaderAndIsrTopicState();
        topic.topicName = TOPIC;
        topic.topicId = TOPIC_ID;
        topic.partitionStates = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
            state.partitionIndex = i;
            state.controllerEpoch = 1;
            state.leader = BROKER;
            state.isr = new int[] {BROKER};
            state.replicas = new int[] {BROKER};
            topic.partitionStates.add(state);
        }
        LeaderAndIsr.Request request = new LeaderAndIsr.Request();
        request.controllerId = BROKER;
        request.controllerEpoch = 1;
        request.topicStates = List.of(topic);
        LeaderAndIsr.Response response = replicas.applyLeaderAndIsr(request);
        if (response.errorCode != 0) {
            throw new IllegalStateException("LeaderAndIsr was refused with error " + response.errorCode);
        }
    }

    ReplicaManager replicas() {
        return replicas;
    }

    /** Appends a batch to a partition, on the calling thread. */
    void append(int partition, ByteBuffer batch) {
        replicas.append(new TopicPartition(TOPIC, partition), 0, Batches.anew(batch), (short) 1, 0, (error, offset) -> {
            if (offset < 0) {
                throw new IllegalStateException("An append was answered " + error);
            }
        });
    }

    @Override
    public void close() throws IOException {
        timer.close();
        loop.close();
        logs.close();
        TempDirs.delete(dir);
    }

    private static void fail(Throwable e) {
        throw new IllegalStateException(e);
    }

    /** There is one broker only. */
    private static final class NobodyFollows implements FollowerFetching {
        @Override
        public void follow(FollowerLog replica, int leaderId, @Nullable Endpoint endpoint) {
            throw new IllegalStateException("There is nobody to follow");
        }

        @Override
        public void stop(Partition partition) {}
    }
}
