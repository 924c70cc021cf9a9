package io.millrace.broker.fetcher;

import static io.millrace.broker.replica.TestReplicas.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.LogLines;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.loop.Loop;
import io.millrace.broker.replica.HeldSyncs;
import io.millrace.broker.replica.TestLoop;
import io.millrace.broker.replica.TestReplicas;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Request.FetchPartition;
import io.millrace.protocol.message.Fetch.Response.FetchableTopicResponse;
import io.millrace.protocol.message.Fetch.Response.PartitionData;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.ListOffsets.Response.ListOffsetsPartitionResponse;
import io.millrace.protocol.message.ListOffsets.Response.ListOffsetsTopicResponse;
import io.millrace.protocol.message.Message;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.LogDirHealth;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fetcher with real logs; the test is its leader, broker 2. */
class ReplicaFetcherTest {
    private static final int LEADER = 2;
    private static final int EPOCH = 6;
    private static final int SESSION = 77;
    private static final int BACKOFF_MS = 1_000;

    @TempDir
    Path dir;

    private final TestLoop loop = new TestLoop();
    private final Leader leader = new Leader();
    private final Uuid topicId = Uuid.random();
    private long brokerEpoch = 55;
    private LogManager logs;
    private ReplicaFetcher fetcher;
    private PartitionLog zero;
    private PartitionLog one;

    /** What the fetcher asks, one after the other. */
    private final class Leader implements LeaderLink {
        private final Queue<Asked<?>> asked = new ArrayDeque<>();

        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        public <R extends Message> void send(
                Message request, int lowest, int highest, Supplier<R> response, BiConsumer<R, Throwable> then) {
            asked.add(new Asked<>(request, then));
        }

        @SuppressWarnings("unchecked")
        void answer(Message response) {
            ((BiConsumer<Message, Throwable>) asked.remove().then()).accept(response, null);
            loop.run();
        }

        void fail() {
            asked.remove().then().accept(null, new IOException("no connection"));
            loop.run();
        }

        Fetch.Request fetch() {
            assertThat(asked).as("requests under way").hasSize(1);
            return (Fetch.Request) asked.peek().request();
        }

        @Override
        public void end() {}

        @Override
        public void close() {}
    }

