package io.millrace.broker.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.loop.Loop;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.TestLoop;
import io.millrace.broker.replica.TestReplicas;
import io.millrace.client.net.Endpoint;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Message;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several fetchers for one leader, over links that note what they are asked for and have no records. */
class ReplicaFetchersTest {
    private static final int LEADER = 2;
    private static final int OTHER_LEADER = 3;
    private static final int EPOCH = 6;
    private static final int PARTITIONS = 8;
    private static final int SESSION = 77;
    private static final Endpoint ENDPOINT = new Endpoint("localhost", 9092);

    @TempDir
    Path dir;

    private final List<Link> links = new ArrayList<>();
    private final Uuid topicId = Uuid.random();
    private LogManager logs;

    private static final class Link implements LeaderLink {
        final int leader;
        final int number;
        final TestLoop loop = new TestLoop();
        final Set<Integer> asked = new HashSet<>();
        boolean ended;

        Link(int leader, int number) {
            this.leader = leader;
            this.number = number;
        }

        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <R extends Message> void send(
                Message request, int lowest, int highest, Supplier<R> response, BiConsumer<R, Throwable> then) {
            Fetch.Request fetch = (Fetch.Request) request;
            fetch.topics.forEach(topic -> topic.partitions.forEach(partition -> asked.add(partition.partition)));
            if (!fetch.topics.isEmpty()) {
                // What is added meanwhile is asked for in the next fetch.
                Fetch.Response answer = new Fetch.Response();
                answer.sessionId = SESSION;
                loop.post("answer", () -> then.accept((R) answer, null));
            }
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void close() {
            ended = true;
        }
    }

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
    }

    @AfterEach
    void stop() throws Exception {
        logs.close();
    }

    @Test
    void spreadsThePartitionsOfALeaderOverAsManyFetchersAsAreConfigured() throws IOException {
        try (ReplicaFetchers fetchers = fetchers(3)) {
            followAll(fetchers, LEADER, EPOCH);
            assertThat(links).extracting(link -> link.number).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(links).allSatisfy(link -> assertThat(link.asked).isNotEmpty());
            assertThat(links.stream().mapToInt(link -> link.asked.size()).sum())
                    .as("each partition is asked for by one fetcher")
                    .isEqualTo(PARTITIONS);
        }
    }

    @Test
    void endsTheFetchersOfALeaderThatLeadsNothingAnyLonger() throws IOException {
        try (ReplicaFetchers fetchers = fetchers(2)) {
            followAll(fetchers, LEADER, EPOCH);
            followAll(fetchers, OTHER_LEADER, EPOCH + 1);
            assertThat(links)
                    .hasSize(4)
                    .allSatisfy(link -> assertThat(link.ended)
                            .as("fetcher %d of leader %d has ended", link.number, link.leader)
                            .isEqualTo(link.leader == LEADER));
        }
    }

    private ReplicaFetchers fetchers(int ofEachLeader) {
        FetcherConfig config =
                new FetcherConfig(1, ofEachLeader, 500, 1, 1 << 20, 10 << 20, 100 << 20, 1_000, 30_000, -1);
        return new ReplicaFetchers(
                config, "PLAINTEXT", new MetadataCache("cluster", () -> 1), () -> 1, (leader, number, endpoint) -> {
                    Link link = new Link(leader, number);
                    links.add(link);
                    return link;
                });
    }

    private void followAll(ReplicaFetchers fetchers, int leader, int epoch) throws IOException {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            TopicPartition name = new TopicPartition("t", partition);
            fetchers.follow(
                    TestReplicas.follower(
                            new TestLoop(), name, logs.getOrCreate(name, topicId, LogConfig.DEFAULT), epoch),
                    leader,
                    ENDPOINT);
        }
        links.forEach(link -> link.loop.run());
    }
}
