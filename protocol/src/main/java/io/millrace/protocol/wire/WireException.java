package io.millrace.protocol.wire;

/**
 * Bytes that are not what they claim to be, or a message that its version cannot carry.
 * The one exception that decoding throws, whatever the input; the connection it came from is closed.
 */
public final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WireException(String message) {
        super(message);
    }
}
