package io.millrace.broker.controller;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.client.net.Backoff;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.ConnectionPool;
import io.millrace.client.net.Transport;
import io.millrace.protocol.message.Message;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens channels: in this process to the broker that the controller is part of, over sockets to the others. Owns what
 * channels rest on, for longer than any term: the thread {@code to-broker-N} of the own broker, so that the words of two
 * terms never overtake each other, and the connections to other brokers, made when there are some. Channels are opened on
 * the controller's thread.
 */
public final class ChannelOpener implements Function<LiveBroker, BrokerChannel>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelOpener.class);

    /** Like {@code controller.socket.timeout.ms} of Kafka. */
    private static final int REQUEST_TIMEOUT_MS = 30_000;

    private static final int CONNECT_TIMEOUT_MS = 10_000;
    private static final Backoff RECONNECT = new Backoff(50, 1_000);

    /** Answers to what a controller says are short, but name every partition. */
    private static final int MAX_RESPONSE_BYTES = 64 << 20;

    /** Applying a request may create many logs. */
    private static final long CLOSE_TIMEOUT_S = 30;

    private final int brokerId;
    private final String listener;
    private final ControllerCommands commands;
    private final Consumer<? super Error> onFatalError;
    private final ExecutorService toSelf;
    private @Nullable Transport transport;
    private @Nullable ConnectionPool connections;

    /**
     * @param brokerId of the broker that the controller is part of
     * @param listener its name, in upper case: where the controller finds brokers
     * @param commands the receiving end of that broker
     * @param onFatalError told, on the thread {@code to-broker-N}, of an error while a request was carried out
     */
    public ChannelOpener(
            int brokerId, String listener, ControllerCommands commands, Consumer<? super Error> onFatalError) {
        this.brokerId = brokerId;
        this.listener = listener;
        this.commands = commands;
        this.onFatalError = onFatalError;
        this.toSelf = Executors.newSingleThreadExecutor(task -> new Thread(task, "to-broker-" + brokerId));
    }

    @Override
    public BrokerChannel apply(LiveBroker broker) {
        if (broker.id() == brokerId) {
            return new LocalBrokerChannel(brokerId, commands, toSelf, onFatalError);
        }
        for (Endpoint endpoint : broker.registration().endpoints()) {
            if (endpoint.listener().equals(listener)) {
                return new RemoteBrokerChannel(
                        broker.id(),
                        new io.millrace.client.net.Endpoint(endpoint.host(), endpoint.port()),
                        connections(),
                        transport());
            }
        }
        LOG.error(
                "Broker {} has no listener {}, at which the controller could reach it, but {}; see its"
                        + " inter.broker.listener.name and control.plane.listener.name",
                broker.id(),
                listener,
                broker.registration().endpoints());
        return new DeadEnd();
    }

    /** The connections to other brokers, made when they are first needed. Any thread may ask. */
    public synchronized ConnectionPool connections() {
        if (connections == null) {
            connections = new ConnectionPool(
                    transport(),
                    new ConnectionConfig(
                            "controller-" + brokerId,
                            REQUEST_TIMEOUT_MS,
                            CONNECT_TIMEOUT_MS,
                            1,
                            Short.MAX_VALUE,
                            MAX_RESPONSE_BYTES,
                            -1,
                            -1,
                            RECONNECT));
        }
        return connections;
    }

    private synchronized Transport transport() {
        if (transport == null) {
            transport = Transport.nio("to-brokers", 1);
        }
        return transport;
    }

    /** Lets the present request to the own broker end, so that nobody works on logs that are being closed. */
    @Override
    public synchronized void close() {
        if (connections != null) {
            connections.close();
        }
        if (transport != null) {
            transport.shutdown();
        }
        // No interrupt: it would close the files that the thread is working on.
        toSelf.shutdown();
        try {
            if (!toSelf.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
                LOG.warn("Broker {} still works on a request of the controller after {} s", brokerId, CLOSE_TIMEOUT_S);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The way to a broker that cannot be reached whatever is tried; what has been said about it once is enough. */
    private static final class DeadEnd implements BrokerChannel {
        @Override
        public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {}

        @Override
        public void close() {}
    }
}
