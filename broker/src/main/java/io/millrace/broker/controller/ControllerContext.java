package io.millrace.broker.controller;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.ControllerStore;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.Znodes;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;

/**
 * What a controller rests on, whatever the term.
 *
 * @param brokerId of the broker that it is part of
 * @param interBrokerListener name of the listener at which brokers find each other
 * @param channelOpener opens the way to a broker that has come
 * @param topicConfigs what holds for each of some topics; may ask ZooKeeper, once for all of them
 * @param watches take what ZooKeeper has to say to the controller's thread
 * @param events takes what channels have to say back to the controller's thread
 */
record ControllerContext(
        int brokerId,
        String interBrokerListener,
        ControllerConfig config,
        Znodes znodes,
        ControllerStore controllerStore,
        BrokerRegistry registry,
        TopicStore topicStore,
        Function<LiveBroker, BrokerChannel> channelOpener,
        Function<Collection<String>, Map<String, TopicConfig>> topicConfigs,
        ControllerWatches watches,
        TermEvents events) {

    /** Runs an action on the controller's thread, unless the term of {@code active} has ended by then. */
    void post(String name, ActiveController active, Runnable action) {
        events.post(name, active, action, 0);
    }

    /** Like {@link #post}, after a while. */
    void postLater(String name, ActiveController active, Runnable action, long delayMs) {
        events.post(name, active, action, delayMs);
    }

    /** See {@link #postLater}. */
    interface TermEvents {
        void post(String name, ActiveController active, Runnable action, long delayMs);
    }
}
