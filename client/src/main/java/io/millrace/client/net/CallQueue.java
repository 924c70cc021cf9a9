package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.RequestHeader;
import io.millrace.protocol.ResponseHeader;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one connection: those that wait, and those whose answers are due, in the order they will come. It turns
 * calls into frames and frames into answers, and knows nothing of sockets. On the event loop of its connection only.
 */
final class CallQueue {
    private final Endpoint endpoint;
    private final ConnectionConfig config;
    private final ArrayDeque<PendingCall<?>> waiting = new ArrayDeque<>();
    private final ArrayDeque<PendingCall<?>> inFlight = new ArrayDeque<>();
    private @Nullable SupportedVersions versions;
    private int nextCorrelationId;

    CallQueue(Endpoint endpoint, ConnectionConfig config) {
        this.endpoint = endpoint;
        this.config = config;
    }

    /** Takes a call on, or fails it and returns false if too many wait already. */
    boolean add(PendingCall<?> pending) {
        if (waiting.size() >= config.maxWaiting()) {
            pending.fail(new ClientException(
                    ErrorCode.NETWORK_EXCEPTION,
                    "There are " + waiting.size() + " requests waiting for the broker at " + endpoint + " already"));
            return false;
        }
        waiting.add(pending);
        return true;
    }

    /** The versions are known, so frames can be made from now on. */
    void open(SupportedVersions versions) {
        this.versions = versions;
    }

    /** The next request to send, or null if none waits or as many as allowed are under way. */
    @Nullable
    OutgoingFrame nextFrame() {
        SupportedVersions agreed = versions;
        while (agreed != null && inFlight.size() < config.maxInFlight()) {
            PendingCall<?> pending = waiting.poll();
            if (pending == null) {
                return null;
            }
            try {
                return encode(pending, agreed.choose(pending.call, endpoint));
            } catch (ClientException e) {
                pending.fail(e);
            } catch (WireException e) {
                pending.fail(new ClientException(
                        ErrorCode.INVALID_REQUEST, "The request cannot be encoded: " + e.getMessage(), e));
            }
        }
        return null;
    }

    /** A request that goes before all others, before the versions are known. */
    OutgoingFrame encodeAhead(PendingCall<?> pending) {
        return encode(pending, pending.call.highestVersion());
    }

    private OutgoingFrame encode(PendingCall<?> pending, int version) {
        ApiKey key = pending.call.apiKey();
        RequestHeader header = new RequestHeader();
        header.requestApiKey = key.id();
        header.requestApiVersion = (short) version;
        header.correlationId = nextCorrelationId;
        header.clientId = config.clientId();
        int headerVersion = key.requestHeaderVersion(version);
        WireWriter w = new WireWriter(headerVersion, headerVersion >= 2);
        w.int32(0);
        header.wire(w);
        ByteBuf frame = framed(w.written(), pending.call.body(), version);
        pending.version = version;
        pending.correlationId = nextCorrelationId++;
        if (pending.call.answered()) {
            inFlight.add(pending);
        }
        return new OutgoingFrame(pending, frame);
    }

    /** In one piece of native memory, from which it goes to the socket as it is: anything else Netty would copy once more. */
    private static ByteBuf framed(ByteBuffer front, RequestBody body, int version) {
        ByteBuf frame = ByteBufAllocator.DEFAULT.directBuffer(front.remaining() + body.sizeHint());
        boolean whole = false;
        try {
            frame.writeBytes(front);
            body.encode(version, frame);
            frame.setInt(0, frame.readableBytes() - Integer.BYTES);
            whole = true;
            return frame;
        } finally {
            if (!whole) {
                frame.release();
            }
        }
    }

    /** A request that gets no answer has left, or has failed to. */
    <R extends Message> void onWrittenUnanswered(PendingCall<R> pending, @Nullable Throwable failure) {
        if (failure == null) {
            pending.future.complete(pending.call.response().get());
        } else {
            pending.fail(new ClientException(
                    ErrorCode.NETWORK_EXCEPTION, "The request to " + endpoint + " could not be sent", failure));
        }
    }

    /**
     * Gives the frame to the call it answers.
     *
     * @throws WireException if it answers none, or is malformed; the call it was for has failed then
     */
    void onFrame(ByteBuffer frame) {
        PendingCall<?> pending = inFlight.poll();
        if (pending == null) {
            throw new WireException("An answer to no request");
        }
        answer(pending, frame);
    }

    private <R extends Message> void answer(PendingCall<R> pending, ByteBuffer frame) {
        ApiKey key = pending.call.apiKey();
        R response = pending.call.response().get();
        try {
            int headerVersion = key.responseHeaderVersion(pending.version);
            ResponseHeader header = new ResponseHeader();
            header.wire(new WireReader(frame, headerVersion, headerVersion >= 1));
            if (header.correlationId != pending.correlationId) {
                throw new WireException("The answer to request " + header.correlationId + " where that to "
                        + pending.correlationId + " was due");
            }
            int version = VersionNegotiation.responseVersion(key, pending.version, frame);
            response.wire(new WireReader(frame, version, key.isFlexible(version)));
        } catch (WireException e) {
            pending.fail(new ClientException(
                    ErrorCode.NETWORK_EXCEPTION,
                    "The answer of " + endpoint + " to " + key + " cannot be read: " + e.getMessage(),
                    e));
            throw e;
        }
        pending.future.complete(response);
    }

    /** Fails the calls whose time is over. Returns whether one of them was under way. */
    boolean expire(long nowNs) {
        List<PendingCall<?>> late = removeExpired(inFlight, nowNs);
        List<PendingCall<?>> unsent = removeExpired(waiting, nowNs);
        // Only now, since whoever is told may make another call at once.
        failLate(late, "The broker at " + endpoint + " did not answer in time");
        failLate(unsent, "The request could not be sent to the broker at " + endpoint + " in time");
        return !late.isEmpty();
    }

    private static List<PendingCall<?>> removeExpired(ArrayDeque<PendingCall<?>> calls, long nowNs) {
        List<PendingCall<?>> expired = new ArrayList<>();
        for (Iterator<PendingCall<?>> i = calls.iterator(); i.hasNext(); ) {
            PendingCall<?> pending = i.next();
            if (pending.expired(nowNs)) {
                i.remove();
                expired.add(pending);
            }
        }
        return expired;
    }

    private static void failLate(List<PendingCall<?>> late, String message) {
        for (PendingCall<?> pending : late) {
            pending.fail(
                    new ClientException(ErrorCode.REQUEST_TIMED_OUT, message + ", request " + pending.call.apiKey()));
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty() && inFlight.isEmpty();
    }

    /** The deadline that comes next; only when there is a call. */
    long earliestDeadlineNs(long nowNs) {
        long left = Long.MAX_VALUE;
        for (PendingCall<?> pending : inFlight) {
            left = Math.min(left, pending.deadlineNs - nowNs);
        }
        for (PendingCall<?> pending : waiting) {
            left = Math.min(left, pending.deadlineNs - nowNs);
        }
        return nowNs + left;
    }

    /** Fails whatever is left, in the order in which the calls were made. */
    void failAll(ClientException reason) {
        for (PendingCall<?> pending = inFlight.poll(); pending != null; pending = inFlight.poll()) {
            pending.fail(reason);
        }
        for (PendingCall<?> pending = waiting.poll(); pending != null; pending = waiting.poll()) {
            pending.fail(reason);
        }
    }
}
