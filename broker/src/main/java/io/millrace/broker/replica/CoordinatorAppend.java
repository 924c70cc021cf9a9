package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;

/** One batch of a coordinator, waiting for the replicas. */
final class CoordinatorAppend extends DelayedAppend {
    private final long baseOffset;
    private final AppendCallback callback;
    private ErrorCode outcome = ErrorCode.NONE;

    CoordinatorAppend(Timer timer, long baseOffset, AppendCallback callback) {
        super(timer);
        this.baseOffset = baseOffset;
        this.callback = callback;
    }

    @Override
    protected void onOutcome(int slot, ErrorCode error) {
        outcome = error;
    }

    @Override
    protected void onComplete() {
        callback.onAppended(outcome, baseOffset);
    }
}
