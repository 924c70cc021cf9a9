package io.millrace.protocol.record;

import io.millrace.protocol.ErrorCode;

/**
 * A batch, message set or record that is not what it claims to be. The one exception of this package for bad bytes.
 *
 * <p>Its code is what the sender is told:
 * <ul>
 *   <li>{@link ErrorCode#CORRUPT_MESSAGE}: the frame of the batch is broken (length, magic, checksum). The bytes may have
 *       been hurt on the way, so a client tries again.
 *   <li>{@link ErrorCode#INVALID_RECORD}: the checksum holds but what it covers breaks the format (record count, offset
 *       deltas, lengths, an unknown codec, compressed data that is not). Trying again would not help.
 *   <li>{@link ErrorCode#MESSAGE_TOO_LARGE}: the records decompress to more than the limit. A client splits the batch.
 *   <li>{@link ErrorCode#UNSUPPORTED_COMPRESSION_TYPE}: a batch that cannot be given in the wanted format.
 * </ul>
 */
public final class InvalidRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode errorCode;

    public InvalidRecordException(ErrorCode errorCode, String message) {
        super(message);
        this.errorCode = errorCode;
    }

    public InvalidRecordException(ErrorCode errorCode, String message, Throwable cause) {
        super(message, cause);
        this.errorCode = errorCode;
    }

    /** What to answer; never {@link ErrorCode#NONE}. */
    public ErrorCode errorCode() {
        return errorCode;
    }

    static InvalidRecordException corrupt(String message) {
        return new InvalidRecordException(ErrorCode.CORRUPT_MESSAGE, message);
    }

    static InvalidRecordException invalid(String message) {
        return new InvalidRecordException(ErrorCode.INVALID_RECORD, message);
    }

    static InvalidRecordException tooLarge(String message) {
        return new InvalidRecordException(ErrorCode.MESSAGE_TOO_LARGE, message);
    }
}
