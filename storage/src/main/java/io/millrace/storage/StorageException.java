package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.file.DiskFullException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A request that a log refuses, or a disk that fails. Carries the one error code that a client is told; the message says
 * what was wrong, where, and what to do.
 */
public class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;
    private final int recordIndex;

    public StorageException(ErrorCode error, String message) {
        this(error, message, -1, null);
    }

    public StorageException(ErrorCode error, String message, @Nullable Throwable cause) {
        this(error, message, -1, cause);
    }

    /** @param recordIndex the record in the batch that is to blame, counted from 0; -1 if it is the batch as a whole */
    public StorageException(ErrorCode error, String message, int recordIndex, @Nullable Throwable cause) {
        // What a client did wrong needs no stack trace; an I/O error keeps the one of its cause.
        super(message, cause, false, error == ErrorCode.KAFKA_STORAGE_ERROR);
        this.error = error;
        this.recordIndex = recordIndex;
    }

    /** What the client is told. */
    public ErrorCode error() {
        return error;
    }

    /** Whether there was no room on the disk, which ends by itself. The log directory tells of that, so nobody else need. */
    public boolean isDiskFull() {
        return getCause() instanceof IOException cause && DiskFullException.isSaidBy(cause);
    }

    /** The record in its batch that is to blame, counted from 0; -1 if it is the batch as a whole. */
    public int recordIndex() {
        return recordIndex;
    }
}
