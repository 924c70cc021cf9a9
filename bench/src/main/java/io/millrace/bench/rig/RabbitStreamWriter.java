package io.millrace.bench.rig;

import com.rabbitmq.stream.Producer;

/** Publishes without waiting for each confirmation. */
final class RabbitStreamWriter implements StreamWriter {
    /** As many as the client lets be unconfirmed by default. */
    private static final int OUTSTANDING = 10_000;

    private final Producer producer;
    private final Outstanding outstanding = new Outstanding(OUTSTANDING);

    RabbitStreamWriter(Producer producer) {
        this.producer = producer;
    }

    @Override
    public void send(byte[] record, Runnable onAcknowledged) throws InterruptedException {
        outstanding.sending();
        producer.send(producer.messageBuilder().addData(record).build(), confirmation -> {
            if (confirmation.isConfirmed()) {
                onAcknowledged.run();
                outstanding.acknowledged();
            } else {
                outstanding.refused("code " + confirmation.getCode());
            }
        });
    }

    @Override
    public void awaitAcknowledged() throws InterruptedException {
        outstanding.awaitNone();
    }

    @Override
    public void close() {
        producer.close();
    }
}
