package io.millrace.broker.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.Await;
import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiRegistry;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.ResponseBody;
import io.millrace.broker.config.ListenerConfig;
import io.millrace.broker.config.NetConfig;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.ApiVersions;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.SocketChannelConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections as they are on the wire, over each transport. */
class SocketServerTest {
    private static final int MAX_REQUEST_BYTES = 100 * 1024 * 1024;
    private static final int MIB = 1024 * 1024;

    /** Answers with the bytes of the body, at once. */
    private static final class Echo implements ApiHandler {
        private final AtomicInteger seen = new AtomicInteger();

        @Override
        public ApiKey apiKey() {
            return ApiKey.HEARTBEAT;
        }

        @Override
        public void handle(RequestContext context) {
            seen.incrementAndGet();
            ByteBuf answer = context.newBuffer(context.body().remaining());
            answer.writeBytes(context.body().duplicate());
            context.respond(new ResponseBody(answer));
        }
    }

    /** Keeps its requests until the test answers them. */
    private static final class Later implements ApiHandler {
        private final Queue<RequestContext> waiting = new ConcurrentLinkedQueue<>();

        @Override
        public ApiKey apiKey() {
            return ApiKey.JOIN_GROUP;
        }

        @Override
        public void handle(RequestContext context) {
            waiting.add(context);
        }
    }

    /** Answers with so many bytes as the body says. */
    private static final class Large implements ApiHandler {
        private final AtomicInteger answered = new AtomicInteger();

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_GROUPS;
        }

