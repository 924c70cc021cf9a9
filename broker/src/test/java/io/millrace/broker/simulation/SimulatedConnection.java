package io.millrace.broker.simulation;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a broker, with requests in flight whose answers arrive in their order. It breaks when a request times out,
 * gets lost, or its broker dies; whoever had something in flight is told, and does not know whether it was carried out.
 */
final class SimulatedConnection {
    private final SimulatedNetwork network;
    private final VirtualTime time;
    private final int from;
    private final String clientId;
    private final SimulatedThread client;
    private final int to;
    private final @Nullable SimulatedBroker server;

    /** What is on its way or being worked on, by number. */
    private final Map<Integer, Pending> pending = new LinkedHashMap<>();

    /** Requests that arrived, until their answer has left: answers leave in the order of requests. */
    private final Map<Integer, Arrived> arrived = new LinkedHashMap<>();

    private int count;
    private boolean closed;
    private boolean requestsLost;
    private boolean answersLost;
    private long lastThereUs;
    private long lastBackUs;

    private record Pending(
            ApiKey apiKey, short version, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {}

    /** A request at the broker, and its answer once there is one. */
    private static final class Arrived {
        private @Nullable SimulatedRequest request;
        private @Nullable Runnable departure;
    }

    /**
     * @param from node that it comes from
     * @param clientId what that one calls itself
     * @param client where answers and failures are told
     */
    SimulatedConnection(SimulatedNetwork network, int from, String clientId, SimulatedThread client, int to) {
        this.network = network;
        this.time = network.time;
        this.from = from;
        this.clientId = clientId;
        this.client = client;
        this.to = to;
        this.server = network.listener(to);
        if (server != null) {
            server.onDeath(() -> network.send(to, from, lastBackUs, () -> fail("the broker died")));
        }
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Sends a request.
     *
     * @param isMeantFor whether the broker, as it is when it takes the request up, is to see it at all; else the connection breaks
     * @param onResponse gets the answer, on the client's thread
     * @param onFailure told there that nobody knows what became of the request
     */
    void send(
            Message request,
            short version,
            Predicate<SimulatedBroker> isMeantFor,
            long timeoutMs,
            Consumer<Message> onResponse,
            Consumer<RuntimeException> onFailure) {
        int number = count++;
        ApiKey apiKey = request.apiKey();
        pending.put(number, new Pending(apiKey, version, onResponse, onFailure));
        ByteBuffer body = SimulatedRequest.encode(request, version);
        if (network.faults.losesRequest()) {
            // From here on nothing gets through, one way or both, until that is noticed.
            answersLost = true;
            requestsLost |= time.random.nextBoolean();
            time.afterMs(time.random.nextInt((int) timeoutMs), () -> fail("the connection broke"));
        }
        time.afterMs(timeoutMs, () -> {
            if (pending.containsKey(number)) {
                fail(apiKey + " was not answered in time");
            }
        });
        if (!requestsLost) {
            lastThereUs = network.send(from, to, lastThereUs, () -> arrive(number, apiKey, version, body, isMeantFor));
        }
    }

    private void arrive(
            int number, ApiKey apiKey, short version, ByteBuffer body, Predicate<SimulatedBroker> isMeantFor) {
        if (closed && time.random.nextBoolean()) {
            return;
        }
        if (server == null || server.life().hasEnded()) {
            network.send(to, from, lastBackUs, () -> fail("nobody listens"));
            return;
        }
        Arrived place = new Arrived();
        arrived.put(number, place);
        place.request =
                new SimulatedRequest(apiKey, version, clientId, body, server.io(), new SimulatedRequest.Answer() {
                    @Override
                    public void onBody(ByteBuffer answer) {
                        place.departure = () -> depart(number, answer);
                        departInOrder();
                    }

                    @Override
                    public void onNothing(@Nullable String reason) {
                        place.departure = reason == null
                                ? () -> pending.remove(number)
                                : () -> network.send(to, from, lastBackUs, () -> fail(reason));
                        departInOrder();
                    }
                });
        server.handle(place.request, isMeantFor);
    }

    private void departInOrder() {
        while (!arrived.isEmpty()) {
            Map.Entry<Integer, Arrived> first = arrived.entrySet().iterator().next();
            Runnable departure = first.getValue().departure;
            if (departure == null) {
                return;
            }
            arrived.remove(first.getKey());
            departure.run();
        }
    }

    private void depart(int number, ByteBuffer answer) {
        SimulatedBroker sender = server;
        if (answersLost || sender == null || sender.life().hasEnded()) {
            return;
        }
        lastBackUs = network.send(
                to,
                from,
                lastBackUs,
                () -> client.execute(() -> {
                    Pending waiting = pending.remove(number);
                    if (waiting != null && !closed) {
                        Message response = Messages.newResponse(waiting.apiKey());
                        response.wire(new WireReader(
                                answer, waiting.version(), waiting.apiKey().isFlexible(waiting.version())));
                        waiting.onResponse().accept(response);
                    }
                }));
    }

    /** Breaks the connection: all that is in flight fails. */
    private void fail(String reason) {
        if (closed) {
            return;
        }
        close();
        List<Pending> lost = new ArrayList<>(pending.values());
        pending.clear();
        RuntimeException failure = new IllegalStateException(reason);
        client.execute(() -> lost.forEach(waiting -> waiting.onFailure().accept(failure)));
    }

    /** Closes it; nobody is told of what was in flight. */
    void close() {
        if (!closed) {
            closed = true;
            network.send(
                    from,
                    to,
                    lastThereUs,
                    () -> arrived.values().forEach(place -> {
                        SimulatedRequest request = place.request;
                        if (request != null) {
                            request.onConnectionClosed();
                        }
                    }));
        }
    }
}
