package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.api.ApiRegistry;
import io.millrace.broker.api.UpdateMetadataHandler;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.net.SocketServer;
import io.millrace.client.net.Backoff;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.ConnectionPool;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Transport;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteBrokerChannelTest {
    private final MetadataCache metadata = new MetadataCache("cluster", () -> -1);
    private final List<Integer> heard = new CopyOnWriteArrayList<>();
    private final List<Message> answers = new CopyOnWriteArrayList<>();
    private final List<RuntimeException> lost = new CopyOnWriteArrayList<>();
    private final Transport transport = Transport.nio("to-brokers", 1);
    private final ConnectionPool connections = new ConnectionPool(
            transport, new ConnectionConfig("controller", 5_000, 5_000, 1, 100, 1 << 20, -1, -1, new Backoff(10, 50)));
    private SocketServer server;
    private int port;

    @BeforeEach
    void hear() {
        metadata.addListener(news -> heard.add(news.controllerId()));
    }

    @AfterEach
    void stop() {
        server.close();
        connections.close();
        transport.shutdown();
    }

    @Test
    void deliversInOrderOneAfterTheOther() throws IOException {
        listen(0);
        RemoteBrokerChannel channel = channel();

        for (int epoch = 1; epoch <= 50; epoch++) {
            channel.send(news(epoch), answers::add, lost::add);
        }

        await("all are answered", () -> answers.size() == 50);
        assertThat(heard).isSorted().hasSize(50);
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(((UpdateMetadata.Response) answer).errorCode).isZero());
    }

    @Test
    void sendsAgainUntilTheBrokerIsBack() throws IOException {
        listen(0);
        RemoteBrokerChannel channel = channel();
        channel.send(news(1), answers::add, lost::add);
        await("the first is answered", () -> answers.size() == 1);

        server.close();
        channel.send(news(2), answers::add, lost::add);
        channel.send(news(3), answers::add, lost::add);
        listen(port);

        await("the others are answered", () -> answers.size() == 3);
        assertThat(heard).containsSubsequence(1, 2, 3);
    }

    @Test
    void passesOverWhatTheBrokerDoesNotUnderstand() throws IOException {
        listen(0);
        RemoteBrokerChannel channel = channel();

        channel.send(new StopReplica.Request(), answers::add, lost::add);
        channel.send(news(1), answers::add, lost::add);

        await("the next is answered", () -> answers.size() == 1);
        assertThat(heard).containsExactly(1);
    }

    @Test
    void goesOnAfterAnAnswerThatNobodyCouldDealWith() throws IOException {
        listen(0);
        RemoteBrokerChannel channel = channel();

        channel.send(
                news(1),
                answer -> {
                    throw new IllegalStateException("cannot");
                },
                lost::add);
        channel.send(news(2), answers::add, lost::add);

        await("the next is answered", () -> answers.size() == 1);
        assertThat(lost).singleElement().satisfies(e -> assertThat(e).hasMessage("cannot"));
    }

    @Test
    void asksForEverythingWhenABrokerAnswersAgainThatTooMuchWaitedFor() throws IOException {
        listen(0);
        server.close();
        AtomicInteger gaps = new AtomicInteger();
        RemoteBrokerChannel channel = channel();
        channel.watchGaps(gaps::incrementAndGet);

        for (int i = 0; i < RemoteBrokerChannel.MAX_WAITING + 2; i++) {
            channel.send(news(i), answers::add, lost::add);
        }

        channel.send(news(7_777), answers::add, lost::add);
        assertThat(lost).as("a failure ends the controller's term").isEmpty();
        assertThat(gaps).hasValue(0);

        listen(port);
        await("it is asked for everything", () -> gaps.get() == 1);
        assertThat(heard).as("what was on its way").containsExactly(0);
        channel.send(news(8_888), answers::add, lost::add);
        await("it is told again", () -> heard.contains(8_888));
        assertThat(heard).containsExactly(0, 8_888);
        assertThat(gaps).hasValue(1);
        assertThat(lost).isEmpty();
    }

    @Test
    void anAnswerThatItDoesNotUnderstandEndsTheSilenceToo() throws IOException {
        listen(0);
        server.close();
        AtomicInteger gaps = new AtomicInteger();
        RemoteBrokerChannel channel = channel();
        channel.watchGaps(gaps::incrementAndGet);
        channel.send(new StopReplica.Request(), answers::add, lost::add);
        for (int i = 0; i < RemoteBrokerChannel.MAX_WAITING + 1; i++) {
            channel.send(news(i), answers::add, lost::add);
        }

        listen(port);
        await("it is asked for everything", () -> gaps.get() == 1);
        channel.send(news(8_888), answers::add, lost::add);
        await("it is told again", () -> heard.contains(8_888));
        assertThat(heard).containsExactly(8_888);
    }

    @Test
    void sendsNothingAfterItWasClosed() throws IOException {
        listen(0);
        RemoteBrokerChannel closed = channel();
        closed.close();
        closed.send(news(1), answers::add, lost::add);

        channel().send(news(2), answers::add, lost::add);

        await("the other channel works", () -> answers.size() == 1);
        assertThat(heard).containsExactly(2);
    }

    private RemoteBrokerChannel channel() {
        return new RemoteBrokerChannel(2, new Endpoint("127.0.0.1", port), connections, transport);
    }

    private void listen(int wantedPort) throws IOException {
        server = new SocketServer(BrokerConfig.parse(Map.of(
                        "broker.id", "2",
                        "listeners", "PLAINTEXT://127.0.0.1:" + wantedPort,
                        "zookeeper.connect", "none:1"))
                .net());
        port = server.bind(new ApiRegistry(List.of(new UpdateMetadataHandler(metadata, listener -> true))), error -> {})
                .get("PLAINTEXT");
        server.start();
    }

    private static UpdateMetadata.Request news(int number) {
        UpdateMetadata.Request news = new UpdateMetadata.Request();
        news.controllerId = number;
        news.controllerEpoch = 1;
        return news;
    }
}
