package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.client.fake.FakeCluster;
import io.millrace.client.fake.Fault;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.RecordHeader;
import io.millrace.protocol.record.TransactionMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of poll, from brokers that behave and brokers that do not. */
@Timeout(60)
class ConsumerFaultTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);
    private static final long PATIENCE_SECONDS = 30;

    private FakeCluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = new FakeCluster(2).topic("t", 2);
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    private ConsumerConfig config() {
        return ConsumerConfig.of(cluster.bootstrap())
                .with("auto.offset.reset", "earliest")
                .with("request.timeout.ms", 20_000)
                .with("retry.backoff.ms", 2)
                .with("retry.backoff.max.ms", 20)
                .with("reconnect.backoff.ms", 2)
                .with("reconnect.backoff.max.ms", 20)
                .with("heartbeat.interval.ms", 20)
                .with("session.timeout.ms", 10_000)
                .with("fetch.max.wait.ms", 20);
    }

    private ConsumerConfig inGroup() {
        return config().with("group.id", "g");
    }

    private static Consumer<String, String> consumer(ConsumerConfig config) {
        return new Consumer<>(config, Deserializer.string(), Deserializer.string());
    }

    /** Appends batches of three records; the values are their offsets. */
    private void fill(TopicPartition partition, int batches, Compression compression) {
        BatchBuilder builder = new BatchBuilder();
        for (int i = 0; i < batches; i++) {
            builder.begin(compression);
            for (int j = 0; j < 3; j++) {
                builder.append(1_000 + i, null, String.valueOf(3 * i + j).getBytes());
            }
            cluster.log(partition.topic(), partition.partition()).append(builder.finish());
        }
    }

    private static List<String> upTo(int count) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(String.valueOf(i));
        }
        return values;
    }

    private static List<String> read(Consumer<String, String> consumer, int count) {
        List<String> values = new ArrayList<>();
        pollUntil(consumer, record -> values.add(record.value()), () -> values.size() >= count, count + " records");
        return values;
    }

    private static void pollUntil(
            Consumer<String, String> consumer,
            java.util.function.Consumer<ConsumerRecord<String, String>> action,
            BooleanSupplier condition,
            String what) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as("waiting for " + what).isNegative();
            consumer.poll(Duration.ofMillis(50)).forEach(action);
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void readsEveryCompression(Compression compression) {
        fill(P0, 20, compression);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            assertThat(read(consumer, 60)).isEqualTo(upTo(60));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 11, 12, 13, 18})
    void speaksEveryVersionOfFetch(int version) {
        cluster.limitVersion(ApiKey.FETCH, version);
        fill(P0, 5, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            assertThat(read(consumer, 15)).isEqualTo(upTo(15));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void handsOutEveryRecordOnceAndInOrderWhateverGoesWrong(long seed) {
        fill(P0, 200, Compression.NONE);
        fill(P1, 200, Compression.LZ4);
        Random random = new Random(seed);
        AtomicInteger faulty = new AtomicInteger();
        cluster.faults((broker, key, request) -> {
            synchronized (random) {
                if (key == ApiKey.API_VERSIONS || faulty.get() >= 60 || random.nextInt(2) == 0) {
                    return null;
                }
                faulty.incrementAndGet();
                if (random.nextInt(4) == 0) {
                    cluster.moveLeader("t", random.nextInt(2), random.nextInt(2));
                }
                return switch (random.nextInt(6)) {
                    case 0 -> Fault.closedBefore();
                    case 1 -> Fault.closedMidFrame();
                    case 2 -> random.nextInt(6) == 0 ? Fault.swallowed() : Fault.closedAfter();
                    case 3 -> key == ApiKey.FETCH ? Fault.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER) : null;
                    case 4 -> key == ApiKey.FETCH ? Fault.refused(ErrorCode.KAFKA_STORAGE_ERROR) : null;
                    default -> key == ApiKey.LIST_OFFSETS ? Fault.refused(ErrorCode.LEADER_NOT_AVAILABLE) : null;
                };
            }
        });
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        // For requests that are never answered; others whose time is over too are sent again.
        ConsumerConfig hasty = config().with("request.timeout.ms", 500);
        try (Consumer<String, String> consumer =
                consumer(hasty.with("max.partition.fetch.bytes", 300).with("max.poll.records", 7))) {
            consumer.assign(List.of(P0, P1));
            pollUntil(
                    consumer,
                    record -> (record.partition() == 0 ? first : second).add(record.value()),
                    () -> first.size() >= 600 && second.size() >= 600,
                    "all records");
        }
        assertThat(first).isEqualTo(upTo(600));
        assertThat(second).isEqualTo(upTo(600));
        assertThat(faulty.get()).isGreaterThan(20);
    }

    @Test
    void tellsEverythingThereIsToKnowOfARecord() {
        BatchBuilder builder = new BatchBuilder();
        builder.begin(Compression.ZSTD)
                .append(
                        77,
                        "k".getBytes(),
                        null,
                        List.of(new RecordHeader("h", new byte[] {1}), new RecordHeader("n", null)));
        cluster.log("t", 0).append(builder.finish());
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            List<ConsumerRecord<String, String>> records = new ArrayList<>();
            pollUntil(consumer, records::add, () -> !records.isEmpty(), "the record");
            ConsumerRecord<String, String> record = records.get(0);
            assertThat(record.key()).isEqualTo("k");
            assertThat(record.value()).isNull();
            assertThat(record.timestamp()).isEqualTo(77);
            assertThat(record.headers()).hasSize(2);
            assertThat(record.headers().get(0).key()).isEqualTo("h");
            assertThat(record.headers().get(0).value()).containsExactly(1);
            assertThat(record.headers().get(1).value()).isNull();
        }
    }

    @Test
    void beginsInTheMiddleOfABatch() {
        fill(P0, 10, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            consumer.seek(P0, 16);
            assertThat(read(consumer, 14)).isEqualTo(upTo(30).subList(16, 30));
            assertThat(consumer.position(P0)).isEqualTo(30);
            consumer.seek(P0, 4);
            assertThat(read(consumer, 26)).isEqualTo(upTo(30).subList(4, 30));
        }
    }

    @Test
    void handsOutAsManyAtATimeAsConfigured() {
        fill(P0, 10, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config().with("max.poll.records", 4))) {
            consumer.assign(List.of(P0));
            AtomicInteger total = new AtomicInteger();
            while (total.get() < 30) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS));
                assertThat(records.count()).isBetween(1, 4);
                total.addAndGet(records.count());
                assertThat(consumer.position(P0)).isEqualTo(total.get());
            }
        }
    }

    @Test
    void knowsStartEndAndLag() {
        fill(P0, 10, Compression.NONE);
        cluster.log("t", 0).deleteBefore(6);
        try (Consumer<String, String> consumer = consumer(config().with("max.poll.records", 5))) {
            consumer.assign(List.of(P0));
            assertThat(consumer.beginningOffsets(List.of(P0))).isEqualTo(Map.of(P0, 6L));
            assertThat(consumer.endOffsets(List.of(P0))).isEqualTo(Map.of(P0, 30L));
            consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS));
            assertThat(consumer.lag(P0)).isEqualTo(30 - consumer.position(P0));
        }
    }

    @Test
    void readsOnlyWhatComesLaterWhenToldSo() {
        fill(P0, 10, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config().with("auto.offset.reset", "latest"))) {
            consumer.assign(List.of(P0));
            assertThat(consumer.position(P0)).isEqualTo(30);
            fill(P0, 1, Compression.NONE);
            assertThat(read(consumer, 3)).isEqualTo(upTo(3));
        }
    }

    @Test
    void goesToTheOldestRecordWhenTheOneItWantsIsGone() {
        fill(P0, 10, Compression.NONE);
        cluster.log("t", 0).deleteBefore(12);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            consumer.seek(P0, 3);
            assertThat(read(consumer, 18)).isEqualTo(upTo(30).subList(12, 30));
        }
    }

    @Test
    void refusesToGuessWhereToBegin() {
        try (Consumer<String, String> consumer = consumer(inGroup().with("auto.offset.reset", "none"))) {
            consumer.assign(List.of(P0));
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> read(consumer, 1))
                        .as("time %s", i)
                        .isInstanceOf(ClientException.class)
                        .hasMessageContaining("t-0")
                        .hasMessageContaining("auto.offset.reset=none");
            }
        }
    }

    @Test
    void looksForAPositionThatCannotBeFoundOnlyWhenPolled() {
        fill(P0, 1, Compression.NONE);
        try (Consumer<String, String> consumer =
                consumer(inGroup().with("auto.offset.reset", "none").with("retry.backoff.max.ms", 2))) {
            consumer.assign(List.of(P0));
            assertThatThrownBy(() -> read(consumer, 1)).hasMessageContaining("auto.offset.reset=none");
            long asked = cluster.count(ApiKey.OFFSET_FETCH);
            // Many times as long as the client waits before it tries something again.
            long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
            while (System.nanoTime() < untilNs) {
                assertThat(consumer.endOffsets(List.of(P0))).containsEntry(P0, 3L);
            }
            assertThat(cluster.count(ApiKey.OFFSET_FETCH)).isEqualTo(asked);
            consumer.seek(P0, 1);
            assertThat(read(consumer, 2)).containsExactly("1", "2");
        }
    }

    @Test
    void findsAPositionInTheNextPollAfterTheReasonAgainstItIsGone() {
        fill(P0, 1, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(inGroup().with("auto.offset.reset", "none"))) {
            consumer.assign(List.of(P0));
            assertThatThrownBy(() -> read(consumer, 1)).hasMessageContaining("auto.offset.reset=none");
            cluster.commit("t", 0, 2);
            assertThat(read(consumer, 1)).containsExactly("2");
        }
    }

    @Test
    void stopsBeforeADamagedBatchAndGoesOnPastItWhenTold() {
        fill(P0, 1, Compression.NONE);
        BatchBuilder builder = new BatchBuilder();
        ByteBuffer damaged = builder.append(1, null, "x".getBytes()).finish();
        damaged.put(damaged.limit() - 2, (byte) (damaged.get(damaged.limit() - 2) ^ 1));
        cluster.log("t", 0).appendRaw(damaged);
        fill(P0, 1, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            assertThat(read(consumer, 3)).isEqualTo(upTo(3));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> read(consumer, 1))
                        .isInstanceOf(ClientException.class)
                        .hasMessageContaining("t-0 at offset 3 is damaged");
                assertThat(consumer.position(P0)).isEqualTo(3);
            }
            consumer.seek(P0, 4);
            assertThat(read(consumer, 3)).isEqualTo(upTo(3));
        }
    }

    @Test
    void throwsWhatADeserializerThrowsAndStaysThere() {
        fill(P0, 2, Compression.NONE);
        Deserializer<String> picky = (topic, data) -> {
            String value = Deserializer.string().deserialize(topic, data);
            if ("4".equals(value)) {
                throw new IllegalStateException("no fours");
            }
            return value;
        };
        try (Consumer<String, String> consumer = new Consumer<>(config(), Deserializer.string(), picky)) {
            consumer.assign(List.of(P0));
            assertThat(read(consumer, 4)).isEqualTo(upTo(4));
            assertThatThrownBy(() -> read(consumer, 1)).hasMessage("no fours");
            assertThatThrownBy(() -> read(consumer, 1)).hasMessage("no fours");
            consumer.seek(P0, 5);
            assertThat(read(consumer, 1)).containsExactly("5");
        }
    }

    @Test
    void leavesOutAbortedTransactionsAndMarkers() {
        appendTransactional(7, "aborted");
        appendTransactional(8, "committed");
        appendMarker(7, TransactionMarker.ABORT);
        appendMarker(8, TransactionMarker.COMMIT);
        appendTransactional(7, "second try");
        appendMarker(7, TransactionMarker.COMMIT);
        Fetch.Response.AbortedTransaction aborted = new Fetch.Response.AbortedTransaction();
        aborted.producerId = 7;
        aborted.firstOffset = 0;
        cluster.aborted(List.of(aborted));
        try (Consumer<String, String> committed = consumer(config().with("isolation.level", "read_committed"));
                Consumer<String, String> all = consumer(config())) {
            committed.assign(List.of(P0));
            assertThat(read(committed, 2)).containsExactly("committed", "second try");
            all.assign(List.of(P0));
            assertThat(read(all, 3)).containsExactly("aborted", "committed", "second try");
            pollUntil(all, record -> assertThat(record).isNull(), () -> all.position(P0) == 6, "the last marker");
        }
    }

    private void appendTransactional(long producerId, String value) {
        BatchBuilder builder = new BatchBuilder();
        builder.producer(producerId, (short) 0, 0).transactional(true).append(1, null, value.getBytes());
        cluster.log("t", 0).appendRaw(builder.finish());
    }

    private void appendMarker(long producerId, short type) {
        BatchBuilder builder = new BatchBuilder();
        builder.producer(producerId, (short) 0, -1).transactional(true).control(true);
        TransactionMarker.append(builder, type, 0, 1);
        cluster.log("t", 0).appendRaw(builder.finish());
    }

    @Test
    void handsNothingOutOfPausedPartitions() {
        fill(P0, 5, Compression.NONE);
        fill(P1, 5, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config().with("max.poll.records", 2))) {
            consumer.assign(List.of(P0, P1));
            consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS));
            consumer.pause(List.of(P0));
            long before = consumer.position(P0);
            List<Integer> from = new ArrayList<>();
            pollUntil(
                    consumer, record -> from.add(record.partition()), () -> consumer.position(P1) == 15, "partition 1");
            assertThat(from).doesNotContain(0);
            assertThat(consumer.position(P0)).isEqualTo(before);
            consumer.resume(List.of(P0));
            assertThat(read(consumer, (int) (15 - before))).isEqualTo(upTo(15).subList((int) before, 15));
        }
    }

    @Test
    void aWakeupEndsAPoll() throws Exception {
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            CompletableFuture<Integer> polled = CompletableFuture.supplyAsync(() ->
                    consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS * 2)).count());
            consumer.wakeup();
            assertThat(polled.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void fetchesAheadOnlySoMuch() {
        fill(P0, 400, Compression.NONE);
        try (Consumer<String, String> consumer =
                consumer(config().with("max.partition.fetch.bytes", 500).with("max.poll.records", 1))) {
            consumer.assign(List.of(P0));
            consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS));
            long fetches = cluster.count(ApiKey.FETCH);
            assertThat(fetches).isLessThan(5);
            assertThat(read(consumer, 1_199)).hasSize(1_199);
        }
    }

    @Test
    void joinsCommitsAndGoesOnWhereTheGroupWas() {
        fill(P0, 10, Compression.NONE);
        fill(P1, 10, Compression.NONE);
        List<Collection<TopicPartition>> assigned = new ArrayList<>();
        List<Collection<TopicPartition>> revoked = new ArrayList<>();
        try (Consumer<String, String> consumer = consumer(inGroup().with("max.poll.records", 5))) {
            consumer.subscribe(List.of("t"), new RebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    assigned.add(partitions);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    revoked.add(partitions);
                }
            });
            assertThat(read(consumer, 20)).hasSize(20);
            assertThat(consumer.assignment()).containsExactlyInAnyOrder(P0, P1);
        }
        assertThat(assigned).hasSize(1);
        assertThat(revoked).hasSize(1);
        Long first = cluster.committed("t", 0);
        Long second = cluster.committed("t", 1);
        assertThat(first + second).as("what close has committed").isEqualTo(20);
        try (Consumer<String, String> consumer = consumer(inGroup())) {
            consumer.subscribe(List.of("t"));
            List<String> rest = read(consumer, 40);
            assertThat(rest).hasSize(40);
            assertThat(rest).containsAll(upTo(30).subList((int) Math.max(first, second), 30));
        }
    }

    @Test
    void commitsNothingByItselfWhenToldSo() {
        fill(P0, 10, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(inGroup().with("enable.auto.commit", false))) {
            consumer.subscribe(List.of("t"));
            read(consumer, 30);
            assertThat(consumer.committed(List.of(P0))).isEmpty();
            consumer.commitSync(Map.of(P0, new OffsetAndMetadata(17, "seventeen")));
            assertThat(consumer.committed(List.of(P0)).get(P0).offset()).isEqualTo(17);
        }
        assertThat(cluster.committed("t", 0)).isEqualTo(17);
    }

    @Test
    void joinsAgainWhenTheGroupRebalances() {
        fill(P0, 1, Compression.NONE);
        AtomicInteger assignments = new AtomicInteger();
        try (Consumer<String, String> consumer = consumer(inGroup())) {
            consumer.subscribe(List.of("t"), new RebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    assignments.incrementAndGet();
                }
            });
            read(consumer, 3);
            AtomicInteger beats = new AtomicInteger();
            cluster.faults((broker, key, request) -> key == ApiKey.HEARTBEAT && beats.getAndIncrement() == 0
                    ? Fault.refused(ErrorCode.REBALANCE_IN_PROGRESS)
                    : null);
            pollUntil(consumer, record -> {}, () -> assignments.get() == 2, "the second assignment");
            fill(P0, 1, Compression.NONE);
            assertThat(read(consumer, 3))
                    .as("nothing twice, since the position was committed")
                    .isEqualTo(upTo(3));
        }
    }

    @Test
    void tellsThatPartitionsWereLostWhenTheCoordinatorForgetsTheMember() {
        fill(P0, 1, Compression.NONE);
        List<Collection<TopicPartition>> lost = new ArrayList<>();
        AtomicInteger assignments = new AtomicInteger();
        try (Consumer<String, String> consumer = consumer(inGroup())) {
            consumer.subscribe(List.of("t"), new RebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    assignments.incrementAndGet();
                }

                @Override
                public void onPartitionsLost(Collection<TopicPartition> partitions) {
                    lost.add(partitions);
                }
            });
            read(consumer, 3);
            AtomicInteger beats = new AtomicInteger();
            cluster.faults((broker, key, request) -> key == ApiKey.HEARTBEAT && beats.getAndIncrement() == 0
                    ? Fault.refused(ErrorCode.UNKNOWN_MEMBER_ID)
                    : null);
            pollUntil(consumer, record -> {}, () -> assignments.get() == 2, "the second assignment");
            assertThat(lost).hasSize(1);
            assertThat(lost.get(0)).containsExactlyInAnyOrder(P0, P1);
        }
    }

    @Test
    void leavesAGroupThatItWasOnlyAboutToJoin() {
        List<String> left = new CopyOnWriteArrayList<>();
        List<String> joining = new CopyOnWriteArrayList<>();
        cluster.faults((broker, key, request) -> {
            if (request instanceof LeaveGroup.Request leave) {
                left.add(leave.members.get(0).memberId);
            }
            if (request instanceof JoinGroup.Request join && !join.memberId.isEmpty()) {
                joining.add(join.memberId);
                return Fault.stuck();
            }
            return null;
        });
        try (Consumer<String, String> consumer = consumer(inGroup())) {
            consumer.subscribe(List.of("t"));
            pollUntil(consumer, record -> {}, () -> !joining.isEmpty(), "the request to join");
        }
        assertThat(left).isEqualTo(joining);
    }

    @Test
    void isNotHeldUpByAGroupThatTakesLongToRebalance() {
        AtomicBoolean joining = new AtomicBoolean();
        cluster.faults((broker, key, request) -> {
            if (request instanceof JoinGroup.Request join && !join.memberId.isEmpty()) {
                joining.set(true);
                return Fault.stuck();
            }
            return null;
        });
        try (Consumer<String, String> consumer = consumer(inGroup())) {
            consumer.subscribe(List.of("t"));
            pollUntil(consumer, record -> {}, joining::get, "the request to join");
            assertThat(consumer.endOffsets(List.of(P0, P1))).containsKeys(P0, P1);
            consumer.poll(Duration.ofMillis(50));
            // Nothing that waited behind the join has run out of time and torn it down.
            assertThat(cluster.count(ApiKey.JOIN_GROUP)).isEqualTo(2);
        }
    }

    /** Answers of some 20 kB lie in memory that is used again as soon as they were handed out. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void keepsRecordsApartThatWereReadFromTheSameMemory(Compression compression) {
        int batches = 60;
        int perBatch = 40;
        BatchBuilder builder = new BatchBuilder();
        for (TopicPartition partition : List.of(P0, P1)) {
            for (int i = 0; i < batches; i++) {
                builder.begin(compression);
                for (int j = 0; j < perBatch; j++) {
                    builder.append(1, null, large(partition, i * perBatch + j));
                }
                cluster.log("t", partition.partition()).append(builder.finish());
            }
        }
        ConsumerConfig config = config().with("max.poll.records", 7).with("max.partition.fetch.bytes", 20_000);
        try (Consumer<byte[], byte[]> consumer = new Consumer<>(config, Deserializer.bytes(), Deserializer.bytes())) {
            consumer.assign(List.of(P0, P1));
            List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
            boolean again = false;
            while (read.size() < 2 * batches * perBatch) {
                consumer.poll(Duration.ofSeconds(5)).forEach(read::add);
                if (!again && read.size() > batches) {
                    again = true;
                    read.clear();
                    consumer.seekToBeginning(List.of(P0, P1));
                }
            }
            for (ConsumerRecord<byte[], byte[]> record : read) {
                assertThat(record.value()).isEqualTo(large(record.topicPartition(), (int) record.offset()));
            }
        }
    }

    private static byte[] large(TopicPartition partition, int n) {
        byte[] value = new byte[500];
        new Random(31L * n + partition.partition()).nextBytes(value);
        return value;
    }

    @Test
    void pollsAndClosesWithAnyPatience() {
        fill(P0, 1, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            assertThat(consumer.poll(Duration.ofSeconds(Long.MAX_VALUE)).count())
                    .isEqualTo(3);
            consumer.close(Duration.ofMillis(Long.MAX_VALUE));
        }
    }

    @Test
    void leavesTheGroupWhenTheApplicationDoesNotPoll() {
        try (Consumer<String, String> consumer = consumer(inGroup().with("max.poll.interval.ms", 100))) {
            consumer.subscribe(List.of("t"));
            pollUntil(consumer, record -> {}, () -> !consumer.assignment().isEmpty(), "the assignment");
            // On a busy machine the test itself may be late with a poll, and the consumer has left and joined before.
            await(() -> cluster.count(ApiKey.LEAVE_GROUP) >= 1, "the leave request");
            pollUntil(consumer, record -> {}, () -> cluster.count(ApiKey.SYNC_GROUP) >= 2, "the second join");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aGroupMemberComesThroughWhateverGoesWrong(long seed) {
        fill(P0, 50, Compression.NONE);
        fill(P1, 50, Compression.NONE);
        Random random = new Random(seed);
        AtomicInteger faulty = new AtomicInteger();
        cluster.faults((broker, key, request) -> {
            synchronized (random) {
                if (key == ApiKey.API_VERSIONS || faulty.get() >= 40 || random.nextInt(3) != 0) {
                    return null;
                }
                faulty.incrementAndGet();
                boolean coordinated = key == ApiKey.JOIN_GROUP
                        || key == ApiKey.SYNC_GROUP
                        || key == ApiKey.OFFSET_FETCH
                        || key == ApiKey.FIND_COORDINATOR
                        || key == ApiKey.OFFSET_COMMIT;
                return switch (random.nextInt(4)) {
                    case 0 -> Fault.closedBefore();
                    case 1 -> Fault.closedMidFrame();
                    case 2 -> coordinated ? Fault.refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) : null;
                    default ->
                        coordinated && key != ApiKey.FIND_COORDINATOR ? Fault.refused(ErrorCode.NOT_COORDINATOR) : null;
                };
            }
        });
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        try (Consumer<String, String> consumer =
                consumer(inGroup().with("max.partition.fetch.bytes", 300).with("auto.commit.interval.ms", 10))) {
            consumer.subscribe(List.of("t"));
            pollUntil(
                    consumer,
                    record -> (record.partition() == 0 ? first : second).add(record.value()),
                    () -> first.size() >= 150 && second.size() >= 150,
                    "all records");
        }
        assertThat(first).isEqualTo(upTo(150));
        assertThat(second).isEqualTo(upTo(150));
        assertThat(cluster.committed("t", 0)).isEqualTo(150);
        assertThat(cluster.committed("t", 1)).isEqualTo(150);
    }

    @Test
    void followsAPatternToTopicsThatComeLater() {
        fill(P0, 1, Compression.NONE);
        try (Consumer<String, String> consumer = consumer(inGroup().with("metadata.max.age.ms", 30))) {
            consumer.subscribe(java.util.regex.Pattern.compile("t.*"), RebalanceListener.NONE);
            read(consumer, 3);
            cluster.topic("t2", 1);
            fill(new TopicPartition("t2", 0), 1, Compression.NONE);
            assertThat(read(consumer, 3)).isEqualTo(upTo(3));
            assertThat(consumer.subscription()).containsExactlyInAnyOrder("t", "t2");
        }
    }

    @Test
    void saysSoWhenTwoThreadsUseIt() throws Exception {
        try (Consumer<String, String> consumer = consumer(config())) {
            consumer.assign(List.of(P0));
            Thread polling = new Thread(() -> consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS)), "polling");
            polling.start();
            // A fetch says nothing: the consumer fetches ahead of the first poll.
            await(
                    () -> polling.getState() == Thread.State.WAITING
                            || polling.getState() == Thread.State.TIMED_WAITING,
                    "the poll to wait");
            assertThatThrownBy(() -> consumer.poll(Duration.ZERO))
                    .isInstanceOf(java.util.ConcurrentModificationException.class);
            consumer.wakeup();
            polling.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            assertThat(polling.isAlive()).isFalse();
        }
    }

    private static void await(BooleanSupplier condition, String what) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as("waiting for " + what).isNegative();
            Thread.onSpinWait();
        }
    }
}
