package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.fake.FakeCluster;
import io.millrace.client.fake.Fault;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of records when brokers misbehave. */
@Timeout(60)
class ProducerFaultTest {
    private static final long PATIENCE_SECONDS = 30;

    /** For requests that are never answered; on a busy machine it may be over for others too, which are then sent again. */
    private static final int SHORT_MS = 400;

    private FakeCluster cluster;

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    private ProducerConfig config() {
        return ProducerConfig.of(cluster.bootstrap())
                .with("request.timeout.ms", 20_000)
                .with("delivery.timeout.ms", 25_000)
                .with("retry.backoff.ms", 2)
                .with("retry.backoff.max.ms", 20)
                .with("reconnect.backoff.ms", 2)
                .with("reconnect.backoff.max.ms", 20)
                .with("batch.size", 300)
                .with("max.block.ms", 20_000);
    }

    private static Producer<String, String> producer(ProducerConfig config) {
        return new Producer<>(config, Serializer.string(), Serializer.string());
    }

    /** Every kind of fault, at random, while leaders move: nothing lost, doubled or reordered, every future right. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsEveryRecordOnceAndInOrderWhateverGoesWrong(long seed) throws Exception {
        int partitions = 3;
        int records = 1_500;
        cluster = new FakeCluster(3).topic("t", partitions);
        Random random = new Random(seed);
        AtomicInteger faulty = new AtomicInteger();
        cluster.faults((broker, key, request) -> {
            synchronized (random) {
                if (key != ApiKey.PRODUCE || faulty.get() >= 60 || random.nextInt(4) != 0) {
                    return null;
                }
                faulty.incrementAndGet();
                if (random.nextInt(4) == 0) {
                    cluster.moveLeader("t", random.nextInt(partitions), random.nextInt(3));
                }
                return switch (random.nextInt(9)) {
                    case 0 -> Fault.closedBefore();
                    case 1 -> Fault.closedAfter();
                    case 2 -> Fault.closedMidFrame();
                    case 3 -> random.nextInt(4) == 0 ? Fault.swallowed() : Fault.closedAfter();
                    case 4 -> random.nextInt(4) == 0 ? Fault.doneButSilent() : Fault.closedBefore();
                    case 5 -> Fault.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                    case 6 -> Fault.refused(ErrorCode.NOT_ENOUGH_REPLICAS);
                    case 7 -> Fault.doneButReported(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
                    default -> Fault.doneButReported(ErrorCode.REQUEST_TIMED_OUT);
                };
            }
        });
        List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
        try (Producer<String, String> producer = producer(config().with("request.timeout.ms", SHORT_MS))) {
            for (int i = 0; i < records; i++) {
                futures.add(
                        producer.send(new ProducerRecord<String, String>("t", "v" + i).toPartition(i % partitions)));
            }
            producer.flush();
        }
        for (int i = 0; i < records; i++) {
            assertThat(futures.get(i)).as("v%d", i).isCompleted();
        }
        assertThat(faulty.get()).as("faults that happened").isGreaterThan(10);
        Map<Integer, List<String>> logs = new HashMap<>();
        for (int p = 0; p < partitions; p++) {
            logs.put(p, cluster.log("t", p).values());
            List<String> expected = new ArrayList<>();
            for (int i = p; i < records; i += partitions) {
                expected.add("v" + i);
            }
            assertThat(logs.get(p)).as("partition %d", p).isEqualTo(expected);
        }
        for (int i = 0; i < records; i++) {
            RecordMetadata metadata = futures.get(i).get(0, TimeUnit.SECONDS);
            assertThat(metadata.offset()).as("offset of v%d", i).isEqualTo(i / partitions);
        }
    }

    @Test
    void goesOnWithTheRestAfterABatchThatIsRefusedForGood() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        AtomicInteger produces = new AtomicInteger();
        cluster.faults((broker, key, request) -> key == ApiKey.PRODUCE && produces.getAndIncrement() == 1
                ? Fault.refused(ErrorCode.INVALID_RECORD)
                : null);
        try (Producer<String, String> producer = producer(config().with("batch.size", 0))) {
            List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                futures.add(producer.send(new ProducerRecord<>("t", "v" + i)));
            }
            producer.flush();
            List<String> acknowledged = new ArrayList<>();
            int failed = 0;
            for (int i = 0; i < futures.size(); i++) {
                if (futures.get(i).isCompletedExceptionally()) {
                    failed++;
                    assertFailure(futures.get(i), ErrorCode.INVALID_RECORD);
                } else {
                    acknowledged.add("v" + i);
                }
            }
            assertThat(failed).isEqualTo(1);
            assertThat(cluster.log("t", 0).values()).isEqualTo(acknowledged);
        }
    }

    /**
     * A broker takes the first sequence it sees of a producer for the right one. If several were under way when the first is refused
     * and the second is taken, the first could never be sent again.
     */
    @Test
    void sendsTheFirstBatchOfAnIdAlone() throws Exception {
        int records = 20;
        cluster = new FakeCluster(1).topic("t", 1);
        CountDownLatch allWait = new CountDownLatch(1);
        AtomicInteger refused = new AtomicInteger();
        cluster.faults((broker, key, request) -> {
            if (key == ApiKey.INIT_PRODUCER_ID) {
                awaitLatch(allWait); // so that there is more than one batch to send when there is an id
            }
            return key == ApiKey.PRODUCE && refused.getAndIncrement() == 0
                    ? Fault.refused(ErrorCode.NOT_ENOUGH_REPLICAS)
                    : null;
        });
        List<String> expected = new ArrayList<>();
        List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
        try (Producer<String, String> producer = producer(config().with("batch.size", 0))) {
            for (int i = 0; i < records; i++) {
                expected.add("v" + i);
                futures.add(producer.send(new ProducerRecord<>("t", "v" + i)));
            }
            allWait.countDown();
            for (int i = 0; i < records; i++) {
                assertThat(futures.get(i)
                                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                                .offset())
                        .isEqualTo(i);
            }
        }
        assertThat(cluster.log("t", 0).values()).isEqualTo(expected);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void splitsABatchThatIsTooLargeForTheBroker() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        cluster.log("t", 0).limitBatches(400);
        List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try (Producer<String, String> producer =
                producer(config().with("batch.size", 4_000).with("linger.ms", 50))) {
            for (int i = 0; i < 200; i++) {
                expected.add("value number " + i);
                futures.add(producer.send(new ProducerRecord<>("t", "key", "value number " + i)));
            }
            producer.flush();
        }
        assertThat(cluster.log("t", 0).values()).isEqualTo(expected);
        for (int i = 0; i < futures.size(); i++) {
            assertThat(futures.get(i).get(0, TimeUnit.SECONDS).offset()).isEqualTo(i);
        }
    }

