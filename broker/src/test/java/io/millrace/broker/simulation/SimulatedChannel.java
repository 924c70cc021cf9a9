package io.millrace.broker.simulation;

import io.millrace.broker.controller.BrokerChannel;
import io.millrace.protocol.message.Message;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * The way from a controller to another broker, which does what {@link io.millrace.broker.controller.RemoteBrokerChannel} does:
 * one request is on its way at a time, and is sent until it is answered.
 */
final class SimulatedChannel implements BrokerChannel {
    private static final long RETRY_MS = 50;

    private final SimulatedPool pool;
    private final SimulatedThread thread;
    private final Queue<Outgoing> queue = new ArrayDeque<>();
    private boolean onItsWay;
    private boolean closed;

    private record Outgoing(Message request, Consumer<Message> onResponse) {}

    /** @param thread on which answers arrive */
    SimulatedChannel(SimulatedPool pool, SimulatedThread thread) {
        this.pool = pool;
        this.thread = thread;
    }

    @Override
    public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        queue.add(new Outgoing(request, onResponse));
        sendNext();
    }

    private void sendNext() {
        if (!closed && !onItsWay && !queue.isEmpty()) {
            onItsWay = true;
            attempt(queue.remove());
        }
    }

    private void attempt(Outgoing outgoing) {
        Message request = outgoing.request();
        pool.send(
                request,
                request.apiKey().highestVersion(),
                response -> {
                    if (!closed) {
                        onItsWay = false;
                        outgoing.onResponse().accept(response);
                        sendNext();
                    }
                },
                failure -> thread.schedule("SendAgain", RETRY_MS, () -> {
                    if (!closed) {
                        attempt(outgoing);
                    }
                }));
    }

    @Override
    public void watchPort(Consumer<Boolean> onPort) {
        thread.schedule("WatchPort", RETRY_MS, () -> watchPort(onPort, true));
    }

    // A machine whose broker has died refuses; one behind a link that is cut says nothing.
    private void watchPort(Consumer<Boolean> onPort, boolean before) {
        if (!closed) {
            boolean open = pool.listens();
            if (open != before) {
                onPort.accept(open);
            }
            thread.schedule("WatchPort", RETRY_MS, () -> watchPort(onPort, open));
        }
    }

    @Override
    public void close() {
        closed = true;
        queue.clear();
        // What is on its way may arrive all the same.
        pool.close();
    }
}
