package io.millrace.client.fake;

import io.millrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with one request.
 *
 * @param processed whether the broker does what it is asked
 * @param error answered instead of the real outcome, or null
 * @param manner of answering
 */
public record Fault(boolean processed, @Nullable ErrorCode error, Manner manner) {

    /** How an answer gets, or does not get, to the client. */
    public enum Manner {
        WHOLE,
        HALF_A_FRAME_THEN_CLOSE,
        CLOSE,
        NEVER,
        /** Not at all, and nothing that comes after it on the connection is read either. */
        STUCK
    }

    public static final Fault NONE = new Fault(true, null, Manner.WHOLE);

    public static Fault refused(ErrorCode error) {
        return new Fault(false, error, Manner.WHOLE);
    }

    public static Fault doneButReported(ErrorCode error) {
        return new Fault(true, error, Manner.WHOLE);
    }

    public static Fault closedBefore() {
        return new Fault(false, null, Manner.CLOSE);
    }

    public static Fault closedAfter() {
        return new Fault(true, null, Manner.CLOSE);
    }

    public static Fault closedMidFrame() {
        return new Fault(true, null, Manner.HALF_A_FRAME_THEN_CLOSE);
    }

    public static Fault swallowed() {
        return new Fault(false, null, Manner.NEVER);
    }

    /** As a coordinator is that owes its answer to a member until all the others have joined. */
    public static Fault stuck() {
        return new Fault(false, null, Manner.STUCK);
    }

    public static Fault doneButSilent() {
        return new Fault(true, null, Manner.NEVER);
    }
}