    @Test
    void failsWhatIsNotAcknowledgedWithinTheDeliveryTimeout() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        cluster.faults((broker, key, request) -> key == ApiKey.PRODUCE ? Fault.swallowed() : null);
        try (Producer<String, String> producer =
                producer(config().with("request.timeout.ms", 200).with("delivery.timeout.ms", 700))) {
            List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                futures.add(producer.send(new ProducerRecord<>("t", "v" + i)));
            }
            producer.flush();
            for (CompletableFuture<RecordMetadata> future : futures) {
                assertFailure(future, ErrorCode.REQUEST_TIMED_OUT);
            }
            // A producer that has failed once is not broken: what comes after goes through, under another epoch, if the
            // machine is not so busy that it takes longer than the delivery timeout.
            cluster.faults((broker, key, request) -> null);
            AtomicReference<RecordMetadata> metadata = new AtomicReference<>();
            await(
                    () -> {
                        producer.send(new ProducerRecord<>("t", "after"), (sent, failure) -> metadata.set(sent));
                        producer.flush();
                        return metadata.get() != null;
                    },
                    "a record to go through");
            assertThat(cluster.log("t", 0).values().get((int) metadata.get().offset()))
                    .isEqualTo("after");
        }
    }

    @Test
    void completesEveryFutureWhenClosedWhileTheBrokerIsSilent() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        cluster.faults((broker, key, request) -> key == ApiKey.PRODUCE ? Fault.swallowed() : null);
        Producer<String, String> producer = producer(config());
        List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(producer.send(new ProducerRecord<>("t", "v" + i)));
        }
        producer.close(Duration.ofMillis(50));
        for (CompletableFuture<RecordMetadata> future : futures) {
            assertThat(future).isDone();
            assertFailure(future, ErrorCode.NETWORK_EXCEPTION);
        }
        assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", "late")))
                .isInstanceOf(ClientException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void saysSoWhenItsMemoryIsUsedUp() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        cluster.faults((broker, key, request) -> key == ApiKey.PRODUCE ? Fault.swallowed() : null);
        ProducerConfig small = config().with("buffer.memory", 1_000).with("max.block.ms", 300);
        Producer<String, String> producer = producer(small);
        await(() -> knows(producer, "t"), "the topic to be known, which may take longer than max.block.ms");
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        producer.send(new ProducerRecord<>("t", "a value of some length " + i));
                    }
                })
                .isInstanceOf(ClientException.class)
                .hasMessageContaining("buffer.memory=1000")
                .hasMessageContaining("max.block.ms");
        producer.close(Duration.ZERO);
    }

    @Test
    void waitsForMemoryThatBecomesFree() throws Exception {
        cluster = new FakeCluster(1).topic("t", 2);
        try (Producer<String, String> producer = producer(config().with("buffer.memory", 1_000))) {
            List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                futures.add(producer.send(new ProducerRecord<>("t", "a value of some length " + i)));
            }
            producer.flush();
            for (CompletableFuture<RecordMetadata> future : futures) {
                assertThat(future.get(0, TimeUnit.SECONDS).offset()).isNotNegative();
            }
        }
    }

    @Test
    void namesATopicThatDoesNotComeUp() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> producer = producer(config().with("max.block.ms", 200))) {
            // On a busy machine it may be that no broker has answered by then.
            await(() -> refusal(producer, "nowhere").contains("UNKNOWN_TOPIC_OR_PARTITION"), "the reason to be told");
            assertThat(refusal(producer, "nowhere")).contains("'nowhere'");
        }
    }

    private static String refusal(Producer<String, String> producer, String topic) {
        try {
            producer.send(new ProducerRecord<>(topic, "v"));
        } catch (ClientException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("A record was taken for topic " + topic);
    }

    @Test
    void survivesABrokerThatGoesAwayAndComesBack() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> producer = producer(config())) {
            producer.send(new ProducerRecord<>("t", "before")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            cluster.broker(0).stop();
            CompletableFuture<RecordMetadata> meanwhile = producer.send(new ProducerRecord<>("t", "meanwhile"));
            assertThatThrownBy(() -> meanwhile.get(100, TimeUnit.MILLISECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            cluster.broker(0).restart();
            assertThat(meanwhile.get(PATIENCE_SECONDS, TimeUnit.SECONDS).offset())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 7, 8, 9, 12})
    void speaksEveryVersionOfProduceThatCarriesBatches(int version) throws Exception {
        cluster = new FakeCluster(2).topic("t", 2).topic("u", 1);
        cluster.limitVersion(ApiKey.PRODUCE, version);
        try (Producer<String, String> producer = producer(config().with("linger.ms", 20))) {
            List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                futures.add(producer.send(new ProducerRecord<>(i % 3 == 0 ? "u" : "t", "v" + i)));
            }
            for (CompletableFuture<RecordMetadata> future : futures) {
                assertThat(future.get(PATIENCE_SECONDS, TimeUnit.SECONDS).offset())
                        .isNotNegative();
            }
        }
        assertThat(cluster.log("u", 0).values()).hasSize(10);
        assertThat(cluster.log("t", 0).values()).hasSize(10);
        assertThat(cluster.log("t", 1).values()).hasSize(10);
    }

    @Test
    void asksNobodyToAcknowledgeWithAcksZero() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> producer = producer(config().with("acks", 0))) {
            RecordMetadata metadata =
                    producer.send(new ProducerRecord<>("t", "v")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(metadata.offset()).isEqualTo(-1);
        }
        await(() -> cluster.log("t", 0).values().equals(List.of("v")), "the record to arrive");
    }

    @Test
    void stampsIdempotentBatchesAndNoOthers() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> plain = producer(config().with("acks", 1));
                Producer<String, String> idempotent = producer(config())) {
            plain.send(new ProducerRecord<>("t", "v")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            idempotent.send(new ProducerRecord<>("t", "v")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(BatchHeader.hasProducerId(cluster.log("t", 0).batch(0), 0)).isFalse();
        assertThat(BatchHeader.hasProducerId(cluster.log("t", 0).batch(1), 0)).isTrue();
    }

    @Test
    void aCallbackThatThrowsHarmsNobodyElse() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        AtomicInteger told = new AtomicInteger();
        try (Producer<String, String> producer = producer(config().with("linger.ms", 50))) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("t", "v" + i), (metadata, failure) -> {
                    told.incrementAndGet();
                    throw new IllegalStateException("the application's mistake");
                });
            }
            producer.flush();
            assertThat(told.get()).isEqualTo(10);
            assertThat(producer.send(new ProducerRecord<>("t", "after"))
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .offset())
                    .isEqualTo(10);
        }
    }

    @Test
    void gathersWhatComesWithinTheLinger() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> producer =
                producer(config().with("linger.ms", 2_000).with("batch.size", 100_000))) {
            for (int i = 0; i < 500; i++) {
                producer.send(new ProducerRecord<>("t", "v" + i));
            }
            producer.flush();
        }
        assertThat(cluster.log("t", 0).batchCount()).isEqualTo(1);
    }

    @Test
    void refusesARecordLargerThanARequest() throws Exception {
        cluster = new FakeCluster(1).topic("t", 1);
        try (Producer<String, String> producer = producer(config().with("max.request.size", 100))) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", "v".repeat(200))))
                    .isInstanceOf(ClientException.class)
                    .extracting(failure -> ((ClientException) failure).error())
                    .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        }
    }

    private static boolean knows(Producer<?, ?> producer, String topic) {
        try {
            return producer.partitionCount(topic) > 0;
        } catch (ClientException e) {
            return false;
        }
    }

    private static void await(java.util.function.BooleanSupplier condition, String what) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as("waiting for " + what).isNegative();
            Thread.onSpinWait();
        }
    }

    private static void assertFailure(CompletableFuture<RecordMetadata> future, ErrorCode error) {
        assertThatThrownBy(() -> future.get(0, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(ClientException.class)
                .extracting(failure -> ((ClientException) failure).error())
                .isEqualTo(error);
    }
}
