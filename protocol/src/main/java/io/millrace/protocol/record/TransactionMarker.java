package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The record of a control batch: how a transaction ended.
 *
 * <pre>
 *  key    | int16 version = 0 | int16 type: 0 abort, 1 commit, others belong to logs of KRaft |
 *  value  | int16 version = 0 | int32 coordinator epoch |
 * </pre>
 */
public final class TransactionMarker {
    public static final short ABORT = 0;
    public static final short COMMIT = 1;

    private static final short VERSION = 0;
    private static final int TYPE = Short.BYTES;
    private static final int KEY_SIZE = TYPE + Short.BYTES;
    private static final int COORDINATOR_EPOCH = Short.BYTES;
    private static final int VALUE_SIZE = COORDINATOR_EPOCH + Integer.BYTES;

    private TransactionMarker() {}

    /**
     * The type of the control record that the cursor stands at; readers skip types they do not know.
     *
     * @throws InvalidRecordException with INVALID_RECORD if the record is not a control record
     */
    public static short type(RecordCursor cursor) {
        if (cursor.keyLength() < KEY_SIZE || cursor.buffer().getShort(cursor.keyIndex()) < VERSION) {
            throw InvalidRecordException.invalid("The key of a control record takes " + KEY_SIZE + " bytes, not "
                    + cursor.keyLength() + ", and its version is not negative");
        }
        return cursor.buffer().getShort(cursor.keyIndex() + TYPE);
    }

    /**
     * Epoch of the transaction coordinator that wrote the marker which the cursor stands at.
     *
     * @throws InvalidRecordException with INVALID_RECORD if the record is not a transaction marker
     */
    public static int coordinatorEpoch(RecordCursor cursor) {
        if (cursor.valueLength() < VALUE_SIZE || cursor.buffer().getShort(cursor.valueIndex()) < VERSION) {
            throw InvalidRecordException.invalid("The value of a transaction marker takes " + VALUE_SIZE
                    + " bytes, not " + cursor.valueLength() + ", and its version is not negative");
        }
        return cursor.buffer().getInt(cursor.valueIndex() + COORDINATOR_EPOCH);
    }

    /**
     * Appends a marker to a batch, which becomes a transactional control batch.
     *
     * @param type {@link #ABORT} or {@link #COMMIT}
     */
    public static void append(BatchBuilder builder, short type, int coordinatorEpoch, long timestamp) {
        ByteBuffer key =
                ByteBuffer.allocate(KEY_SIZE).putShort(VERSION).putShort(type).flip();
        ByteBuffer value = ByteBuffer.allocate(VALUE_SIZE)
                .putShort(VERSION)
                .putInt(coordinatorEpoch)
                .flip();
        builder.transactional(true).control(true).append(timestamp, key, value, List.of());
    }
}
