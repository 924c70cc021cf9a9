package io.millrace.broker.group;

import static io.millrace.broker.Await.await;
import static io.millrace.broker.group.TestGroups.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.GroupConfig;
import io.millrace.broker.config.ReplicaConfig;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.DeadlineTimer;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.TestReplicas;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator on real replicas: files, epochs, replicas in sync. */
class ReplicatedOffsetLogTest {
    private static final int BROKER = 1;
    private static final int OTHER = 2;
    private static final String CLUSTER = "s55IFEEGTjeRx610tWIVxg";
    private static final Uuid TOPIC_ID = Uuid.random();
    private static final int[] ALONE = {BROKER};
    private static final int[] BOTH = {BROKER, OTHER};
    private static final int COMMIT_TIMEOUT_MS = 200;
    private static final long ANSWER_DEADLINE_S = 30;

    @TempDir
    Path dir;

    private Node node;

    @BeforeEach
    void start() throws Exception {
        node = new Node(dir, 1);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void whatWasCommittedIsThereAfterARestart() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        for (int i = 0; i < 100; i++) {
            assertThat(node.commit("t" + i, i, "")).isEqualTo(ErrorCode.NONE);
        }
        node.close();
        node = new Node(dir, 1);
        node.elect(BROKER, 1, ALONE, ALONE);
        node.awaitLoaded();
        for (int i = 0; i < 100; i++) {
            assertThat(node.committed("t" + i)).isEqualTo(i);
        }
    }

