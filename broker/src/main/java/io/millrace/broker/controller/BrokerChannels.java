package io.millrace.broker.controller;

import io.millrace.broker.zk.LiveBroker;
import io.millrace.protocol.message.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One channel for each live broker. Belongs to the controller's thread. */
final class BrokerChannels implements AutoCloseable {
    private final Function<LiveBroker, BrokerChannel> opener;
    private final @Nullable BiConsumer<LiveBroker, Boolean> onPort;
    private final Consumer<LiveBroker> onGap;
    private final Map<Integer, BrokerChannel> channels = new HashMap<>();

    /**
     * @param onPort told, on any thread, of a broker whose port begins to refuse connections or takes them again; null if
     *     nobody is to watch over ports
     * @param onGap told, on any thread, of a broker that answers again and has missed something
     */
    BrokerChannels(
            Function<LiveBroker, BrokerChannel> opener,
            @Nullable BiConsumer<LiveBroker, Boolean> onPort,
            Consumer<LiveBroker> onGap) {
        this.onGap = onGap;
        this.opener = opener;
        this.onPort = onPort;
    }

    void open(LiveBroker broker) {
        BrokerChannel channel = opener.apply(broker);
        BrokerChannel former = channels.put(broker.id(), channel);
        if (former != null) {
            former.close();
        }
        channel.watchGaps(() -> onGap.accept(broker));
        if (onPort != null) {
            channel.watchPort(open -> onPort.accept(broker, open));
        }
    }

    void close(int broker) {
        BrokerChannel channel = channels.remove(broker);
        if (channel != null) {
            channel.close();
        }
    }

    /** Sends to a broker, if it is there. */
    void send(int broker, Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        BrokerChannel channel = channels.get(broker);
        if (channel != null) {
            channel.send(request, onResponse, onFailure);
        }
    }

    @Override
    public void close() {
        channels.values().forEach(BrokerChannel::close);
        channels.clear();
    }
}
