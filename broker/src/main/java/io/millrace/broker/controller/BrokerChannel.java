package io.millrace.broker.controller;

import io.millrace.protocol.message.Message;
import java.util.function.Consumer;

/**
 * The way from the controller to one broker, for as long as that broker's registration lasts. Requests arrive in the order
 * in which they were sent, each once or, when the way breaks, again: the receiver tells by epochs. Nothing here decides.
 */
public interface BrokerChannel extends AutoCloseable {

    /**
     * Sends a request: LeaderAndIsr, StopReplica or UpdateMetadata. Does not wait.
     *
     * @param onResponse gets the response, on the channel's thread; never if the channel is closed before
     * @param onFailure told, on any thread, that this request is lost, so that the broker does not know what it should
     */
    void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure);

    /**
     * Hears, from now until the channel is closed, when the port of the broker begins to refuse connections, because its
     * process is gone, and when it takes them again. Where that cannot be known nothing is heard.
     *
     * @param onPort called on any thread, with false and true in turn
     */
    default void watchPort(Consumer<Boolean> onPort) {}

    /**
     * Hears, from now until the channel is closed, when a broker answers again that had to be left without news for a while, because
     * too much was waiting for it: it has to be told what holds now. Where nothing is ever left out nothing is heard.
     *
     * @param onAnswersAgain called on any thread
     */
    default void watchGaps(Runnable onAnswersAgain) {}

    /** Drops what has not been sent. */
    @Override
    void close();
}
