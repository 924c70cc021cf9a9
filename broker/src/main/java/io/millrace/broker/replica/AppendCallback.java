package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;

/** Learns the outcome of an append. Called once, on the thread that completed it, with no lock held; it must not wait. */
@FunctionalInterface
public interface AppendCallback {

    /**
     * @param error NONE once the batch is as safe as the acks asked for; REQUEST_TIMED_OUT leaves open whether it will be
     * @param baseOffset offset of its first record, or -1 if it was not appended
     */
    void onAppended(ErrorCode error, long baseOffset);
}