    private record Asked<R>(Message request, BiConsumer<R, Throwable> then) {}

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
        zero = logs.getOrCreate(name(0), topicId, LogConfig.DEFAULT);
        one = logs.getOrCreate(name(1), topicId, LogConfig.DEFAULT);
        FetcherConfig config = new FetcherConfig(1, 1, 500, 1, 1 << 20, 10 << 20, 100 << 20, BACKOFF_MS, 30_000, -1);
        fetcher = new ReplicaFetcher(config, LEADER, leader, () -> brokerEpoch);
    }

    @AfterEach
    void stop() throws Exception {
        logs.close();
    }

    @Test
    void asksForEverythingOnceAndThenOnlyForWhatHasMoved() {
        follow(zero, EPOCH);
        follow(one, EPOCH);
        Fetch.Request first = leader.fetch();
        assertThat(first.replicaState.replicaId).isEqualTo(1);
        assertThat(first.replicaState.replicaEpoch).isEqualTo(55);
        assertThat(first.sessionEpoch).isZero();
        assertThat(wanted(first)).containsExactly("0@0");
        leader.answer(answer(SESSION));
        Fetch.Request second = leader.fetch();
        assertThat(second.sessionId).isEqualTo(SESSION);
        assertThat(second.sessionEpoch).isEqualTo(1);
        assertThat(wanted(second)).as("what came meanwhile").containsExactly("1@0");

        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 4), 0)));
        Fetch.Request third = leader.fetch();
        assertThat(third.sessionEpoch).isEqualTo(2);
        assertThat(wanted(third)).containsExactly("0@4");
        assertThat(third.topics.get(0).partitions.get(0).lastFetchedEpoch).isEqualTo(EPOCH);
        assertThat(zero.logEndOffset()).isEqualTo(4);

        leader.answer(answer(SESSION, records(0, null, 4)));
        assertThat(wanted(leader.fetch())).as("nothing has moved").isEmpty();
        assertThat(zero.highWatermark()).isEqualTo(4);
    }

    @Test
    void comparesItsEpochsWithEveryEpochOfTheLeaderEvenOfTheSame() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 4), 4)));
        leader.fetch();
        follow(zero, EPOCH + 2);
        leader.answer(answer(SESSION, records(0, stored(4, EPOCH, 4), 8)));
        assertThat(zero.logEndOffset()).as("an answer for the epoch before").isEqualTo(4);

        FetchPartition again = leader.fetch().topics.get(0).partitions.get(0);
        assertThat(again.currentLeaderEpoch).isEqualTo(EPOCH + 2);
        assertThat(again.lastFetchedEpoch).isEqualTo(EPOCH);
        PartitionData parted = partition(0, ErrorCode.NONE);
        parted.divergingEpoch.epoch = EPOCH - 1;
        parted.divergingEpoch.endOffset = 0;
        parted.highWatermark = 4;
        leader.answer(answer(SESSION, parted));
        assertThat(zero.logEndOffset()).isZero();
        assertThat(wanted(leader.fetch())).containsExactly("0@0");
    }

    @Test
    void takesNoHighWatermarkFromAnAnswerThatFindsTheLogsParted() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, records(0, stored(0, 3, 4), 0)));
        leader.answer(answer(SESSION, records(0, stored(4, 4, 4), 0)));
        PartitionData parted = partition(0, ErrorCode.NONE);
        parted.divergingEpoch.epoch = 3;
        parted.divergingEpoch.endOffset = 6;
        parted.highWatermark = 6;
        leader.answer(answer(SESSION, parted));
        assertThat(zero.logEndOffset()).isEqualTo(4);
        assertThat(zero.highWatermark()).isZero();
    }

    @Test
    void cutsItsLogWhereThatOfTheLeaderEndsBeforeIt() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 4), 0)));
        leader.answer(answer(SESSION, records(0, stored(4, EPOCH, 4), 0)));
        leader.answer(answer(SESSION, partition(0, ErrorCode.OFFSET_OUT_OF_RANGE)));
        leader.answer(offset(0, -1, 4));
        assertThat(zero.logEndOffset()).isEqualTo(4);
        assertThat(wanted(leader.fetch())).containsExactly("0@4");
    }

    @Test
    void beginsAnewWhereTheLeaderHasDeletedWhatComesNext() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, partition(0, ErrorCode.OFFSET_OUT_OF_RANGE)));
        leader.answer(offset(0, -1, 120));
        leader.answer(offset(0, -2, 100));
        assertThat(zero.logStartOffset()).isEqualTo(100);
        assertThat(wanted(leader.fetch())).containsExactly("0@100");
    }

    @Test
    void tellsTheLeaderThatItHasDeletedWhatTheLeaderHas() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 4), 4)));
        leader.answer(answer(SESSION, records(0, null, 4)));
        PartitionData deleted = records(0, null, 4);
        deleted.logStartOffset = 3;
        leader.answer(answer(SESSION, deleted));
        assertThat(wanted(leader.fetch())).containsExactly("0@4");
        assertThat(leader.fetch().topics.get(0).partitions.get(0).logStartOffset)
                .isEqualTo(3);
    }

    @Test
    void leavesAPartitionWithAnErrorOutForAWhileAndTheOthersAlone() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION));
        follow(one, EPOCH);
        leader.answer(answer(SESSION));
        leader.answer(answer(SESSION, partition(0, ErrorCode.UNKNOWN_LEADER_EPOCH)));
        Fetch.Request without = leader.fetch();
        assertThat(without.forgottenTopicsData.get(0).partitions).containsExactly(0);
        loop.advance(BACKOFF_MS);
        leader.answer(answer(SESSION, records(1, stored(0, EPOCH, 1), 1)));
        assertThat(wanted(leader.fetch())).containsExactlyInAnyOrder("0@0", "1@1");
    }

    @Test
    void appendsNothingDamagedAndAsksForItAgain() {
        follow(zero, EPOCH);
        ByteBuffer damaged = stored(0, EPOCH, 4);
        damaged.put(damaged.limit() - 1, (byte) (damaged.get(damaged.limit() - 1) + 1));
        leader.answer(answer(SESSION, records(0, damaged, 4)));
        assertThat(zero.logEndOffset()).isZero();
        assertThat(zero.highWatermark()).isZero();
        loop.advance(BACKOFF_MS);
        assertThat(wanted(leader.fetch())).containsExactly("0@0");
    }

    @Test
    void leavesTheRestToTheControllerWhenItsEpochIsOver() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION, partition(0, ErrorCode.FENCED_LEADER_EPOCH)));
        loop.advance(100 * BACKOFF_MS);
        assertThat(leader.asked).isEmpty();
        follow(zero, EPOCH + 1);
        assertThat(wanted(leader.fetch())).containsExactly("0@0");
    }

    @Test
    void beginsAnotherSessionWhenTheLeaderKnowsItNoLonger() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION));
        Fetch.Response unknown = answer(0);
        unknown.errorCode = ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code();
        leader.answer(unknown);
        loop.advance(BACKOFF_MS);
        Fetch.Request again = leader.fetch();
        assertThat(again.sessionId).isZero();
        assertThat(again.sessionEpoch).isZero();
        assertThat(wanted(again)).containsExactly("0@0");
    }

    /** Under its former epoch the leader would never propose it for the ISR of a partition in which nothing happens. */
    @Test
    void tellsEverythingAgainUnderAnotherBrokerEpoch() {
        follow(zero, EPOCH);
        follow(one, EPOCH);
        leader.answer(answer(SESSION));
        leader.answer(answer(SESSION));
        assertThat(wanted(leader.fetch())).as("nothing has moved").isEmpty();
        brokerEpoch = 56;
        leader.answer(answer(SESSION));
        Fetch.Request again = leader.fetch();
        assertThat(again.replicaState.replicaEpoch).isEqualTo(56);
        assertThat(again.sessionId).as("ends the one before").isEqualTo(SESSION);
        assertThat(again.sessionEpoch).isZero();
        assertThat(wanted(again)).containsExactlyInAnyOrder("0@0", "1@0");
    }

    @Test
    void tellsEverythingAgainAfterARequestThatMayNotHaveArrived() {
        follow(zero, EPOCH);
        leader.answer(answer(SESSION));
        leader.fail();
        assertThat(leader.asked).as("not at once").isEmpty();
        loop.advance(BACKOFF_MS);
        Fetch.Request again = leader.fetch();
        assertThat(again.sessionId).as("ends the one before").isEqualTo(SESSION);
        assertThat(again.sessionEpoch).isZero();
        assertThat(wanted(again)).containsExactly("0@0");
    }

    @Test
    void fetchesNothingThatItWasToldToLeave() {
        follow(zero, EPOCH);
        fetcher.stop(name(0));
        loop.run();
        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 4), 4)));
        assertThat(zero.logEndOffset()).isZero();
        assertThat(leader.asked).isEmpty();
    }

    @Test
    void asksForMoreOnlyWhenWhatItHasIsSyncedWhereThePolicySaysSo() throws Exception {
        Path synced = Files.createDirectory(dir.resolve("synced"));
        StorageConfig storage = BrokerConfig.parse(Map.of("log.dirs", synced.toString(), "log.sync.policy", "group"))
                .storage();
        try (LogManager group = new LogManager(storage, Clock.systemUTC())) {
            group.lockDirs();
            group.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
            PartitionLog log = group.getOrCreate(name(0), topicId, LogConfig.DEFAULT);
            follow(log, EPOCH);
            for (int i = 0; i < 20; i++) {
                leader.answer(answer(SESSION, records(0, stored(i, EPOCH, 1), 0)));
                Await.await("it asks for more", () -> {
                    loop.run();
                    boolean asks = !leader.asked.isEmpty();
                    assertThat(asks && log.durableOffset() < log.logEndOffset())
                            .as("what it acknowledges could be lost")
                            .isFalse();
                    return asks;
                });
            }
            assertThat(wanted(leader.fetch())).containsExactly("0@20");
        }
    }

    @Test
    void whatItHasCountsUnderTheNextLeaderToo() throws Exception {
        HeldSyncs syncs = new HeldSyncs(Files.createDirectory(dir.resolve("held")));
        PartitionLog log = syncs.create(name(0), topicId);
        follow(log, EPOCH);
        leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 3), 0)));
        assertThat(leader.asked).as("what came is not on disk").isEmpty();

        follow(log, EPOCH + 1);
        assertThat(leader.asked).as("and is not for the next leader").isEmpty();
        follow(one, EPOCH);
        assertThat(wanted(leader.fetch())).as("the others do not wait for it").containsExactly("1@0");

        syncs.run();
        leader.answer(answer(SESSION));
        assertThat(wanted(leader.fetch())).containsExactly("0@3");
    }

    @Test
    void whatWasThereAtAStartCountsOnceItIsSynced() throws Exception {
        HeldSyncs syncs = new HeldSyncs(Files.createDirectory(dir.resolve("held")));
        PartitionLog killed = syncs.create(name(0), topicId);
        killed.appendAsFollower(stored(0, EPOCH, 3), new AppendInfo());
        syncs = new HeldSyncs(dir.resolve("held"));
        PartitionLog log = syncs.open(name(0));
        follow(log, EPOCH);
        assertThat(leader.asked).isEmpty();
        syncs.run();
        loop.run();
        assertThat(wanted(leader.fetch())).containsExactly("0@3");
    }

    @Test
    void whatWasAppendedBeforeAnErrorCountsOnceItIsSynced() throws Exception {
        HeldSyncs syncs = new HeldSyncs(Files.createDirectory(dir.resolve("held")));
        PartitionLog log = syncs.create(name(0), topicId);
        follow(log, EPOCH);
        ByteBuffer small = stored(0, EPOCH, 1);
        ByteBuffer large = stored(1, EPOCH, 1_000);
        ByteBuffer both = ByteBuffer.allocate(small.remaining() + large.remaining());
        both.put(small).put(large).flip();
        syncs.free(1_000);
        leader.answer(answer(SESSION, records(0, both, 0)));
        assertThat(log.logEndOffset()).as("there is no room for the second one").isEqualTo(1);
        assertThat(syncs.wanted()).isTrue();
        loop.advance(BACKOFF_MS);
        assertThat(leader.asked).isEmpty();
        syncs.run();
        loop.run();
        assertThat(wanted(leader.fetch())).containsExactly("0@1");
    }

    @Test
    void aFullDiskFillsNoLogOfTheBroker() throws Exception {
        HeldSyncs disk = new HeldSyncs(Files.createDirectory(dir.resolve("full")));
        follow(disk.create(name(0), topicId), EPOCH);
        leader.answer(answer(SESSION));
        follow(disk.create(name(1), topicId), EPOCH);
        leader.answer(answer(SESSION));
        disk.free(0);
        try (LogLines said = new LogLines(ReplicaFetcher.class);
                LogLines saidByTheDirectory = new LogLines(LogDirHealth.class)) {
            for (int second = 0; second < 10; second++) {
                leader.answer(answer(SESSION, records(0, stored(0, EPOCH, 1), 0), records(1, stored(0, EPOCH, 1), 0)));
                loop.advance(BACKOFF_MS);
            }
            assertThat(wanted(leader.fetch())).containsExactlyInAnyOrder("0@0", "1@0");
            assertThat(said.lines()).noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
            assertThat(saidByTheDirectory.lines()).hasSize(1);
        }
    }

    @Test
    void tellsOfWhatItCannotStoreOnceAMinute() {
        follow(zero, EPOCH);
        ByteBuffer damaged = stored(0, EPOCH, 4);
        damaged.put(damaged.limit() - 1, (byte) (damaged.get(damaged.limit() - 1) + 1));
        try (LogLines said = new LogLines(ReplicaFetcher.class)) {
            for (int second = 0; second < 90; second++) {
                leader.answer(answer(SESSION, records(0, damaged.duplicate(), 0)));
                loop.advance(BACKOFF_MS);
            }
            assertThat(said.lines().stream().filter(line -> line.startsWith("WARN")))
                    .hasSize(2);
        }
    }

    private void follow(PartitionLog log, int epoch) {
        fetcher.add(TestReplicas.follower(loop, log.topicPartition(), log, epoch));
        loop.run();
    }

    private Fetch.Response answer(int sessionId, PartitionData... partitions) {
        Fetch.Response response = new Fetch.Response();
        response.sessionId = sessionId;
        FetchableTopicResponse topic = new FetchableTopicResponse();
        topic.topicId = topicId;
        topic.partitions = List.of(partitions);
        response.responses = List.of(topic);
        return response;
    }

    private static PartitionData records(int number, ByteBuffer records, long highWatermark) {
        PartitionData partition = partition(number, ErrorCode.NONE);
        partition.records = records;
        partition.highWatermark = highWatermark;
        return partition;
    }

    private static PartitionData partition(int number, ErrorCode error) {
        PartitionData partition = new PartitionData();
        partition.partitionIndex = number;
        partition.errorCode = error.code();
        partition.logStartOffset = 0;
        return partition;
    }

    private ListOffsets.Response offset(int number, long timestampAsked, long offset) {
        ListOffsets.Request request = leader.asked.stream()
                .map(Asked::request)
                .filter(ListOffsets.Request.class::isInstance)
                .map(ListOffsets.Request.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(request.topics.get(0).partitions.get(0).timestamp).isEqualTo(timestampAsked);
        assertThat(request.topics.get(0).partitions.get(0).currentLeaderEpoch).isEqualTo(EPOCH);
        ListOffsetsPartitionResponse partition = new ListOffsetsPartitionResponse();
        partition.partitionIndex = number;
        partition.offset = offset;
        ListOffsetsTopicResponse topic = new ListOffsetsTopicResponse();
        topic.name = "t";
        topic.partitions = List.of(partition);
        ListOffsets.Response response = new ListOffsets.Response();
        response.topics = List.of(topic);
        return response;
    }

    private static List<String> wanted(Fetch.Request request) {
        List<String> wanted = new ArrayList<>();
        request.topics.forEach(topic ->
                topic.partitions.forEach(partition -> wanted.add(partition.partition + "@" + partition.fetchOffset)));
        return wanted;
    }

    private static TopicPartition name(int partition) {
        return new TopicPartition("t", partition);
    }
}
