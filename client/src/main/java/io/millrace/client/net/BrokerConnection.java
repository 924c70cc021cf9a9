package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to one broker. It connects, agrees with the broker on versions, sends calls in the order in which they
 * were made without waiting for answers in between, and gives each its answer. It never reconnects: once closed, by
 * either side, it stays closed, and every call that has no answer yet fails.
 *
 * <p>Calls may be made from any thread and at any time; those made before it is ready wait. All of its state lives on one
 * event loop. Lifecycle: LATENT → STARTED by {@link #connect} → CLOSED.
 */
public final class BrokerConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerConnection.class);

    private final Transport transport;
    private final Endpoint endpoint;
    private final ConnectionConfig config;
    private final EventLoop loop;
    private final CallQueue calls;
    private final FramePool memory;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<ClientException> closed = new CompletableFuture<>();

    // On the event loop only, except that started and closed are looked at from anywhere.
    private @Nullable Channel channel;
    private boolean flushScheduled;
    private long timerDeadlineNs;
    private boolean timerArmed;
    private volatile boolean started;

    public BrokerConnection(Transport transport, Endpoint endpoint, ConnectionConfig config) {
        this(transport, endpoint, config, new FramePool());
    }

    /** @param memory for large answers */
    BrokerConnection(Transport transport, Endpoint endpoint, ConnectionConfig config, FramePool memory) {
        this.memory = memory;
        this.transport = transport;
        this.endpoint = endpoint;
        this.config = config;
        this.loop = transport.group().next();
        this.calls = new CallQueue(endpoint, config);
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** Starts connecting. Does nothing the second time, or after {@link #close}. */
    public void connect() {
        connectAfter(0);
    }

    /** Like {@link #connect}, but waits first; calls made meanwhile wait too, as long as their timeouts allow. */
    public void connectAfter(long delayMs) {
        synchronized (this) {
            if (started) {
                return;
            }
            started = true;
        }
        try {
            loop.schedule(this::resolve, delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            closeNow("the event loop has stopped", null);
        }
    }

    /** Ends with null when the versions are agreed on, or fails with the reason why it never came to that. */
    public CompletableFuture<Void> ready() {
        return ready.copy();
    }

    /** Ends, never fails, when the connection is closed, with the reason. */
    public CompletableFuture<ClientException> closed() {
        return closed.copy();
    }

    public boolean isClosed() {
        return closed.isDone();
    }

    /**
     * Makes a call.
     *
     * @return ends on the event loop with the answer, whatever error codes stand in it, or fails with a
     *     {@link ClientException}: NETWORK_EXCEPTION when the connection closes first, REQUEST_TIMED_OUT,
     *     UNSUPPORTED_VERSION when no version fits, INVALID_REQUEST when the request cannot be encoded. After
     *     NETWORK_EXCEPTION and REQUEST_TIMED_OUT it is unknown whether the broker has done what was asked.
     */
    public <R extends Message> CompletableFuture<R> send(Call<R> call) {
        int timeoutMs = call.timeoutMs() > 0 ? call.timeoutMs() : config.requestTimeoutMs();
        PendingCall<R> pending = new PendingCall<>(call, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs));
        if (loop.inEventLoop()) {
            accept(pending);
        } else {
            try {
                loop.execute(() -> accept(pending));
            } catch (RejectedExecutionException e) {
                pending.fail(broken("the event loop has stopped", null));
            }
        }
        return pending.future;
    }

    /** Closes the connection; calls without an answer fail. Returns at once, from any thread. */
    @Override
    public void close() {
        if (loop.inEventLoop()) {
            closeNow("it was closed by this side", null);
            return;
        }
        try {
            loop.execute(() -> closeNow("it was closed by this side", null));
        } catch (RejectedExecutionException e) {
            closeNow("the event loop has stopped", null);
        }
    }

    private void accept(PendingCall<?> pending) {
        ClientException reason = closed.getNow(null);
        if (reason != null) {
            pending.fail(reason);
            return;
        }
        if (calls.add(pending)) {
            armTimer(pending.deadlineNs);
            writeWaiting();
        }
    }

    private void resolve() {
        if (isClosed()) {
            return;
        }
        AddressLookup.of(endpoint.host()).whenComplete((addresses, failure) -> {
            try {
                loop.execute(() -> {
                    if (failure != null) {
                        closeNow("its name cannot be resolved", unknownHost(failure));
                    } else {
                        connect(addresses, 0);
                    }
                });
            } catch (RejectedExecutionException e) {
                closeNow("the event loop has stopped", null);
            }
        });
    }

    private ClientException unknownHost(Throwable cause) {
        return new ClientException(ErrorCode.NETWORK_EXCEPTION, "Unknown host " + endpoint.host(), cause);
    }

    private void connect(InetAddress[] addresses, int index) {
        if (isClosed()) {
            return;
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(transport.channels())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMs())
                .handler(new ConnectionHandler(this, config.maxResponseBytes(), memory));
        if (config.sendBufferBytes() > 0) {
            bootstrap.option(ChannelOption.SO_SNDBUF, config.sendBufferBytes());
        }
        if (config.receiveBufferBytes() > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBufferBytes());
        }
        bootstrap
                .connect(new InetSocketAddress(addresses[index], endpoint.port()))
                .addListener((ChannelFuture attempt) -> {
                    if (attempt.isSuccess()) {
                        onConnected(attempt.channel());
                    } else if (index + 1 < addresses.length) {
                        connect(addresses, index + 1);
                    } else {
                        closeNow("it cannot be made", attempt.cause());
                    }
                });
    }

    private void onConnected(Channel connected) {
        if (isClosed()) {
            connected.close();
            return;
        }
        channel = connected;
        new VersionNegotiation(this, config.connectTimeoutMs()).start();
    }

    /** Called by {@link VersionNegotiation}: sends one call ahead of all that wait. */
    <R extends Message> CompletableFuture<R> sendAhead(Call<R> call) {
        PendingCall<R> pending =
                new PendingCall<>(call, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs()));
        armTimer(pending.deadlineNs);
        write(calls.encodeAhead(pending));
        return pending.future;
    }

    void onVersions(SupportedVersions versions) {
        calls.open(versions);
        ready.complete(null);
        writeWaiting();
    }

    private void writeWaiting() {
        for (OutgoingFrame frame = calls.nextFrame(); frame != null; frame = calls.nextFrame()) {
            write(frame);
        }
    }

    private void write(OutgoingFrame frame) {
        Channel open = channel;
        if (open == null) {
            frame.release();
            return;
        }
        ChannelFuture written = open.write(frame.bytes());
        if (!frame.call().call.answered()) {
            written.addListener(done -> calls.onWrittenUnanswered(frame.call(), done.cause()));
        }
        if (!flushScheduled) {
            // Calls made in the same turn of the loop leave with one system call.
            flushScheduled = true;
            loop.execute(this::flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        Channel open = channel;
        if (open != null) {
            open.flush();
        }
    }

    void onFrame(ByteBuffer frame) {
        try {
            calls.onFrame(frame);
        } catch (WireException e) {
            closeNow("the broker sent something else than an answer", e);
            return;
        }
        writeWaiting();
    }

    void onInactive() {
        closeNow("the broker closed it", null);
    }

    void onFailure(Throwable cause) {
        closeNow("it broke", cause);
    }

    private void armTimer(long deadlineNs) {
        if (timerArmed && timerDeadlineNs - deadlineNs <= 0) {
            return;
        }
        timerArmed = true;
        timerDeadlineNs = deadlineNs;
        loop.schedule(() -> onTimer(deadlineNs), deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    private void onTimer(long deadlineNs) {
        if (!timerArmed || timerDeadlineNs != deadlineNs) {
            return; // an earlier deadline has replaced this one
        }
        timerArmed = false;
        long nowNs = System.nanoTime();
        if (calls.expire(nowNs)) {
            // Answers come in order, so nothing after the late one can be told apart from it any more.
            closeNow("an answer did not come in time", null);
            return;
        }
        if (!calls.isEmpty()) {
            armTimer(calls.earliestDeadlineNs(nowNs));
        }
    }

    void closeNow(String why, @Nullable Throwable cause) {
        ClientException reason = broken(why, cause);
        if (!closed.complete(reason)) {
            return;
        }
        if (started) {
            LOG.debug("Closed the connection to {} because {}", endpoint, why, cause);
        }
        Channel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
        ready.completeExceptionally(reason);
        calls.failAll(reason);
    }

    private ClientException broken(String why, @Nullable Throwable cause) {
        String detail = cause == null ? "" : ": " + (cause.getMessage() == null ? cause : cause.getMessage());
        return new ClientException(
                ErrorCode.NETWORK_EXCEPTION, "No connection to the broker at " + endpoint + ", " + why + detail, cause);
    }
}
