package io.millrace.client.admin;

/**
 * What a leader remembers of a producer.
 *
 * <pre>{@code
 * admin.describeProducers(List.of(partition)).join().orThrow().get(partition).forEach(System.out::println);
 * }</pre>
 *
 * @param lastSequence of its last record; -1 if unknown
 * @param lastTimestamp of its last batch, in ms since the epoch
 * @param coordinatorEpoch of the last transaction marker; -1 if there was none
 * @param transactionStartOffset where its open transaction begins; -1 if it has none open
 */
public record ProducerState(
        long producerId,
        int producerEpoch,
        int lastSequence,
        long lastTimestamp,
        int coordinatorEpoch,
        long transactionStartOffset) {}
