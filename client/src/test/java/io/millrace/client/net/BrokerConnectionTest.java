package io.millrace.client.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.fake.FakeCluster;
import io.millrace.client.fake.Fault;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.Metadata;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BrokerConnectionTest {
    private static final int PATIENCE_SECONDS = 30;

    private final Transport transport = Transport.nio("connection-test", 1);
    private FakeCluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = new FakeCluster(1).topic("t", 1);
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
        transport.shutdown();
    }

    private BrokerConnection connection(ConnectionConfig config) {
        return new BrokerConnection(
                transport, new Endpoint("127.0.0.1", cluster.broker(0).port()), config);
    }

    private static ConnectionConfig config() {
        return ConnectionConfig.defaults("test").withTimeouts(5_000, 2_000);
    }

    private static Call<Metadata.Response> metadata() {
        return Call.of(new Metadata.Request(), Metadata.Response::new);
    }

    private static Call<Heartbeat.Response> heartbeat() {
        return Call.of(new Heartbeat.Request(), Heartbeat.Response::new);
    }

    @Test
    void sendsCallsMadeBeforeItIsReadyAndAnswersInOrder() throws Exception {
        try (BrokerConnection connection = connection(config())) {
            List<CompletableFuture<Metadata.Response>> answers = new ArrayList<>();
            List<Integer> order = java.util.Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 300; i++) {
                int number = i;
                answers.add(connection.send(metadata()).whenComplete((r, f) -> order.add(number)));
            }
            connection.connect();
            for (CompletableFuture<Metadata.Response> answer : answers) {
                assertThat(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS).clusterId)
                        .isEqualTo("fake");
            }
            assertThat(order).hasSize(300).isSorted();
        }
    }

    @Test
    void agreesOnTheNewestVersionBothKnow() throws Exception {
        cluster.limitVersion(ApiKey.METADATA, 1);
        try (BrokerConnection connection = connection(config())) {
            connection.connect();
            Metadata.Response response = connection.send(metadata()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(response.brokers).hasSize(1);
            assertThat(response.clusterId).as("comes with version 2").isNull();
        }
    }

    @Test
    void asksAgainInTheVersionThatAnOldBrokerNames() throws Exception {
        cluster.limitVersion(ApiKey.API_VERSIONS, 1);
        try (BrokerConnection connection = connection(config())) {
            connection.connect();
            assertThat(connection.send(metadata()).get(PATIENCE_SECONDS, TimeUnit.SECONDS).brokers)
                    .hasSize(1);
        }
    }

    @Test
    void refusesACallThatTheBrokerCannotAnswerAndGoesOn() throws Exception {
        cluster.limitVersion(ApiKey.HEARTBEAT, -1);
        cluster.limitVersion(ApiKey.LIST_OFFSETS, 0);
        try (BrokerConnection connection = connection(config())) {
            connection.connect();
            assertFails(connection.send(heartbeat()), ErrorCode.UNSUPPORTED_VERSION, "does not answer HEARTBEAT");
            assertFails(
                    connection.send(Call.of(new ListOffsets.Request(), ListOffsets.Response::new)
                            .versions(1, 11)),
                    ErrorCode.UNSUPPORTED_VERSION,
                    "in versions 0 to 0");
            assertThat(connection.send(metadata())).succeedsWithin(java.time.Duration.ofSeconds(PATIENCE_SECONDS));
        }
    }

    @Test
    void failsEveryCallWhenTheBrokerClosesInTheMiddleOfAFrame() throws Exception {
        cluster.faults((broker, key, request) -> key == ApiKey.HEARTBEAT ? Fault.closedMidFrame() : null);
        BrokerConnection connection = connection(config());
        connection.connect();
        connection.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(connection.send(heartbeat()));
        }
        for (CompletableFuture<?> call : calls) {
            assertFails(call, ErrorCode.NETWORK_EXCEPTION, "closed");
        }
        assertThat(connection.closed()).succeedsWithin(java.time.Duration.ofSeconds(PATIENCE_SECONDS));
        assertFails(connection.send(metadata()), ErrorCode.NETWORK_EXCEPTION, "");
    }

    @Test
    void timesOutAndClosesWhenAnAnswerDoesNotCome() throws Exception {
        cluster.faults((broker, key, request) -> key == ApiKey.HEARTBEAT ? Fault.swallowed() : null);
        try (BrokerConnection connection = connection(config())) {
            connection.connect();
            connection.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            CompletableFuture<?> late = connection.send(heartbeat().timeoutMs(100));
            assertFails(late, ErrorCode.REQUEST_TIMED_OUT, "HEARTBEAT");
            assertThat(connection.closed()).succeedsWithin(java.time.Duration.ofSeconds(PATIENCE_SECONDS));
        }
    }

    @Test
    void doesNotTakeTheAnswerToAnotherRequestForItsOwn() throws Exception {
        AtomicInteger heartbeats = new AtomicInteger();
        cluster.faults((broker, key, request) ->
                key == ApiKey.HEARTBEAT && heartbeats.getAndIncrement() == 0 ? Fault.swallowed() : null);
        try (BrokerConnection connection = connection(config())) {
            connection.connect();
            connection.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            CompletableFuture<?> first = connection.send(heartbeat());
            CompletableFuture<?> second = connection.send(heartbeat());
            assertFails(first, ErrorCode.NETWORK_EXCEPTION, "where that to");
            assertFails(second, ErrorCode.NETWORK_EXCEPTION, "");
        }
    }

    @Test
    void saysWhoCannotBeReached() throws Exception {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        try (BrokerConnection connection = new BrokerConnection(transport, new Endpoint("127.0.0.1", port), config())) {
            CompletableFuture<?> call = connection.send(metadata());
            connection.connect();
            assertFails(call, ErrorCode.NETWORK_EXCEPTION, "127.0.0.1:" + port);
        }
    }

    @Test
    void closesOnAnAnswerOfAbsurdSize() throws Exception {
        for (int size : new int[] {-1, 0, Integer.MAX_VALUE}) {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    BrokerConnection connection = new BrokerConnection(
                            transport, new Endpoint("127.0.0.1", server.getLocalPort()), config())) {
                connection.connect();
                try (Socket socket = server.accept()) {
                    OutputStream out = socket.getOutputStream();
                    out.write(ByteBuffer.allocate(4).putInt(size).array());
                    out.write(new byte[100]);
                    out.flush();
                    assertFails(connection.ready(), ErrorCode.NETWORK_EXCEPTION, "was announced");
                }
            }
        }
    }

    @Test
    void givesUpOnABrokerThatAcceptsAndSaysNothing() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                BrokerConnection connection = new BrokerConnection(
                        transport,
                        new Endpoint("127.0.0.1", server.getLocalPort()),
                        ConnectionConfig.defaults("test").withTimeouts(5_000, 100))) {
            connection.connect();
            assertFails(connection.ready(), ErrorCode.NETWORK_EXCEPTION, "versions");
        }
    }

    @Test
    void closingFailsWhatIsUnderWayAndWhatWaits() throws Exception {
        cluster.faults((broker, key, request) -> key == ApiKey.HEARTBEAT ? Fault.swallowed() : null);
        BrokerConnection connection = connection(config().withMaxInFlight(1));
        connection.connect();
        CompletableFuture<?> underWay = connection.send(heartbeat());
        CompletableFuture<?> waiting = connection.send(heartbeat());
        connection.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        connection.close();
        assertFails(underWay, ErrorCode.NETWORK_EXCEPTION, "closed by this side");
        assertFails(waiting, ErrorCode.NETWORK_EXCEPTION, "closed by this side");
    }

    @Test
    void thePoolConnectsAnewAfterABreak() throws Exception {
        Endpoint endpoint = new Endpoint("127.0.0.1", cluster.broker(0).port());
        try (ConnectionPool pool = new ConnectionPool(transport, config().withReconnect(new Backoff(5, 20)))) {
            pool.send(endpoint, metadata()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            BrokerConnection first = pool.connection(endpoint);
            cluster.broker(0).stop();
            first.closed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertFails(pool.send(endpoint, metadata()), ErrorCode.NETWORK_EXCEPTION, "");
            assertThat(pool.isFailing(endpoint)).isTrue();
            cluster.broker(0).restart();
            assertThat(pool.send(endpoint, metadata())).succeedsWithin(java.time.Duration.ofSeconds(PATIENCE_SECONDS));
            assertThat(pool.isFailing(endpoint)).isFalse();
        }
    }

    private static void assertFails(CompletableFuture<?> call, ErrorCode error, String message) {
        assertThatThrownBy(() -> call.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(ClientException.class)
                .hasMessageContaining(message)
                .extracting(failure -> ((ClientException) failure).error())
                .isEqualTo(error);
    }
}
