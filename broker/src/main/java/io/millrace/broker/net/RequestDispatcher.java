package io.millrace.broker.net;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiRegistry;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the frames of one connection, gives each a place in the {@link ResponseSequencer} and calls the handler of its API,
 * on the event loop. A request that cannot be understood closes the connection; nothing else can be said to a peer whose
 * bytes make no sense. The one exception is ApiVersions in a version unknown here, which gets an answer any client can read.
 */
final class RequestDispatcher extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(RequestDispatcher.class);

    private final ApiRegistry registry;
    private final ResponseSequencer answers;
    private final Consumer<Error> onFatalError;
    private final RequestHeaderReader header = new RequestHeaderReader();

    /** @param onFatalError told of an Error in a handler: the process is not to be trusted any more */
    RequestDispatcher(ApiRegistry registry, ResponseSequencer answers, Consumer<Error> onFatalError) {
        this.registry = registry;
        this.answers = answers;
        this.onFatalError = onFatalError;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        ByteBuffer bytes = frame.nioBuffer();
        try {
            header.read(bytes);
        } catch (WireException e) {
            refuse(frame, "a malformed request header: " + e.getMessage());
            return;
        }
        ApiKey key = ApiKey.of(header.apiKey());
        ApiHandler handler = key == null ? null : registry.handler(key);
        if (key == null || handler == null) {
            refuse(frame, "a request for API " + header.apiKey() + ", which this broker does not have");
            return;
        }
        short version = header.apiVersion();
        if (version < handler.lowestVersion() || version > handler.highestVersion()) {
            if (key == ApiKey.API_VERSIONS) {
                InFlightRequest request = accept(frame, bytes, key, (short) 0);
                request.respond(registry.unsupportedApiVersions());
            } else {
                refuse(
                        frame,
                        key + " version " + version + ", which is not one of " + handler.lowestVersion() + " to "
                                + handler.highestVersion());
            }
            return;
        }
        try {
            header.readRest(bytes, key);
        } catch (WireException e) {
            refuse(frame, "a malformed header of " + key + " version " + version + ": " + e.getMessage());
            return;
        }
        call(handler, accept(frame, bytes, key, version));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        answers.mayHaveOpened();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        answers.onInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // A connection whose request waits for its handler is not idle, unless the peer does not take what is sent.
        if (event instanceof IdleStateEvent
                && (!answers.hasUnanswered() || !ctx.channel().isWritable())) {
            LOG.debug("Closed an idle connection remote={}", ctx.channel().remoteAddress());
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Error error) {
            onFatalError.accept(error);
        }
        if (cause instanceof IOException) {
            LOG.debug("A connection broke remote={} reason={}", ctx.channel().remoteAddress(), cause.getMessage());
        } else {
            LOG.error(
                    "Closed a connection after an error remote={}",
                    ctx.channel().remoteAddress(),
                    cause);
        }
        ctx.close();
    }

    private InFlightRequest accept(ByteBuf frame, ByteBuffer body, ApiKey key, short version) {
        InFlightRequest request =
                new InFlightRequest(answers, frame, body, key, version, header.correlationId(), header.clientId());
        answers.add(request);
        return request;
    }

    private void call(ApiHandler handler, InFlightRequest request) {
        try {
            handler.handle(request);
        } catch (WireException e) {
            request.closeIfOpen("a malformed " + request.apiKey() + " request of version " + request.apiVersion() + ": "
                    + e.getMessage());
        } catch (RuntimeException e) {
            request.fail(e);
        } catch (Error e) {
            onFatalError.accept(e);
            throw e;
        }
    }

    private void refuse(ByteBuf frame, String reason) {
        // Answers to earlier requests still leave, so the refusal takes its place behind them.
        InFlightRequest request =
                new InFlightRequest(answers, frame, ByteBuffer.allocate(0), ApiKey.API_VERSIONS, (short) 0, 0, null);
        answers.add(request);
        request.closeConnection(reason);
    }
}
