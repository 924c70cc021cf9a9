package io.millrace.storage.log;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Batches as clients, coordinators and leaders send them. */
public final class Batches {
    private Batches() {}

    public static ByteBuffer of(long timestamp, String... values) {
        return of(Compression.NONE, timestamp, values);
    }

    public static ByteBuffer of(Compression compression, long timestamp, String... values) {
        BatchBuilder builder = new BatchBuilder().begin(compression);
        append(builder, timestamp, values);
        return copy(builder);
    }

    public static ByteBuffer keyed(long timestamp, String key, String value) {
        BatchBuilder builder = new BatchBuilder();
        builder.append(timestamp, bytes(key), value == null ? null : bytes(value));
        return copy(builder);
    }

    /** Records that begin with a number, the last digit of which is their key. */
    public static ByteBuffer numbered(long timestamp, String... values) {
        BatchBuilder builder = new BatchBuilder();
        for (String value : values) {
            builder.append(timestamp, bytes(keyOf(value)), bytes(value));
        }
        return copy(builder);
    }

    /** The key of a {@link #numbered} record. */
    public static String keyOf(String value) {
        int end = 0;
        while (end < value.length() && Character.isDigit(value.charAt(end))) {
            end++;
        }
        return value.substring(Math.max(0, end - 1), end);
    }

    /** One batch of an idempotent producer. */
    public static ByteBuffer idempotent(long producerId, int epoch, int sequence, long timestamp, String... values) {
        BatchBuilder builder = new BatchBuilder().producer(producerId, (short) epoch, sequence);
        append(builder, timestamp, values);
        return copy(builder);
    }

    public static ByteBuffer transactional(long producerId, int epoch, int sequence, long timestamp, String... values) {
        BatchBuilder builder =
                new BatchBuilder().producer(producerId, (short) epoch, sequence).transactional(true);
        append(builder, timestamp, values);
        return copy(builder);
    }

    public static ByteBuffer marker(long producerId, int epoch, boolean commit, int coordinatorEpoch, long timestamp) {
        BatchBuilder builder = new BatchBuilder().producer(producerId, (short) epoch, BatchHeader.NO_SEQUENCE);
        TransactionMarker.append(
                builder, commit ? TransactionMarker.COMMIT : TransactionMarker.ABORT, coordinatorEpoch, timestamp);
        return copy(builder);
    }

    /** A batch as a leader stored it. */
    public static ByteBuffer stored(long baseOffset, int leaderEpoch, long timestamp, String... values) {
        ByteBuffer batch = numbered(timestamp, values);
        BatchHeader.stamp(batch, 0, baseOffset, leaderEpoch);
        return batch;
    }

    private static void append(BatchBuilder builder, long timestamp, String... values) {
        for (String value : values) {
            builder.append(timestamp, null, bytes(value));
        }
    }

    private static ByteBuffer copy(BatchBuilder builder) {
        ByteBuffer batch = builder.finish();
        return ByteBuffer.allocateDirect(batch.remaining()).put(batch).flip();
    }

    public static ByteBuffer concat(ByteBuffer... batches) {
        int size = 0;
        for (ByteBuffer batch : batches) {
            size += batch.remaining();
        }
        ByteBuffer all = ByteBuffer.allocateDirect(size);
        for (ByteBuffer batch : batches) {
            all.put(batch.duplicate());
        }
        return all.flip();
    }

    /** The records of whole batches as {@code offset:value}. */
    public static List<String> records(ByteBuffer batches) {
        List<String> found = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        int index = batches.position();
        while (batches.limit() - index >= BatchHeader.RECORDS
                && BatchHeader.sizeInBytes(batches, index) <= batches.limit() - index) {
            if (!BatchHeader.crcIsValid(batches, index)) {
                throw new AssertionError("Wrong checksum at offset " + BatchHeader.baseOffset(batches, index));
            }
            cursor.wrap(batches, index);
            while (cursor.next()) {
                ByteBuffer value = cursor.value();
                found.add(cursor.offset() + ":" + (value == null ? "null" : StandardCharsets.UTF_8.decode(value)));
            }
            index += BatchHeader.sizeInBytes(batches, index);
        }
        return found;
    }

    /** Offset after the last whole batch; -1 if there is none. */
    static long endOffset(ByteBuffer batches) {
        long end = -1;
        int index = batches.position();
        while (batches.limit() - index >= BatchHeader.RECORDS
                && BatchHeader.sizeInBytes(batches, index) <= batches.limit() - index) {
            end = BatchHeader.nextOffset(batches, index);
            index += BatchHeader.sizeInBytes(batches, index);
        }
        return end;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
