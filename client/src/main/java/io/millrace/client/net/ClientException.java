package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Why something that was asked of a cluster did not happen. The code is the one the broker answered, or the one that Kafka
 * has for what happened on the way: {@link ErrorCode#NETWORK_EXCEPTION} for a connection that broke or could not be made,
 * {@link ErrorCode#REQUEST_TIMED_OUT} for time that ran out, {@link ErrorCode#UNSUPPORTED_VERSION} for a broker that
 * cannot do it.
 *
 * <pre>{@code
 * try {
 *     consumer.commitSync();
 * } catch (ClientException e) {
 *     if (e.error() == ErrorCode.ILLEGAL_GENERATION) {
 *         startAgainFromTheCommittedOffset();
 *     }
 * }
 * }</pre>
 */
public final class ClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;
    private final @Nullable String brokerMessage;

    /** A failure that nothing else has caused. */
    public ClientException(ErrorCode error, String message) {
        this(error, message, null);
    }

    /** A failure with its cause; the message is followed by the name of the error. */
    public ClientException(ErrorCode error, String message, @Nullable Throwable cause) {
        this(error, message, cause, null);
    }

    private ClientException(
            ErrorCode error, String message, @Nullable Throwable cause, @Nullable String brokerMessage) {
        super(message + " [" + error + "]", cause);
        this.error = error;
        this.brokerMessage = brokerMessage;
    }

    /** What an error code and its message in an answer say, or null if they say that all is well. */
    public static @Nullable ClientException in(short code, @Nullable String message, String what) {
        ErrorCode error = ErrorCode.of(code);
        if (error == ErrorCode.NONE) {
            return null;
        }
        return message == null || message.isEmpty()
                ? new ClientException(error, what)
                : new ClientException(error, what + ": " + message, null, message);
    }

    /**
     * Goes on only if an answer says that all is well.
     *
     * @param message what the broker said about it, if it did
     * @param what could not be done
     */
    public static void requireSuccess(short code, @Nullable String message, String what) {
        ClientException failure = in(code, message, what);
        if (failure != null) {
            throw failure;
        }
    }

    /** What happened, in Kafka's terms. Never {@link ErrorCode#NONE}. */
    public ErrorCode error() {
        return error;
    }

    /** The reason in the broker's own words, or null if it gave none but the code. */
    public @Nullable String brokerMessage() {
        return brokerMessage;
    }

    /** Whether the same request may well succeed when it is made again. */
    public boolean retriable() {
        return error.retriable();
    }

    /** The same error as seen from the calling thread, so that the trace tells who waited for it. */
    public ClientException rethrown() {
        return new ClientException(error, bareMessage(), this, brokerMessage);
    }

    /**
     * Whatever a future failed with, as one of these: unwrapped if it is one inside, else
     * {@link ErrorCode#UNKNOWN_SERVER_ERROR} with the cause.
     */
    public static ClientException of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof java.util.concurrent.CompletionException
                || cause instanceof java.util.concurrent.ExecutionException) {
            if (cause.getCause() == null) {
                break;
            }
            cause = cause.getCause();
        }
        if (cause instanceof ClientException known) {
            return known;
        }
        return new ClientException(ErrorCode.UNKNOWN_SERVER_ERROR, Unexpected.sentence(cause), cause);
    }

    private String bareMessage() {
        String message = String.valueOf(getMessage());
        int suffix = message.lastIndexOf(" [");
        return suffix < 0 ? message : message.substring(0, suffix);
    }
}
