package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;

/** A request cannot have the fetch session that it names. */
public final class FetchSessionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    FetchSessionException(ErrorCode error) {
        super(error.name(), null, false, false);
        this.error = error;
    }

    /** What the client is told. */
    public ErrorCode error() {
        return error;
    }
}
