package io.millrace.protocol.record;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;

/**
 * Turns message sets of formats 0 and 1 into batches, for producers from before 0.11, and batches into message sets, for
 * consumers of that age. The log holds nothing but format 2.
 *
 * <p>Keeps memory from one use to the next. For one thread at a time.
 */
public final class LegacyConversion {
    private final LegacyCursor messages = new LegacyCursor();
    private final RecordCursor records = new RecordCursor();
    private final LegacyWriter writer = new LegacyWriter();

    /**
     * Appends all messages of a set to a batch, at successive offsets; their own do not matter, as for a producer. The caller
     * has begun the batch with codec, base offset and timestamp type of the topic; messages of format 0 come without timestamp.
     *
     * @return how many there were
     * @throws InvalidRecordException as {@link LegacyCursor#next} does, and with INVALID_RECORD if the set is empty
     */
    public int upConvert(ByteBuffer set, int index, int length, BatchBuilder target) {
        int count = 0;
        messages.wrap(set, index, length);
        while (messages.next()) {
            target.append(messages);
            count++;
        }
        if (count == 0) {
            throw InvalidRecordException.invalid("A message set without a message");
        }
        return count;
    }

    /**
     * Turns stored batches into message sets of an older format as Kafka answers old fetch versions with: control batches and headers
     * are left out, uncompressed records before {@code fetchOffset} too, compressed batches become wrappers of the same codec. A
     * batch cut off at the end is skipped.
     *
     * <p>The answer has the length of the stored bytes, because a fetch has committed itself to it before converting; only
     * a first batch that grew makes it longer. It is cut off there, or filled up with one message that looks
     * cut off, which consumers skip. When nothing is left of the batches the answer is that message alone, of 12 bytes; when there is
     * no whole batch it is empty.
     *
     * @param toMagic 0 or 1
     * @return the message sets from position 0 to the limit, in memory of this object: to be used up before its next call
     * @throws InvalidRecordException with UNSUPPORTED_COMPRESSION_TYPE if the first records are compressed with zstd, which has no place
     *     in these formats (a later one ends the answer before it), with another code if a batch is malformed
     */
    public ByteBuffer downConvert(ByteBuffer batches, int index, int length, byte toMagic, long fetchOffset) {
        int end = index + length;
        int size = length;
        int batch = index;
        writer.clear();
        while (isWhole(batches, batch, end) && writer.size() < size) {
            boolean first = writer.size() == 0;
            if (BatchHeader.compression(batches, batch) == Compression.ZSTD) {
                if (first) {
                    throw new InvalidRecordException(
                            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                            "Records compressed with zstd cannot be given in message format " + toMagic);
                }
                break;
            }
            batch(batches, batch, toMagic, fetchOffset);
            if (first) {
                size = Math.max(size, writer.size());
            }
            batch += BatchHeader.sizeInBytes(batches, batch);
        }
        if (writer.size() == 0) {
            size = batch == index ? 0 : BatchHeader.LOG_OVERHEAD;
        }
        return writer.written(size);
    }

    private static boolean isWhole(ByteBuffer batches, int batch, int end) {
        return end - batch >= BatchHeader.RECORDS
                && BatchHeader.batchLength(batches, batch) <= end - batch - BatchHeader.LOG_OVERHEAD;
    }

    private void batch(ByteBuffer batches, int batch, byte toMagic, long fetchOffset) {
        records.wrap(batches, batch);
        if (BatchHeader.isControl(batches, batch)) {
            return;
        }
        boolean whole = records.isCompressed();
        writer.begin(
                toMagic,
                BatchHeader.compression(batches, batch),
                BatchHeader.timestampType(batches, batch),
                BatchHeader.maxTimestamp(batches, batch));
        while (records.next()) {
            if (whole || records.offset() >= fetchOffset) {
                writer.append(records);
            }
        }
        writer.finish();
    }
}
