package io.millrace.broker.controller;

import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channel to the broker that the controller itself is part of: messages are handed over as objects. */
public final class LocalBrokerChannel implements BrokerChannel {
    private static final Logger LOG = LoggerFactory.getLogger(LocalBrokerChannel.class);

    private final int brokerId;
    private final ControllerCommands commands;
    private final Executor thread;
    private final Consumer<? super Error> onFatalError;
    private volatile boolean closed;

    /**
     * @param thread carries out one request after the other; shared with the channels of earlier terms
     * @param onFatalError told, on that thread, of an error after which nobody knows what a request has left half done
     */
    public LocalBrokerChannel(
            int brokerId, ControllerCommands commands, Executor thread, Consumer<? super Error> onFatalError) {
        this.brokerId = brokerId;
        this.commands = commands;
        this.thread = thread;
        this.onFatalError = onFatalError;
    }

    @Override
    public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        try {
            thread.execute(() -> deliver(request, onResponse, onFailure));
        } catch (RejectedExecutionException e) {
            LOG.debug("The channel to broker {} is closed, {} is dropped", brokerId, request.apiKey());
        }
    }

    private void deliver(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
        if (closed) {
            return;
        }
        try {
            onResponse.accept(apply(request));
        } catch (RuntimeException e) {
            onFailure.accept(e);
        } catch (Error e) {
            LOG.error("Broker {} cannot go on after {}", brokerId, request.apiKey(), e);
            onFatalError.accept(e);
        }
    }

    private Message apply(Message request) {
        if (request instanceof LeaderAndIsr.Request leaderAndIsr) {
            return commands.leaderAndIsr(leaderAndIsr);
        } else if (request instanceof StopReplica.Request stopReplica) {
            return commands.stopReplica(stopReplica);
        } else if (request instanceof UpdateMetadata.Request updateMetadata) {
            return commands.updateMetadata(updateMetadata);
        }
        throw new IllegalArgumentException(request.apiKey() + " is nothing a controller says");
    }

    @Override
    public void close() {
        closed = true;
    }
}
