package io.millrace.client.net;

import io.millrace.protocol.message.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to each broker, and another one to a broker that coordinates a group, made when it is first needed and made anew
 * after it broke. Reconnecting is paced by the {@link ConnectionConfig#reconnect} backoff: calls made meanwhile wait in the new
 * connection, so nobody who retries at once turns in a busy loop. Safe for any thread.
 */
public final class ConnectionPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionPool.class);

    private final Transport transport;
    private final ConnectionConfig config;
    private final ConcurrentHashMap<Endpoint, Slot> slots = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Endpoint, Slot> coordinatorSlots = new ConcurrentHashMap<>();
    private final FramePool frames = new FramePool();
    private volatile boolean closed;

    public ConnectionPool(Transport transport, ConnectionConfig config) {
        this.transport = transport;
        this.config = config;
    }

    /** Makes a call to a broker; see {@link BrokerConnection#send}. Calls to one broker are sent in order. */
    public <R extends Message> CompletableFuture<R> send(Endpoint endpoint, Call<R> call) {
        return connection(endpoint).send(call);
    }

    /** Where the memory of large answers comes from, and may go back to. */
    public FramePool frames() {
        return frames;
    }

    /** The present connection to a broker, which may still be connecting. */
    public BrokerConnection connection(Endpoint endpoint) {
        return slots.computeIfAbsent(endpoint, Slot::new).connection();
    }

    /**
     * Makes a call to a broker as the coordinator of a group, on another connection than {@link #send}: a broker that owes
     * the answer to a member that joins reads no further there, and nothing else should wait for that.
     */
    <R extends Message> CompletableFuture<R> sendToCoordinator(Endpoint endpoint, Call<R> call) {
        return coordinatorSlots
                .computeIfAbsent(endpoint, Slot::new)
                .connection()
                .send(call);
    }

    /**
     * Makes one call on a connection of its own, past all that waits on the common one for answers that may take long.
     */
    <R extends Message> CompletableFuture<R> sendApart(Endpoint endpoint, Call<R> call) {
        BrokerConnection apart = new BrokerConnection(transport, endpoint, config, frames);
        apart.connect();
        return apart.send(call).whenComplete((response, failure) -> apart.close());
    }

    /** Whether the last attempt to reach this broker has failed, so that another one may be the better choice. */
    public boolean isFailing(Endpoint endpoint) {
        Slot slot = slots.get(endpoint);
        return slot != null && slot.isFailing();
    }

    @Override
    public void close() {
        closed = true;
        slots.values().forEach(Slot::close);
        coordinatorSlots.values().forEach(Slot::close);
    }

    private final class Slot {
        private final Endpoint endpoint;
        private BrokerConnection connection;
        private int failures;

        Slot(Endpoint endpoint) {
            this.endpoint = endpoint;
            this.connection = start(0);
        }

        synchronized BrokerConnection connection() {
            if (connection.isClosed() && !closed) {
                connection = start(config.reconnect().delayMs(failures));
            }
            return connection;
        }

        private BrokerConnection start(long delayMs) {
            BrokerConnection fresh = new BrokerConnection(transport, endpoint, config, frames);
            fresh.ready().whenComplete((ready, failure) -> onOutcome(failure == null));
            fresh.connectAfter(delayMs);
            return fresh;
        }

        private synchronized void onOutcome(boolean success) {
            if (!success && failures == 0 && !closed) {
                LOG.warn("Cannot reach the broker at {}; trying again when it is needed", endpoint);
            }
            failures = success ? 0 : failures + 1;
        }

        synchronized boolean isFailing() {
            return failures > 0;
        }

        synchronized void close() {
            connection.close();
        }
    }
}
