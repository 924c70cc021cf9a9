package io.millrace.storage.producer;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.StorageException;
import org.jspecify.annotations.Nullable;

/** Whether a batch of an idempotent producer may follow what the log has of it. A pure decision. */
public final class SequenceCheck {
    private SequenceCheck() {}

    /**
     * Judges a client's batch that is not a repetition.
     *
     * @param entry what is known of the producer; null = first sight, which accepts any sequence
     * @throws StorageException INVALID_PRODUCER_EPOCH for an epoch older than the known one; OUT_OF_ORDER_SEQUENCE_NUMBER for a gap or for
     *     a new epoch that does not begin at 0; INVALID_TXN_STATE for a plain batch inside a transaction
     */
    public static void require(
            @Nullable ProducerEntry entry, long producerId, short epoch, int baseSequence, boolean transactional) {
        if (entry == null) {
            return;
        }
        if (epoch < entry.epoch()) {
            throw new StorageException(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "Producer " + producerId + " has epoch " + entry.epoch() + ", its batch the older epoch " + epoch);
        }
        int lastSequence = epoch == entry.epoch() ? entry.lastSequence() : BatchHeader.NO_SEQUENCE;
        int expected = BatchHeader.incrementSequence(lastSequence, 1);
        if (baseSequence != expected) {
            throw new StorageException(
                    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "Producer " + producerId + " epoch " + epoch + " sent sequence " + baseSequence + " where "
                            + expected + " is next");
        }
        if (!transactional && entry.currentTxnFirstOffset() >= 0) {
            throw new StorageException(
                    ErrorCode.INVALID_TXN_STATE,
                    "Producer " + producerId + " sent a plain batch inside its transaction that began at offset "
                            + entry.currentTxnFirstOffset());
        }
    }

    /**
     * Judges a transaction marker.
     *
     * @throws StorageException INVALID_PRODUCER_EPOCH, or TRANSACTION_COORDINATOR_FENCED if a newer coordinator has written here
     */
    public static void requireMarker(
            @Nullable ProducerEntry entry, long producerId, short epoch, int coordinatorEpoch) {
        if (entry == null) {
            return;
        }
        if (epoch < entry.epoch()) {
            throw new StorageException(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "Producer " + producerId + " has epoch " + entry.epoch() + ", its marker the older epoch " + epoch);
        }
        if (coordinatorEpoch < entry.coordinatorEpoch()) {
            throw new StorageException(
                    ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                    "A coordinator of epoch " + coordinatorEpoch + " wrote a marker for producer " + producerId
                            + ", one of epoch " + entry.coordinatorEpoch() + " has been there");
        }
    }
}
