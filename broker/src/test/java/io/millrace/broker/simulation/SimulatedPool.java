package io.millrace.broker.simulation;

import io.millrace.protocol.message.Message;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The way from one part of a node to a broker: a connection, and another one when that is broken. */
final class SimulatedPool {
    /** Longer than any wait that a request asks for. */
    static final long REQUEST_TIMEOUT_MS = 1_500;

    private final SimulatedNetwork network;
    private final int from;
    private final String clientId;
    private final SimulatedThread thread;
    private final int to;
    private @Nullable SimulatedConnection connection;

    /**
     * @param from node that it comes from
     * @param clientId what that one calls itself
     * @param thread where answers and failures are told
     */
    SimulatedPool(SimulatedNetwork network, int from, String clientId, SimulatedThread thread, int to) {
        this.network = network;
        this.from = from;
        this.clientId = clientId;
        this.thread = thread;
        this.to = to;
    }

    /** See {@link SimulatedConnection#send}. */
    void send(Message request, short version, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        send(request, version, broker -> true, onResponse, onFailure);
    }

    /** See {@link SimulatedConnection#send}. */
    void send(
            Message request,
            short version,
            Predicate<SimulatedBroker> isMeantFor,
            Consumer<Message> onResponse,
            Consumer<RuntimeException> onFailure) {
        SimulatedConnection present = connection;
        if (present == null || present.isClosed()) {
            present = new SimulatedConnection(network, from, clientId, thread, to);
            connection = present;
        }
        present.send(request, version, isMeantFor, REQUEST_TIMEOUT_MS, onResponse, onFailure);
    }

    /** Breaks what is in flight off. */
    void close() {
        SimulatedConnection present = connection;
        if (present != null) {
            present.close();
            connection = null;
        }
    }

    /** Whether a broker listens at the other end, as a machine knows of its own. */
    boolean listens() {
        return network.listener(to) != null;
    }
}