        @Override
        public void handle(RequestContext context) {
            answered.incrementAndGet();
            int bytes = context.body().getInt(context.body().position());
            context.respond(new ResponseBody(context.newBuffer(bytes).writeZero(bytes)));
        }
    }

    /** Fails in the way that the body says. */
    private static final class Failing implements ApiHandler {
        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_GROUPS;
        }

        @Override
        public void handle(RequestContext context) {
            switch (context.body().get(context.body().position())) {
                case 0 -> throw new WireException("the body is malformed");
                case 1 -> throw new IllegalStateException("a mistake in the handler");
                case 2 -> context.respondNothing();
                default -> context.closeConnection("the handler wants it");
            }
        }
    }

    private final Echo echo = new Echo();
    private final Later later = new Later();
    private final Large large = new Large();
    private final AtomicReference<Error> fatal = new AtomicReference<>();
    private SocketServer server;
    private int port;

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
        assertThat(fatal.get()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersInTheOrderOfTheRequests(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            for (int i = 0; i < 10; i++) {
                client.send(RawClient.request(later.apiKey().id(), 0, i, false));
                client.send(RawClient.request(echo.apiKey().id(), 0, 100 + i, false, (byte) i));
            }
            Await.await("all requests that wait are taken on", () -> later.waiting.size() == 10);
            assertThat(client.hearsNothingFor(50)).isTrue();

            List<RequestContext> backwards = new ArrayList<>(later.waiting);
            for (int i = 9; i >= 0; i--) {
                RequestContext context = backwards.get(i);
                ByteBuf answer = context.newBuffer(1).writeByte(50 + i);
                context.respond(new ResponseBody(answer));
            }
            for (int i = 0; i < 10; i++) {
                assertThat(client.receive()).isEqualTo(frame(i, 50 + i));
                assertThat(client.receive()).isEqualTo(frame(100 + i, i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersHundredsOfRequestsSentAtOnceThoughFewAreUnderWayAtATime(Transport transport) throws IOException {
        start(transport, config());
        int requests = 1_000;
        try (RawClient client = new RawClient(port)) {
            ByteBuffer all = ByteBuffer.allocate(requests * 32);
            for (int i = 0; i < requests; i++) {
                all.put(RawClient.request(later.apiKey().id(), 0, i, false));
            }
            client.send(all.flip());
            Await.await("the first requests are taken on", () -> later.waiting.size() == 64);
            assertThat(client.hearsNothingFor(50)).isTrue();
            assertThat(later.waiting).as("requests of one connection under way").hasSize(64);
            for (int i = 0; i < requests; i++) {
                Await.await("the next request is taken on", () -> !later.waiting.isEmpty());
                later.waiting.remove().respond(new ApiVersions.Response());
                assertThat(client.receive().getInt()).isEqualTo(i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void countsWhatItHoldsForLater(Transport transport) throws IOException {
        start(transport, config());
        int underWay = 64;
        int heldBytes = 20_000;
        try (RawClient client = new RawClient(port);
                RawClient leaving = new RawClient(port)) {
            ByteBuffer all = ByteBuffer.allocate(underWay * 32 + heldBytes + 32);
            for (int i = 0; i < underWay; i++) {
                all.put(RawClient.request(later.apiKey().id(), 0, i, false));
            }
            all.put(RawClient.request(echo.apiKey().id(), 0, underWay, false, new byte[heldBytes]));
            all.flip();
            client.send(all.duplicate());
            leaving.send(all.duplicate());
            Await.await("what is held for both is counted", () -> server.queuedRequestBytes() > 2 * heldBytes);
            assertThat(server.queuedRequestBytes()).isLessThanOrEqualTo(2L * all.remaining());

            Await.await("all requests are taken on", () -> later.waiting.size() == 2 * underWay);
            // Not every transport notices before it reads or writes again.
            leaving.close();
            while (!later.waiting.isEmpty()) {
                later.waiting.remove().respond(new ApiVersions.Response());
            }
            for (int i = 0; i <= underWay; i++) {
                assertThat(client.receive().getInt()).isEqualTo(i);
            }
            Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesAFrameByteByByte(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            ByteBuffer frame = RawClient.request(echo.apiKey().id(), 0, 7, false, (byte) 1, (byte) 2, (byte) 3);
            while (frame.hasRemaining()) {
                client.send(frame.get());
            }
            assertThat(client.receive()).isEqualTo(frame(7, 1, 2, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesLargeFramesWholeWithSmallOnesBetweenThem(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            int correlationId = 0;
            for (int size : new int[] {10, 65_536, 70_000, 3 * MIB, 1, 20 * MIB, 65_535, 5}) {
                byte[] body = new byte[size];
                for (int i = 0; i < size; i++) {
                    body[i] = (byte) (i * 31 + size);
                }
                client.send(RawClient.request(echo.apiKey().id(), 0, correlationId, false, body));
                ByteBuffer answer = client.receive();
                assertThat(answer.getInt()).isEqualTo(correlationId++);
                assertThat(answer).isEqualTo(ByteBuffer.wrap(body));
            }
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesOnLengthsThatCannotBe(Transport transport) throws IOException {
        start(transport, config());
        for (int length : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, MAX_REQUEST_BYTES + 1}) {
            try (RawClient client = new RawClient(port)) {
                client.send(ByteBuffer.allocate(8).putInt(length).putInt(0).flip());
                assertThat(client.isClosedByPeer()).as("length %s", length).isTrue();
            }
        }
        assertThat(server.queuedRequestBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesOnOtherProtocols(Transport transport) throws IOException {
        start(transport, config());
        byte[] http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] tlsHello = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc, 0x03, 0x03};
        for (byte[] bytes : List.of(http, tlsHello)) {
            try (RawClient client = new RawClient(port)) {
                client.send(bytes);
                assertThat(client.isClosedByPeer()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesOnRequestsThatItCannotUnderstandAndAnswersThoseBefore(Transport transport) throws IOException {
        start(transport, config());
        ByteBuffer shortHeader =
                ByteBuffer.allocate(7).putInt(3).put(new byte[3]).flip();
        ByteBuffer endlessClientId = ByteBuffer.allocate(14)
                .putInt(10)
                .putShort(echo.apiKey().id())
                .putShort((short) 0)
                .putInt(1)
                .putShort((short) 100)
                .flip();
        for (ByteBuffer bad : List.of(
                RawClient.request(999, 1, 1, false),
                RawClient.request(-1, 0, 1, false),
                RawClient.request(ApiKey.METADATA.id(), 0, 1, false),
                RawClient.request(echo.apiKey().id(), 99, 1, true),
                RawClient.request(echo.apiKey().id(), -1, 1, false),
                shortHeader,
                endlessClientId,
                RawClient.request(ApiKey.DESCRIBE_GROUPS.id(), 0, 1, false, (byte) 0),
                RawClient.request(ApiKey.DESCRIBE_GROUPS.id(), 0, 1, false, (byte) 1),
                RawClient.request(ApiKey.DESCRIBE_GROUPS.id(), 0, 1, false, (byte) 3))) {
            try (RawClient client = new RawClient(port)) {
                client.send(RawClient.request(echo.apiKey().id(), 0, 5, false, (byte) 9));
                client.send(bad);
                assertThat(client.receive()).isEqualTo(frame(5, 9));
                assertThat(client.isClosedByPeer()).isTrue();
            }
        }
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(echo.apiKey().id(), 0, 6, false, (byte) 8));
            assertThat(client.receive()).as("others are not affected").isEqualTo(frame(6, 8));
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void keepsTheConnectionOfARequestThatGetsNoAnswer(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(ApiKey.DESCRIBE_GROUPS.id(), 0, 1, false, (byte) 2));
            client.send(RawClient.request(echo.apiKey().id(), 0, 2, false, (byte) 3));
            assertThat(client.receive()).isEqualTo(frame(2, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesClientIdsThatAreNullAndHeadersWithUnknownTags(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            for (int length : new int[] {-1, -2}) {
                client.send(ByteBuffer.allocate(15)
                        .putInt(11)
                        .putShort(echo.apiKey().id())
                        .putShort((short) 0)
                        .putInt(1)
                        .putShort((short) length)
                        .put((byte) 4)
                        .flip());
                assertThat(client.receive()).isEqualTo(frame(1, 4));
            }
            client.send(ByteBuffer.allocate(20)
                    .putInt(16)
                    .putShort(echo.apiKey().id())
                    .putShort((short) 4)
                    .putInt(2)
                    .putShort((short) -1)
                    .put(new byte[] {1, 7, 2, 0, 0})
                    .put((byte) 5)
                    .flip());
            assertThat(client.receive()).isEqualTo(frame(2, 0, 5));
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersApiVersionsOfAnyVersionFromTheRegistry(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(ApiKey.API_VERSIONS.id(), 99, 3, true, (byte) 0));
            ByteBuffer answer = client.receive();
            assertThat(answer)
                    .as("as Kafka 3.9.2 answers it, byte by byte")
                    .isEqualTo(ByteBuffer.wrap(new byte[] {0, 0, 0, 3, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4}));

            ByteBuffer name = ByteBuffer.wrap("\5test\0041.0\0".getBytes(StandardCharsets.ISO_8859_1));
            client.send(RawClient.request(ApiKey.API_VERSIONS.id(), 4, 4, true, name.array()));
            ApiVersions.Response all = versions(client.receive(), 4);
            assertThat(all.apiKeys)
                    .extracting(entry -> entry.apiKey + ":" + entry.minVersion + "-" + entry.maxVersion)
                    .containsExactly("11:0-9", "12:0-4", "15:0-6", "16:0-5", "18:0-4");
            assertThat(all.supportedFeatures).isEmpty();
            assertThat(all.finalizedFeatures).isEmpty();

            client.send(RawClient.request(
                    ApiKey.API_VERSIONS.id(), 3, 5, true, "\2-\0021\0".getBytes(StandardCharsets.ISO_8859_1)));
            ApiVersions.Response invalid = versions(client.receive(), 3);
            assertThat(invalid.errorCode).isEqualTo((short) 42);
            assertThat(invalid.apiKeys).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void allocatesForWhatIsReceivedAndNotForWhatIsAnnounced(Transport transport) throws IOException {
        start(transport, config());
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RawClient client = new RawClient(port);
                clients.add(client);
                client.send(ByteBuffer.allocate(104)
                        .putInt(MAX_REQUEST_BYTES)
                        .put(new byte[100])
                        .flip());
            }
            Await.await("all have begun", () -> server.queuedRequestBytes() > 0 && server.connectionCount() == 20);
            try (RawClient other = new RawClient(port)) {
                other.send(RawClient.request(echo.apiKey().id(), 0, 1, false, (byte) 1));
                assertThat(other.receive()).isEqualTo(frame(1, 1));
            }
            assertThat(server.queuedRequestBytes()).isLessThanOrEqualTo(20L * 64 * 1024);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void finishesFramesOneByOneWhenTheyDoNotFitIntoMemoryTogether(Transport transport) throws Exception {
        start(transport, config(4 * MIB, 100, 100, 60_000));
        int size = 3 * MIB;
        List<RawClient> clients = new ArrayList<>();
        List<ByteBuffer> frames = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                clients.add(new RawClient(port));
                frames.add(RawClient.request(echo.apiKey().id(), 0, i, false, new byte[size]));
            }
            // All begin, so that each holds a part of the memory, and none could go on if each waited for the others.
            for (int i = 0; i < 6; i++) {
                ByteBuffer frame = frames.get(i);
                clients.get(i).send(frame.slice(0, MIB));
                frame.position(MIB);
            }
            List<Thread> threads = new ArrayList<>();
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 6; i++) {
                RawClient client = clients.get(i);
                ByteBuffer frame = frames.get(i);
                int correlationId = i;
                Thread thread = new Thread(() -> {
                    try {
                        client.send(frame);
                        ByteBuffer answer = client.receive();
                        assertThat(answer.getInt()).isEqualTo(correlationId);
                        assertThat(answer.remaining()).isEqualTo(size);
                    } catch (IOException | AssertionError e) {
                        failures.add(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join(30_000);
                assertThat(thread.isAlive()).as("a client still waits").isFalse();
            }
            assertThat(failures).isEmpty();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void servesOthersOneByOneWhileOneClientHoldsAllMemory(Transport transport) throws IOException {
        start(transport, config(70_000, 100, 100, 60_000));
        try (RawClient holder = new RawClient(port);
                RawClient other = new RawClient(port)) {
            for (int i = 0; i < 64; i++) {
                holder.send(RawClient.request(later.apiKey().id(), 0, i, false, new byte[1_000]));
            }
            Await.await("all memory is held", () -> later.waiting.size() == 64);
            ByteBuffer all = ByteBuffer.allocate(30 * 10_100);
            for (int i = 0; i < 30; i++) {
                all.put(RawClient.request(echo.apiKey().id(), 0, i, false, new byte[10_000]));
            }
            other.send(all.flip());
            for (int i = 0; i < 30; i++) {
                ByteBuffer answer = other.receive();
                assertThat(answer.getInt()).isEqualTo(i);
                assertThat(answer.remaining()).isEqualTo(10_000);
            }
            assertThat(server.queuedRequestBytes()).isLessThanOrEqualTo(70_000);
            later.waiting.forEach(RequestContext::respondNothing);
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void takesNoMoreRequestsOfAPeerThatDoesNotReadItsAnswers(Transport transport) throws IOException {
        start(transport, config());
        int answer = 4 * MIB;
        int requests = 50;
        try (RawClient client = new RawClient(port, 64 * 1024)) {
            ByteBuffer all = ByteBuffer.allocate(requests * 32);
            for (int i = 0; i < requests; i++) {
                byte[] size = ByteBuffer.allocate(4).putInt(answer).array();
                all.put(RawClient.request(large.apiKey().id(), 0, i, false, size));
            }
            client.send(all.flip());
            Await.await("the first request is answered", () -> large.answered.get() > 0);
            try (RawClient other = new RawClient(port)) {
                other.send(RawClient.request(echo.apiKey().id(), 0, 1, false, (byte) 1));
                assertThat(other.receive()).isEqualTo(frame(1, 1));
                // Long enough for all answers to be made, if nothing held them back.
                assertThat(other.hearsNothingFor(500)).isTrue();
            }
            assertThat(large.answered)
                    .as("answers made for a peer that reads none")
                    .hasValueLessThanOrEqualTo(3);
            for (int i = 0; i < requests; i++) {
                ByteBuffer frame = client.receive();
                assertThat(frame.getInt()).isEqualTo(i);
                assertThat(frame.remaining()).isEqualTo(answer);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesConnectionsBeyondTheLimits(Transport transport) throws IOException {
        start(transport, config(64 * MIB, 100, 2, 60_000));
        Queue<RawClient> clients = new ArrayDeque<>();
        try {
            for (int i = 0; i < 2; i++) {
                RawClient client = new RawClient(port);
                clients.add(client);
                client.send(RawClient.request(echo.apiKey().id(), 0, i, false, (byte) i));
                assertThat(client.receive()).isEqualTo(frame(i, i));
            }
            try (RawClient third = new RawClient(port)) {
                assertThat(third.isClosedByPeer()).isTrue();
            }
            clients.remove().close();
            Await.await("a connection is counted off", () -> server.connectionCount() == 1);
            try (RawClient again = new RawClient(port)) {
                again.send(RawClient.request(echo.apiKey().id(), 0, 9, false, (byte) 9));
                assertThat(again.receive()).isEqualTo(frame(9, 9));
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesIdleConnectionsButNotThoseWhoseRequestsWait(Transport transport) throws IOException {
        start(transport, config(64 * MIB, 100, 100, 200));
        try (RawClient waiting = new RawClient(port);
                RawClient idle = new RawClient(port)) {
            waiting.send(RawClient.request(later.apiKey().id(), 0, 1, false));
            Await.await("the request is taken on", () -> later.waiting.size() == 1);
            assertThat(idle.isClosedByPeer()).isTrue();
            assertThat(waiting.hearsNothingFor(500)).isTrue();
            later.waiting.remove().respond(new ApiVersions.Response());
            assertThat(waiting.receive().getInt()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void givesMemoryBackWhenAConnectionEndsInTheMiddle(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(later.apiKey().id(), 0, 1, false));
            client.send(
                    ByteBuffer.allocate(1004).putInt(MIB).put(new byte[1000]).flip());
            Await.await("it has begun", () -> later.waiting.size() == 1 && server.queuedRequestBytes() > 60_000);
        }
        Await.await("the connection is gone", () -> server.connectionCount() == 0);
        later.waiting.remove().respond(new ApiVersions.Response());
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void refusesASecondAnswer(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port)) {
            client.send(RawClient.request(later.apiKey().id(), 0, 1, false));
            Await.await("the request is taken on", () -> later.waiting.size() == 1);
            RequestContext context = later.waiting.remove();
            context.respond(new ApiVersions.Response());
            assertThatThrownBy(context::respondNothing).isInstanceOf(IllegalStateException.class);
            assertThat(client.receive().getInt()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void leavesTheBuffersOfSocketsToTheSystemUnlessTheirSizesAreSet(Transport transport) throws IOException {
        start(transport, config());
        try (RawClient client = new RawClient(port);
                ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RawClient plainClient = new RawClient(plain.getLocalPort());
                Socket untouched = plain.accept()) {
            SocketChannelConfig options = optionsOfTheConnection(client);
            // They may have grown with the first request and its answer.
            assertThat(options.getSendBufferSize()).isGreaterThanOrEqualTo(untouched.getSendBufferSize());
            assertThat(options.getReceiveBufferSize()).isGreaterThanOrEqualTo(untouched.getReceiveBufferSize());
        }
        server.close();

        start(transport, withBuffers(config(), 30_000, 40_000));
        try (RawClient client = new RawClient(port)) {
            SocketChannelConfig options = optionsOfTheConnection(client);
            // Linux doubles what it is told, to have room for its own records.
            assertThat(options.getSendBufferSize()).isBetween(30_000, 60_000);
            assertThat(options.getReceiveBufferSize()).isBetween(40_000, 80_000);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void closesAConnectionThatStopsInTheMiddleOfALargeFrameWhileOthersAreServed(Transport transport)
            throws IOException {
        // So long that this thread sees the memory taken and has its other client served, even if it
        // is away for a while.
        start(transport, config(64 * MIB, 100, 100, 3_000));
        try (RawClient stalled = new RawClient(port)) {
            ByteBuffer frame = RawClient.request(echo.apiKey().id(), 0, 1, false, new byte[3 * MIB]);
            stalled.send(frame.slice(0, 2 * MIB));
            Await.await("it has begun", () -> server.queuedRequestBytes() > MIB);
            try (RawClient other = new RawClient(port)) {
                other.send(RawClient.request(echo.apiKey().id(), 0, 2, false, (byte) 2));
                assertThat(other.receive()).isEqualTo(frame(2, 2));
            }
            assertThat(stalled.isClosedByPeer()).isTrue();
        }
        Await.await("all memory of requests is given back", () -> server.queuedRequestBytes() == 0);
        assertThat(echo.seen).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void namesTheListenerWhosePortIsTaken(Transport transport) throws IOException {
        start(transport, config());
        NetConfig taken = config(List.of(new ListenerConfig("SECOND", "127.0.0.1", port)), 64 * MIB, 10, 10, 0);
        try (SocketServer second = new SocketServer(taken, transport)) {
            assertThatThrownBy(() -> second.bind(new ApiRegistry(List.of()), fatal::set))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("SECOND://127.0.0.1:" + port);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void acceptsNothingBeforeItIsStartedAndTellsTheListenersApart(Transport transport) throws IOException {
        NetConfig two = config(
                List.of(new ListenerConfig("INSIDE", "127.0.0.1", 0), new ListenerConfig("OUTSIDE", "127.0.0.1", 0)),
                64 * MIB,
                10,
                10,
                0);
        server = new SocketServer(two, transport);
        Map<String, Integer> ports = server.bind(new ApiRegistry(List.of(later)), fatal::set);
        assertThat(ports).containsOnlyKeys("INSIDE", "OUTSIDE");
        try (RawClient client = new RawClient(ports.get("OUTSIDE"))) {
            client.send(RawClient.request(later.apiKey().id(), 0, 1, false));
            assertThat(client.hearsNothingFor(100)).isTrue();
            assertThat(later.waiting).isEmpty();
            server.start();
            Await.await("the request is taken on", () -> later.waiting.size() == 1);
            RequestContext context = later.waiting.remove();
            assertThat(context.listenerName()).isEqualTo("OUTSIDE");
            assertThat(context.clientAddress()).isEqualTo(InetAddress.getLoopbackAddress());
            assertThat(context.clientId()).isEqualTo("test");
            context.respondNothing();
        }
    }

    private void start(Transport transport, NetConfig config) throws IOException {
        server = new SocketServer(config, transport);
        ApiRegistry registry = new ApiRegistry(List.of(echo, later, large, new Failing()));
        port = server.bind(registry, fatal::set).get("PLAINTEXT");
        server.start();
    }

    private SocketChannelConfig optionsOfTheConnection(RawClient client) throws IOException {
        client.send(RawClient.request(echo.apiKey().id(), 0, 1, false, (byte) 1));
        assertThat(client.receive()).isEqualTo(frame(1, 1));
        assertThat(server.connections().size()).isOne();
        return (SocketChannelConfig) server.connections().iterator().next().config();
    }

    private static NetConfig withBuffers(NetConfig config, int sendBytes, int receiveBytes) {
        return new NetConfig(
                config.listeners(),
                config.ioThreads(),
                config.maxRequestBytes(),
                config.maxQueuedRequestBytes(),
                config.maxConnections(),
                config.maxConnectionsPerIp(),
                config.maxConnectionsPerIpOverrides(),
                config.maxConnectionsPerSecond(),
                config.connectionsMaxIdleMs(),
                sendBytes,
                receiveBytes,
                config.backlog());
    }

    private static NetConfig config() {
        return config(256 * MIB, 100, 100, 60_000);
    }

    private static NetConfig config(long memory, int maxConnections, int maxPerIp, long maxIdleMs) {
        return config(
                List.of(new ListenerConfig("PLAINTEXT", "127.0.0.1", 0)), memory, maxConnections, maxPerIp, maxIdleMs);
    }

    private static NetConfig config(
            List<ListenerConfig> listeners, long memory, int maxConnections, int maxPerIp, long maxIdleMs) {
        return new NetConfig(
                listeners,
                2,
                MAX_REQUEST_BYTES,
                memory,
                maxConnections,
                maxPerIp,
                Map.of(),
                Integer.MAX_VALUE,
                maxIdleMs,
                -1,
                -1,
                50);
    }

    private static ByteBuffer frame(int correlationId, int... body) {
        ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(correlationId);
        for (int b : body) {
            frame.put((byte) b);
        }
        return frame.flip();
    }

    private static ApiVersions.Response versions(ByteBuffer frame, int version) {
        frame.getInt();
        ApiVersions.Response response = new ApiVersions.Response();
        response.wire(new WireReader(frame, version, true));
        return response;
    }
}
