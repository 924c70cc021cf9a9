package io.millrace.bench.rig;

/** The stock client of some broker, writing one stream without waiting for each answer. One thread uses it. */
interface StreamWriter extends AutoCloseable {
    /**
     * Sends a record, and waits only if as many are under way as the client can keep.
     *
     * @param record which must not be changed any more
     * @param onAcknowledged called once the broker says it has the record, on a thread of the client; it must not block
     */
    void send(byte[] record, Runnable onAcknowledged) throws InterruptedException;

    /**
     * Waits until all that was sent is acknowledged.
     *
     * @throws IllegalStateException if a record was refused, or no answer came
     */
    void awaitAcknowledged() throws InterruptedException;

    @Override
    void close() throws Exception;
}
