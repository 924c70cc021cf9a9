package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Produce;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Producers with acks=all, consumers with and without sessions and two followers, all at once on the same partitions. Every
 * wait is for far longer than the test takes, so a wake-up that is lost fails it.
 */
class ManyClientsTest {
    private static final String TOPIC = "t";
    private static final int PARTITIONS = 3;
    private static final int PRODUCERS = 4;
    private static final int BATCHES = 150;
    private static final int IN_FLIGHT = 5;
    private static final int LONG_MS = 120_000;

    @TempDir
    Path dir;

    @Test
    void losesNoWakeUp() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (DataNode node = new DataNode(dir)) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                node.elect(TOPIC, partition, 1, 0, new int[] {1, 2, 3}, new int[] {1, 2, 3});
            }
            long perPartition = (long) PRODUCERS * BATCHES;
            Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
            List<Future<?>> followers = new ArrayList<>();
            for (int replica = 2; replica <= 3; replica++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    int broker = replica;
                    int followed = partition;
                    followers.add(threads.submit(checked(() -> follow(node.port, broker, followed, perPartition))));
                }
            }
            List<Future<?>> producers = new ArrayList<>();
            for (int producer = 0; producer < PRODUCERS; producer++) {
                String name = "p" + producer + "-";
                producers.add(threads.submit(checked(() -> produceAll(node.port, name, acknowledged))));
            }
            List<Future<List<String>>> consumers = new ArrayList<>();
            for (boolean session : new boolean[] {true, false, true}) {
                consumers.add(threads.submit(() -> consumeAll(node.port, session, perPartition * PARTITIONS)));
            }
            for (Future<?> producer : producers) {
                producer.get(90, TimeUnit.SECONDS);
            }
            assertThat(acknowledged).hasSize(PRODUCERS * BATCHES * PARTITIONS);
            TreeSet<String> all = new TreeSet<>(acknowledged);
            for (Future<List<String>> consumer : consumers) {
                List<String> read = consumer.get(90, TimeUnit.SECONDS);
                assertThat(new TreeSet<>(read)).isEqualTo(all);
                assertThat(read).as("every record once").hasSize(all.size());
            }
            for (Future<?> follower : followers) {
                follower.get(90, TimeUnit.SECONDS);
            }
            Await.await("no request holds memory", () -> node.queuedRequestBytes() == 0);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Keeps several requests under way on one connection, each to all partitions. */
    private static void produceAll(int port, String name, Queue<String> acknowledged) throws IOException {
        try (RawClient client = new RawClient(port)) {
            int sent = 0;
            for (int answered = 0; answered < BATCHES; answered++) {
                for (; sent < BATCHES && sent < answered + IN_FLIGHT; sent++) {
                    Produce.Request request = new Produce.Request();
                    request.acks = -1;
                    request.timeoutMs = LONG_MS;
                    request.topicData = new ArrayList<>();
                    for (int partition = 0; partition < PARTITIONS; partition++) {
                        request.topicData.add(Requests.topicData(
                                TOPIC, Uuid.ZERO, partition, Requests.batch(partition + "/" + name + sent)));
                    }
                    client.send(DataNode.frame(request, 9, sent));
                }
                Produce.Response response = DataNode.answer(client, ApiKey.PRODUCE, 9, answered);
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(response.responses
                                    .get(partition)
                                    .partitionResponses
                                    .get(0)
                                    .errorCode)
                            .isZero();
                    acknowledged.add(partition + "/" + name + answered);
                }
            }
        }
    }

    private static List<String> consumeAll(int port, boolean session, long records) throws IOException {
        List<String> read = new ArrayList<>();
        long[] offsets = new long[PARTITIONS];
        int sessionId = 0;
        int epoch = session ? 0 : -1;
        try (RawClient client = new RawClient(port)) {
            while (read.size() < records) {
                Fetch.Request request = fetch(LONG_MS, 1, from(TOPIC, Uuid.ZERO, positions(offsets)));
                request.sessionId = sessionId;
                request.sessionEpoch = epoch;
                Fetch.Response response = call(client, request, 12);
                assertThat(response.errorCode).isZero();
                sessionId = response.sessionId;
                epoch = session ? epoch + 1 : -1;
                response.responses.stream()
                        .flatMap(topic -> topic.partitions.stream())
                        .forEach(partition -> {
                            List<String> values = ProduceFetchTest.values(partition);
                            offsets[partition.partitionIndex] += values.size();
                            read.addAll(values);
                        });
            }
        }
        return read;
    }

    private static void follow(int port, int replica, int partition, long end) throws IOException {
        long offset = 0;
        boolean told = false;
        try (RawClient client = new RawClient(port)) {
            while (!told) {
                told = offset == end;
                Fetch.Request request = fetch(told ? 0 : LONG_MS, 1, from(TOPIC, partition, offset));
                request.replicaId = replica;
                Fetch.Response response = call(client, request, 12);
                var data = response.responses.get(0).partitions.get(0);
                assertThat(data.errorCode).isZero();
                offset += ProduceFetchTest.values(data).size();
            }
        }
    }

    private static Fetch.Request.FetchPartition[] positions(long[] offsets) {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> Requests.at(partition, offsets[partition]))
                .collect(Collectors.toList())
                .toArray(new Fetch.Request.FetchPartition[0]);
    }

    /** A call that throws what it likes. */
    private interface Action {
        void run() throws IOException;
    }

    private static Callable<Void> checked(Action action) {
        return () -> {
            action.run();
            return null;
        };
    }
}
