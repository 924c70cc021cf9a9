package io.millrace.broker.simulation;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads records back, from logs and from answers. */
final class LogContents {
    private static final int ALL = 1 << 24;

    /** One record: where it is, under which leader it was appended, and what it says. */
    record Entry(long offset, int leaderEpoch, String value) {}

    private LogContents() {}

    /** The records of a log from one offset up to another, which must follow each other without a gap. */
    static List<Entry> read(PartitionLog log, long from, long to) {
        List<Entry> found = new ArrayList<>();
        LogSlice slice = new LogSlice();
        while (from + found.size() < to) {
            long next = from + found.size();
            log.read(next, ALL, true, to, slice);
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            for (Entry entry : parse(bytes.flip())) {
                if (entry.offset() >= next && entry.offset() < to) {
                    if (entry.offset() != from + found.size()) {
                        throw new AssertionError("offset gap: " + entry.offset() + " where " + (from + found.size())
                                + " comes next in " + log.path());
                    }
                    found.add(entry);
                }
            }
            if (from + found.size() == next) {
                throw new AssertionError("offset gap: nothing at " + next + " before " + to + " in " + log.path());
            }
        }
        return found;
    }

    /** The records of whole batches; one that is cut off at the end is left out. */
    static List<Entry> parse(ByteBuffer bytes) {
        List<Entry> found = new ArrayList<>();
        int index = bytes.position();
        while (bytes.limit() - index >= BatchHeader.RECORDS
                && BatchHeader.sizeInBytes(bytes, index) <= bytes.limit() - index) {
            if (!BatchHeader.crcIsValid(bytes, index)) {
                throw new AssertionError("a batch is damaged at offset " + BatchHeader.baseOffset(bytes, index));
            }
            RecordCursor cursor = new RecordCursor().wrap(bytes, index);
            while (cursor.next()) {
                byte[] value = new byte[cursor.valueLength()];
                cursor.buffer().get(cursor.valueIndex(), value);
                found.add(new Entry(
                        cursor.offset(),
                        BatchHeader.partitionLeaderEpoch(bytes, index),
                        new String(value, StandardCharsets.UTF_8)));
            }
            index += BatchHeader.sizeInBytes(bytes, index);
        }
        return found;
    }
}
