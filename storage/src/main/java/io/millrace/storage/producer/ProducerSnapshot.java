package io.millrace.storage.producer;

import io.millrace.protocol.record.Crc32c;
import io.millrace.storage.file.DurableFiles;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@link ProducerStates} on disk: {@code OFFSET.snapshot} says what was known before that offset was appended.
 *
 * <pre>
 *    0 version = 1 (2) | 2 CRC-32C of what follows (4) | 6 count (4) | entries of 46 bytes:
 *   +0 producer id (8) | +8 epoch (2) | +10 last sequence (4) | +14 last offset (8) | +22 offset delta (4)
 *  +26 timestamp (8) | +34 coordinator epoch (4) | +38 first offset of the open transaction (8)
 * </pre>
 */
public final class ProducerSnapshot {
    private static final short VERSION = 1;
    private static final int CRC = 2;
    private static final int COUNT = CRC + 4;
    private static final int HEADER_BYTES = COUNT + 4;
    private static final int ENTRY_BYTES = 46;

    private ProducerSnapshot() {}

    /** The states as they are now, ready for {@link #write}. The log's writer. */
    public static ByteBuffer encode(ProducerStates states) {
        ByteBuffer out = ByteBuffer.allocate(
                HEADER_BYTES + ENTRY_BYTES * states.entries().size());
        out.putShort(VERSION).putInt(0).putInt(states.entries().size());
        for (ProducerEntry entry : states.entries()) {
            out.putLong(entry.producerId())
                    .putShort(entry.epoch())
                    .putInt(entry.lastSequence())
                    .putLong(entry.lastOffset())
                    .putInt(entry.lastOffsetDelta())
                    .putLong(entry.lastTimestamp())
                    .putInt(entry.coordinatorEpoch())
                    .putLong(entry.currentTxnFirstOffset());
        }
        out.putInt(CRC, Crc32c.compute(out, COUNT, out.position() - COUNT));
        return out.flip();
    }

    /** Writes an encoded snapshot as the one of {@code offset}, durably. */
    public static void write(Path dir, long offset, ByteBuffer encoded) throws IOException {
        DurableFiles.replace(SegmentFiles.path(dir, offset, SegmentFiles.PRODUCER_SNAPSHOT), encoded);
    }

    /**
     * Loads a snapshot into empty states, without producers that have been silent for too long.
     *
     * @param expiredBeforeMs producers whose last batch is older are left out, unless a transaction of theirs is open
     * @return false if the file is not a whole snapshot; the states are untouched then
     */
    public static boolean read(Path path, ProducerStates states, long expiredBeforeMs) throws IOException {
        return decode(ByteBuffer.wrap(Files.readAllBytes(path)), states, expiredBeforeMs);
    }

    /** Likewise of what {@link #encode} made, from position 0 to limit. */
    public static boolean decode(ByteBuffer in, ProducerStates states, long expiredBeforeMs) {
        if (in.limit() < HEADER_BYTES || in.getShort() != VERSION) {
            return false;
        }
        int crc = in.getInt();
        int count = in.getInt();
        if (count < 0
                || in.remaining() != (long) count * ENTRY_BYTES
                || crc != Crc32c.compute(in, COUNT, in.limit() - COUNT)) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            long producerId = in.getLong();
            short epoch = in.getShort();
            int lastSequence = in.getInt();
            long lastOffset = in.getLong();
            int offsetDelta = in.getInt();
            long timestamp = in.getLong();
            int coordinatorEpoch = in.getInt();
            long txnFirstOffset = in.getLong();
            ProducerEntry entry = new ProducerEntry(producerId, epoch);
            if (lastOffset >= 0) {
                entry.addBatch(epoch, lastSequence, lastOffset, offsetDelta, timestamp);
            }
            entry.restore(coordinatorEpoch, timestamp, txnFirstOffset);
            states.restore(entry);
        }
        states.removeExpired(expiredBeforeMs);
        return true;
    }
}
