package io.millrace.bench.rig;

import io.nats.client.JetStream;

/** Publishes without waiting for each acknowledgement. */
final class JetStreamWriter implements StreamWriter {
    /** As many as NATS' own clients with such a bound let be under way by default. */
    static final int OUTSTANDING = 4_000;

    private final JetStream jetStream;
    private final String subject;
    private final Outstanding outstanding = new Outstanding(OUTSTANDING);

    JetStreamWriter(JetStream jetStream, String subject) {
        this.jetStream = jetStream;
        this.subject = subject;
    }

    @Override
    public void send(byte[] record, Runnable onAcknowledged) throws InterruptedException {
        outstanding.sending();
        jetStream.publishAsync(subject, record).whenComplete((acknowledgement, failure) -> {
            if (failure == null) {
                onAcknowledged.run();
                outstanding.acknowledged();
            } else {
                outstanding.refused(failure.toString());
            }
        });
    }

    @Override
    public void awaitAcknowledged() throws InterruptedException {
        outstanding.awaitNone();
    }

    @Override
    public void close() {
        // The connection is the server's.
    }
}
