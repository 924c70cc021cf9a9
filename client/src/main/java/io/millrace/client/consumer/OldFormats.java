package io.millrace.client.consumer;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.LegacyCursor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Makes batches of the message sets (formats 0 and 1) that a log may still hold which is older than Kafka 0.11 or was
 * written for clients of that age, so that everything behind it reads one format. Offsets stay what they are.
 */
final class OldFormats {
    private OldFormats() {}

    /** Whether a whole entry of an old format lies at this index. */
    static boolean isAt(ByteBuffer records, int index) {
        return isWholeEntry(records, index) && BatchHeader.magic(records, index) < BatchHeader.CURRENT_MAGIC;
    }

    private static boolean isWholeEntry(ByteBuffer records, int index) {
        int left = records.limit() - index;
        return left > BatchHeader.MAGIC
                && BatchHeader.batchLength(records, index) > BatchHeader.MAGIC - BatchHeader.LOG_OVERHEAD
                && BatchHeader.batchLength(records, index) <= left - BatchHeader.LOG_OVERHEAD;
    }

    /**
     * The same records in batches only; an entry that is cut off at the end is left out.
     *
     * @throws io.millrace.protocol.record.InvalidRecordException if a message is damaged
     */
    static ByteBuffer converted(ByteBuffer records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(records.limit());
        BatchBuilder builder = new BatchBuilder();
        LegacyCursor messages = new LegacyCursor();
        int index = 0;
        while (isWholeEntry(records, index)) {
            int end = index + BatchHeader.sizeInBytes(records, index);
            if (isAt(records, index)) {
                // A set has one format, so each message, or wrapper of messages, is taken as a set of its own.
                messages.wrap(records, index, end - index);
                builder.begin(Compression.NONE);
                while (messages.next()) {
                    if (builder.isEmpty()) {
                        builder.baseOffset(messages.offset());
                    }
                    builder.append(
                            messages.offset(), messages.timestamp(), messages.key(), messages.value(), List.of());
                }
                write(builder.finish(), out);
            } else {
                write(records.slice(index, end - index), out);
            }
            index = end;
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private static void write(ByteBuffer batch, ByteArrayOutputStream out) {
        byte[] bytes = new byte[batch.remaining()];
        batch.get(bytes);
        out.write(bytes, 0, bytes.length);
    }
}
