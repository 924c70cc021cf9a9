package io.millrace.broker.controller;

import io.millrace.broker.zk.LiveBroker;
import io.millrace.protocol.message.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** One channel for each live broker. Belongs to the controller's thread. */
final class BrokerChannels implements AutoCloseable {
    private final Function<LiveBroker, BrokerChannel> opener;
    private final Map<Integer, BrokerChannel> channels = new HashMap<>();

    BrokerChannels(Function<LiveBroker, BrokerChannel> opener) {
        this.opener = opener;
    }

    void open(LiveBroker broker) {
        BrokerChannel former = channels.put(broker.id(), opener.apply(broker));
        if (former != null) {
            former.close();
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