    @Test
    void aLargePartitionIsReadInPieces() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        commitLargely();
        node.close();
        node = new Node(dir, 1);
        node.elect(BROKER, 1, ALONE, ALONE);
        node.awaitLoaded();
        assertThat(node.fetch(null).topics).hasSize(1_000);
        assertThat(node.committed("t999")).isEqualTo(999);
    }

    @Test
    void groupsGoAndComeWithTheLeadership() throws Exception {
        node.elect(BROKER, 0, BOTH, ALONE);
        node.awaitLoaded();
        assertThat(node.commit("t", 1, "")).isEqualTo(ErrorCode.NONE);

        node.elect(OTHER, 1, BOTH, BOTH);
        assertThat(node.commit("t", 2, "")).isEqualTo(ErrorCode.NOT_COORDINATOR);

        node.elect(BROKER, 2, BOTH, ALONE);
        node.awaitLoaded();
        assertThat(node.committed("t")).isEqualTo(1);
        assertThat(node.commit("t", 3, "")).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void itsBatchesMayBeAsLargeAsThoseOfTheTopic() {
        node.elect(BROKER, 0, ALONE, ALONE);
        assertThat(node.log.maxBatchBytes(0))
                .isEqualTo(node.partitionLog().config().maxMessageBytes())
                .isEqualTo(LogConfig.DEFAULT.maxMessageBytes());
    }

    @Test
    void aCommitIsRefusedWithTooFewReplicasInSync() throws Exception {
        node.close();
        node = new Node(dir, 2);
        node.elect(BROKER, 0, BOTH, ALONE);
        node.awaitLoaded();
        assertThat(node.commit("t", 1, "")).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(node.committed("t")).isEqualTo(-1);
    }

    @Test
    void aCommitWaitsForTheReplicasButNotForEver() throws Exception {
        node.elect(BROKER, 0, BOTH, BOTH);
        node.awaitLoaded();
        long startNs = System.nanoTime();
        assertThat(node.commit("t", 1, "")).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(System.nanoTime() - startNs)
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(COMMIT_TIMEOUT_MS - 50));
        assertThat(node.committed("t")).isEqualTo(-1);
    }

    @Test
    void anAppendDecidedInAnotherEpochIsRefused() throws Exception {
        node.elect(BROKER, 5, ALONE, ALONE);
        node.awaitLoaded();
        CompletableFuture<ErrorCode> outcome = new CompletableFuture<>();
        GroupRecord record = GroupRecordEncoder.groupTombstone("g");
        var batch = new BatchBuilder().append(0, record.key(), record.value()).finish();
        node.log.append(0, 4, batch, outcome::complete);
        assertThat(outcome.get(ANSWER_DEADLINE_S, TimeUnit.SECONDS)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(node.replicas
                        .partition(InternalTopics.CONSUMER_OFFSETS, 0)
                        .log()
                        .logEndOffset())
                .isZero();
    }

    @Test
    void aReadingEndsWithTheErrorThatStoppedIt() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        assertThat(node.commit("t", 1, "")).isEqualTo(ErrorCode.NONE);
        assertThat(node.replay(0, batches -> {
                    throw new OutOfMemoryError("on purpose");
                }))
                .isInstanceOf(OutOfMemoryError.class);
        assertThat(node.replay(0, batches -> {})).as("the loader goes on").isNull();
    }

    @Test
    void damageEndsTheReading() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        assertThat(node.commit("t", 1, "a note")).isEqualTo(ErrorCode.NONE);
        PartitionLog log = node.partitionLog();
        try (FileChannel file = FileChannel.open(
                log.path().resolve("%020d.log".formatted(0)), StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            file.read(last, log.size() - 1);
            file.write(ByteBuffer.wrap(new byte[] {(byte) ~last.get(0)}), log.size() - 1);
        }
        assertThat(node.replay(0, batches -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("wrong checksum");
    }

    @Test
    void theReadingEndsWithTheLeadership() throws Exception {
        node.elect(BROKER, 0, BOTH, ALONE);
        node.awaitLoaded();
        assertThat(node.commit("t", 1, "")).isEqualTo(ErrorCode.NONE);
        assertThat(node.replay(0, batches -> node.elect(OTHER, 1, BOTH, BOTH)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not lead");
    }

    @Test
    void aLogThatIsCutWhileItIsReadIsNotReadToItsEnd() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        commitLargely();
        PartitionLog log = node.partitionLog();
        assertThat(node.replay(0, batches -> {
                    long read = batches.position();
                    for (int index = batches.position(); index < batches.limit(); ) {
                        read = BatchHeader.nextOffset(batches, index);
                        index += BatchHeader.sizeInBytes(batches, index);
                    }
                    log.truncateTo(read);
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Nothing was read from offset");
    }

    @Test
    void aLogWhoseEndWasCompactedAwayIsReadToItsEnd() throws Exception {
        node.elect(BROKER, 0, ALONE, ALONE);
        node.awaitLoaded();
        for (int i = 0; i < 10; i++) {
            assertThat(node.commit("t" + i, i, "")).isEqualTo(ErrorCode.NONE);
        }
        long end = node.partitionLog().logEndOffset();
        Path partition = node.partitionLog().path();
        node.close();
        // As a broker leaves it that ended between the start of a segment and its first batch.
        Files.createFile(partition.resolve("%020d.log".formatted(end)));
        node = new Node(dir, 1);
        node.elect(BROKER, 1, ALONE, ALONE);
        node.awaitLoaded();
        assertThat(node.fetch(null).topics).hasSize(10);

        PartitionLog log = node.partitionLog();
        log.upkeep().rewrite(end, (batch, index) -> null);
        assertThat(log.size()).isZero();
        assertThat(log.logStartOffset()).isZero();
        assertThat(log.logEndOffset()).isEqualTo(end);
        assertThat(node.replay(1, batches -> {})).isNull();
    }

    /** A thousand offsets with long notes. */
    private void commitLargely() throws Exception {
        String note = "n".repeat(4_000);
        List<CompletableFuture<ErrorCode>> commits = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            commits.add(node.commitLater("t" + i, i, note));
        }
        for (CompletableFuture<ErrorCode> commit : commits) {
            assertThat(commit.get(ANSWER_DEADLINE_S, TimeUnit.SECONDS)).isEqualTo(ErrorCode.NONE);
        }
    }

    /** One broker as far as groups need one; the test is its controller. */
    private static final class Node {
        private final LogManager logs;
        private final DeadlineTimer timer = new DeadlineTimer(error -> {});
        private final GroupThread thread = new GroupThread(error -> {});
        private final GroupCoordinator coordinator;
        final ReplicaManager replicas;
        final ReplicatedOffsetLog log;
        private boolean closed;

        Node(Path dir, int minInsyncReplicas) throws Exception {
            TopicSettings settings = new TopicSettings(LogConfig.DEFAULT, minInsyncReplicas);
            logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
            logs.lockDirs();
            logs.start(BROKER, CLUSTER, topic -> settings.log()).join();
            MetadataCache metadata = new MetadataCache(CLUSTER, () -> 0);
            metadata.update(offsetsTopic());
            replicas = new ReplicaManager(
                    new ReplicaConfig(BROKER, "PLAINTEXT", "PLAINTEXT", 57_671_680, 10, 30_000, false),
                    logs,
                    metadata,
                    topic -> settings,
                    TestReplicas.environment(timer));
            GroupConfig.Offsets offsets =
                    new GroupConfig.Offsets(1, 1, 1 << 20, 0, 4_096, COMMIT_TIMEOUT_MS, 1_000_000, 1_000_000);
            OffsetsTopic topic = new OffsetsTopic(offsets, metadata, topics -> new CompletableFuture<>());
            log = new ReplicatedOffsetLog(offsets, topic, replicas);
            coordinator = new GroupCoordinator(new GroupConfig(6_000, 60_000, 0, 10, offsets), thread, log);
            replicas.addListener(new OffsetsLeadership(coordinator));
            thread.start();
        }

        private static UpdateMetadata.Request offsetsTopic() {
            UpdateMetadataTopicState topic = new UpdateMetadataTopicState();
            topic.topicName = InternalTopics.CONSUMER_OFFSETS;
            topic.topicId = TOPIC_ID;
            topic.partitionStates = List.of(new UpdateMetadataPartitionState());
            UpdateMetadata.Request news = new UpdateMetadata.Request();
            news.topicStates = List.of(topic);
            return news;
        }

        void elect(int leader, int epoch, int[] assigned, int[] isr) {
            LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
            state.controllerEpoch = 1;
            state.leader = leader;
            state.leaderEpoch = epoch;
            state.isr = isr;
            state.replicas = assigned;
            LeaderAndIsrTopicState topic = new LeaderAndIsrTopicState();
            topic.topicName = InternalTopics.CONSUMER_OFFSETS;
            topic.topicId = TOPIC_ID;
            topic.partitionStates = List.of(state);
            LeaderAndIsr.Request request = new LeaderAndIsr.Request();
            request.controllerEpoch = 1;
            request.topicStates = List.of(topic);
            LeaderAndIsr.Response response = replicas.applyLeaderAndIsr(request);
            assertThat(response.errorCode).isZero();
            assertThat(response.topics.get(0).partitionErrors.get(0).errorCode).isZero();
        }

        PartitionLog partitionLog() {
            return replicas.partition(InternalTopics.CONSUMER_OFFSETS, 0).log();
        }

        /** Reads the partition; returns why not to its end, or null. */
        Throwable replay(int leaderEpoch, Consumer<ByteBuffer> onBatches) throws Exception {
            CompletableFuture<Optional<Throwable>> end = new CompletableFuture<>();
            log.replay(0, leaderEpoch, new OffsetLog.ReplayReader() {
                @Override
                public void onBatches(ByteBuffer batches) {
                    onBatches.accept(batches);
                }

                @Override
                public void onEnd(Throwable failure) {
                    end.complete(Optional.ofNullable(failure));
                }
            });
            return end.get(ANSWER_DEADLINE_S, TimeUnit.SECONDS).orElse(null);
        }

        void awaitLoaded() {
            await("the groups have been read", () -> fetch("t").errorCode == 0);
        }

        ErrorCode commit(String topic, long offset, String note) throws Exception {
            return commitLater(topic, offset, note).get(ANSWER_DEADLINE_S, TimeUnit.SECONDS);
        }

        CompletableFuture<ErrorCode> commitLater(String topic, long offset, String note) {
            CompletableFuture<OffsetCommit.Response> answer = new CompletableFuture<>();
            coordinator.commitOffsets(TestGroups.commitRequest(GROUP, "", -1, topic, offset, note), answer::complete);
            return answer.thenApply(response ->
                    TestGroups.error(response.topics.get(0).partitions.get(0).errorCode));
        }

        long committed(String topic) throws Exception {
            OffsetFetchResponseGroup group = fetch(topic);
            assertThat(group.errorCode).isZero();
            return group.topics.get(0).partitions.get(0).committedOffset;
        }

        OffsetFetchResponseGroup fetch(String topic) throws Exception {
            OffsetFetchRequestGroup request = new OffsetFetchRequestGroup();
            request.groupId = GROUP;
            request.topics = null;
            if (topic != null) {
                OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics();
                asked.name = topic;
                asked.partitionIndexes = new int[] {0};
                request.topics = List.of(asked);
            }
            CompletableFuture<List<OffsetFetchResponseGroup>> answer = new CompletableFuture<>();
            coordinator.fetchOffsets(List.of(request), false, answer::complete);
            return answer.get(ANSWER_DEADLINE_S, TimeUnit.SECONDS).get(0);
        }

        void close() {
            if (!closed) {
                closed = true;
                coordinator.close();
                thread.close();
                log.close();
                timer.close();
                logs.close();
            }
        }
    }
}
