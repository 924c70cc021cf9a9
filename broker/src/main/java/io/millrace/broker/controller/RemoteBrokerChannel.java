package io.millrace.broker.controller;

import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ConnectionPool;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Transport;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.StopReplica;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channel to another broker. One request is on its way at a time and is sent again until it is answered, because a
 * broker that missed one would go on in a role it has lost; the channel ends with the registration of the broker, so there
 * is an end to that. It needs no thread of its own: answers arrive on the event loop of the connection.
 *
 * <p>A broker that is registered but does not answer is not told more and more: when too many requests wait for it, all but those to
 * stop replicas are given up, and it is told what holds then when it answers again. The others do not notice.
 */
public final class RemoteBrokerChannel implements BrokerChannel {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteBrokerChannel.class);

    /** How many requests wait at the most: far more than a broker that is merely slow leaves waiting. */
    static final int MAX_WAITING = 1_000;

    private final int brokerId;
    private final Endpoint endpoint;
    private final ConnectionPool connections;
    private final Queue<Outgoing> queue = new ArrayDeque<>();
    private final Transport transport;
    private @Nullable Outgoing onItsWay;
    private @Nullable PortWatch watch;
    private Runnable onAnswersAgain = () -> {};
    private boolean hasGap;
    private boolean closed;

    private record Outgoing(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {}

    /**
     * @param connections paces attempts to reach a broker that does not answer
     * @param transport carries the watch over the broker's port
     */
    public RemoteBrokerChannel(int brokerId, Endpoint endpoint, ConnectionPool connections, Transport transport) {
        this.brokerId = brokerId;
        this.endpoint = endpoint;
        this.connections = connections;
        this.transport = transport;
    }

    @Override
    public synchronized void watchPort(Consumer<Boolean> onPort) {
        if (!closed) {
            watch = PortWatch.open(transport, endpoint.host(), endpoint.port(), onPort::accept);
        }
    }

    @Override
    public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (queue.size() >= MAX_WAITING && !hasGap) {
                hasGap = true;
                queue.removeIf(waiting -> !stopsReplicas(waiting.request()));
                LOG.error(
                        "Broker {} at {} does not answer, and {} requests wait for it. Most are given up; it is told what holds when"
                                + " it answers again. See whether this host reaches it",
                        brokerId,
                        endpoint,
                        MAX_WAITING);
            }
            // Nobody could tell later which replicas are to be stopped.
            if (!hasGap || stopsReplicas(request) && queue.size() < MAX_WAITING) {
                queue.add(new Outgoing(request, onResponse, onFailure));
            }
        }
        sendNext();
    }

    @Override
    public synchronized void watchGaps(Runnable action) {
        onAnswersAgain = action;
    }

    private static boolean stopsReplicas(Message request) {
        return request instanceof StopReplica.Request;
    }

    private void sendNext() {
        Outgoing next;
        synchronized (this) {
            if (closed || onItsWay != null || queue.isEmpty()) {
                return;
            }
            next = queue.remove();
            onItsWay = next;
        }
        attempt(next);
    }

    private void attempt(Outgoing outgoing) {
        connections
                .send(
                        endpoint,
                        Call.of(
                                outgoing.request(),
                                () -> Messages.newResponse(outgoing.request().apiKey())))
                .whenComplete((response, failure) -> onOutcome(outgoing, response, failure));
    }

    private void onOutcome(Outgoing outgoing, @Nullable Message response, @Nullable Throwable failure) {
        synchronized (this) {
            if (closed) {
                return;
            }
        }
        if (response != null) {
            onAnswered();
            try {
                outgoing.onResponse().accept(response);
            } catch (RuntimeException e) {
                outgoing.onFailure().accept(e);
            } finally {
                sendNext();
            }
            return;
        }
        ClientException reason = ClientException.of(failure == null ? new IllegalStateException() : failure);
        if (reason.error() == ErrorCode.UNSUPPORTED_VERSION || reason.error() == ErrorCode.INVALID_REQUEST) {
            LOG.error(
                    "Broker {} cannot be told {}: {}",
                    brokerId,
                    outgoing.request().apiKey(),
                    reason.getMessage());
            // An answer as well: the broker is there.
            onAnswered();
            sendNext();
        } else {
            LOG.warn("Sending {} to broker {} again: {}", outgoing.request().apiKey(), brokerId, reason.getMessage());
            attempt(outgoing);
        }
    }

    private void onAnswered() {
        Runnable afterGap;
        synchronized (this) {
            onItsWay = null;
            afterGap = hasGap ? onAnswersAgain : () -> {};
            hasGap = false;
        }
        afterGap.run();
    }

    @Override
    public synchronized void close() {
        closed = true;
        queue.clear();
        if (watch != null) {
            watch.close();
        }
    }
}
