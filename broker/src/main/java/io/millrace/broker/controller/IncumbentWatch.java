package io.millrace.broker.controller;

import io.millrace.broker.loop.Loop;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.ZkException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches over the controller while another broker holds the office, and frees the office when that broker refuses
 * connections: its process is gone, as a rule, and otherwise all would wait for its session to run out. Freeing the office is
 * what people do by hand when a controller is stuck: they remove {@code /controller}. A controller that lives after all hears
 * of it and steps down, and what it writes in the meantime is fenced by its epoch.
 *
 * <p>One whose port is open again by the time it would be deposed is left alone. One life of a broker is deposed once at the
 * most, so that a firewall between two brokers cannot keep a cluster electing. Belongs to the controller's thread.
 */
final class IncumbentWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IncumbentWatch.class);

    private static final long RETRY_MS = 1_000;

    private final ControllerContext context;
    private final Loop loop;

    /** The brokers that were to be deposed so far, each with the epoch of its registration then. */
    private final Map<Integer, Long> deposed = new HashMap<>();

    private @Nullable Watched watched;

    /** A term of another broker. */
    private static final class Watched {
        final LiveBroker broker;
        final int epochVersion;
        final BrokerChannel channel;

        /** What was heard of its port last, by the thread that heard it. */
        volatile boolean refuses;

        /** Whether we have tried to end this term. */
        boolean attempted;

        Loop.Scheduled retry = () -> {};

        Watched(LiveBroker broker, int epochVersion, BrokerChannel channel) {
            this.broker = broker;
            this.epochVersion = epochVersion;
            this.channel = channel;
        }
    }

    IncumbentWatch(ControllerContext context, Loop loop) {
        this.context = context;
        this.loop = loop;
    }

    /**
     * Watches over a term of another broker, and over nothing else from now on.
     *
     * @param holder that holds the office
     * @param epochVersion version of {@code /controller_epoch} in this term
     */
    void over(int holder, int epochVersion) {
        Watched before = watched;
        if (before != null && before.broker.id() == holder && before.epochVersion == epochVersion) {
            return;
        }
        close();
        if (!context.config().watchPorts()) {
            return;
        }
        for (LiveBroker broker : context.registry().brokers()) {
            if (broker.id() == holder) {
                Watched now = new Watched(
                        broker, epochVersion, context.channelOpener().apply(broker));
                watched = now;
                now.channel.watchPort(open -> {
                    now.refuses = !open;
                    if (!open) {
                        loop.post("ControllerRefuses", () -> depose(now));
                    }
                });
            }
        }
    }

    private void depose(Watched refusing) {
        if (watched != refusing || !refusing.refuses) {
            return;
        }
        LiveBroker broker = refusing.broker;
        if (!refusing.attempted && Long.valueOf(broker.epoch()).equals(deposed.get(broker.id()))) {
            return;
        }
        // Before the answer, which may get lost: the office may be free then all the same.
        refusing.attempted = true;
        deposed.put(broker.id(), broker.epoch());
        refusing.retry.cancel();
        try {
            boolean gone = context.controllerStore().depose(refusing.epochVersion);
            if (gone) {
                LOG.info("Broker {}, the controller, refuses connections; another one is elected", broker.id());
            }
        } catch (ZkException e) {
            LOG.warn(
                    "Broker {}, the controller, refuses connections, and ZooKeeper cannot be told ({}); that is tried again in {} ms,"
                            + " unless it takes connections or its session has run out by then",
                    broker.id(),
                    e.getMessage(),
                    RETRY_MS);
            refusing.retry = loop.schedule("ControllerRefuses", RETRY_MS, () -> depose(refusing));
        }
    }

    /** Watches over nothing any more. */
    @Override
    public void close() {
        if (watched != null) {
            watched.channel.close();
            watched = null;
        }
    }
}
