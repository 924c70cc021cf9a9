package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.admin.NewTopic;
import io.millrace.client.admin.OffsetSpec;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.fake.FakeCluster;
import io.millrace.client.fake.Fault;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin client and brokers that misbehave: what was asked is answered rightly or fails in time, and never hangs. */
@Timeout(60)
class AdminFaultTest {
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);

    private FakeCluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = new FakeCluster(3).topic("t", 3);
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    private AdminConfig config() {
        return AdminConfig.of(cluster.bootstrap())
                .with("request.timeout.ms", 20_000)
                .with("default.api.timeout.ms", 30_000)
                .with("retry.backoff.ms", 2)
                .with("retry.backoff.max.ms", 20)
                .with("reconnect.backoff.ms", 2)
                .with("reconnect.backoff.max.ms", 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void answersEverythingRightlyWhateverGoesWrong(long seed) throws Exception {
        Random random = new Random(seed);
        AtomicInteger faulty = new AtomicInteger();
        cluster.faults((broker, key, request) -> {
            synchronized (random) {
                if (key == ApiKey.API_VERSIONS || faulty.get() >= 60 || random.nextInt(4) != 0) {
                    return null;
                }
                faulty.incrementAndGet();
                cluster.moveLeader("t", random.nextInt(3), random.nextInt(3));
                return switch (random.nextInt(7)) {
                    case 0 -> Fault.closedBefore();
                    case 1 -> Fault.closedAfter();
                    case 2 -> Fault.closedMidFrame();
                    case 3 -> random.nextInt(4) == 0 ? Fault.swallowed() : Fault.closedAfter();
                    case 4 -> random.nextInt(4) == 0 ? Fault.doneButSilent() : Fault.closedBefore();
                    default ->
                        switch (key) {
                            case LIST_OFFSETS -> Fault.refused(ErrorCode.LEADER_NOT_AVAILABLE);
                            case FIND_COORDINATOR -> Fault.refused(ErrorCode.COORDINATOR_NOT_AVAILABLE);
                            case OFFSET_COMMIT, OFFSET_FETCH -> Fault.refused(ErrorCode.NOT_COORDINATOR);
                            default -> Fault.closedBefore();
                        };
                };
            }
        });
        // For requests that are never answered; others whose time is over too are sent again.
        try (Admin admin = new Admin(config().with("request.timeout.ms", 400))) {
            Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
            for (int i = 0; i < 3; i++) {
                ends.put(new TopicPartition("t", i), OffsetSpec.latest());
            }
            for (int round = 0; round < 15; round++) {
                CompletableFuture<? extends Outcomes<TopicPartition, ?>> offsets = admin.listOffsets(ends);
                Map<TopicPartition, OffsetAndMetadata> target = Map.of(P0, new OffsetAndMetadata(round));
                admin.alterGroupOffsets("g", target).get(30, TimeUnit.SECONDS);
                assertThat(admin.listGroupOffsets("g", List.of(P0)).get(30, TimeUnit.SECONDS))
                        .isEqualTo(target);
                assertThat(offsets.get(30, TimeUnit.SECONDS).orThrow()).containsOnlyKeys(ends.keySet());
                assertThat(admin.describeTopics(List.of("t")).get(30, TimeUnit.SECONDS))
                        .containsKey("t");
            }
        }
        assertThat(faulty.get()).as("faults that happened").isGreaterThan(10);
    }

    @Test
    void followsAControllerThatHasMoved() throws Exception {
        AtomicInteger refusals = new AtomicInteger();
        cluster.moveController(2, false);
        cluster.faults((broker, key, request) -> {
            if (key == ApiKey.CREATE_TOPICS && broker.id() != 2 && refusals.incrementAndGet() == 3) {
                cluster.moveController(2, true);
            }
            return null;
        });
        try (Admin admin = new Admin(config())) {
            admin.createTopics(List.of(new NewTopic("new", 1, 1))).get(30, TimeUnit.SECONDS);
            assertThat(admin.listTopics().get(30, TimeUnit.SECONDS)).contains("new");
        }
        assertThat(refusals.get()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void tellsOfEachPartitionApart() throws Exception {
        cluster.faults((broker, key, request) -> key == ApiKey.LIST_OFFSETS && broker.id() == 1
                ? Fault.refused(ErrorCode.TOPIC_AUTHORIZATION_FAILED)
                : null);
        try (Admin admin = new Admin(config())) {
            Outcomes<TopicPartition, ?> outcomes = admin.listOffsets(
                            Map.of(P0, OffsetSpec.latest(), P1, OffsetSpec.latest()))
                    .get(30, TimeUnit.SECONDS);
            assertThat(outcomes.succeeded()).containsExactly(P0);
            assertThat(outcomes.failures().get(P1).error()).isEqualTo(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            assertThatThrownBy(outcomes::orThrow)
                    .isInstanceOf(ClientException.class)
                    .hasMessageContaining("t-1");
        }
    }

    @Test
    void givesUpInTimeAndSaysForWhichReason() throws Exception {
        cluster.faults((broker, key, request) ->
                key == ApiKey.LIST_OFFSETS ? Fault.refused(ErrorCode.LEADER_NOT_AVAILABLE) : null);
        try (Admin admin = new Admin(config().with("default.api.timeout.ms", 300))) {
            // On a busy machine it may be that no broker has answered by then.
            ErrorCode reason = ErrorCode.REQUEST_TIMED_OUT;
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (reason == ErrorCode.REQUEST_TIMED_OUT && System.nanoTime() - deadlineNs < 0) {
                reason = admin.listOffsets(Map.of(P0, OffsetSpec.latest()))
                        .get(30, TimeUnit.SECONDS)
                        .failures()
                        .get(P0)
                        .error();
            }
            assertThat(reason).isEqualTo(ErrorCode.LEADER_NOT_AVAILABLE);
        }
    }

    @Test
    void completesEveryFutureWhenItIsClosed() throws Exception {
        cluster.faults((broker, key, request) -> switch (key) {
            case LIST_OFFSETS -> Fault.swallowed();
            case CREATE_TOPICS -> Fault.refused(ErrorCode.NOT_CONTROLLER);
            case OFFSET_FETCH -> Fault.closedBefore();
            default -> null;
        });
        List<CompletableFuture<?>> futures = new ArrayList<>();
        Admin admin = new Admin(config());
        for (int i = 0; i < 10; i++) {
            futures.add(admin.listOffsets(Map.of(P0, OffsetSpec.latest())));
            futures.add(admin.createTopics(List.of(new NewTopic("new", 1, 1))));
            futures.add(admin.listGroupOffsets("g"));
        }
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        for (ApiKey key : List.of(ApiKey.LIST_OFFSETS, ApiKey.CREATE_TOPICS, ApiKey.OFFSET_FETCH)) {
            while (cluster.count(key) == 0) {
                assertThat(System.nanoTime() - deadlineNs)
                        .as("waiting for a " + key)
                        .isNegative();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        admin.close();
        futures.add(admin.listTopics());
        for (CompletableFuture<?> future : futures) {
            assertThat(future.handle((value, failure) -> true).get(5, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
