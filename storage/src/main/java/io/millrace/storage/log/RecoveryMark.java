package io.millrace.storage.log;

import io.millrace.protocol.record.Crc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What had been appended at some time, written down every few MiB without waiting for the disk: {@code recovery-mark}. After a kill on the
 * same boot all of it is there, and recovery begins here and not at the last flush. After another boot, or for a file that is not the one,
 * it says nothing.
 *
 * <pre>
 *  0 version = 1 (2) | 2 checksum of what follows (4) | 6 length of identity (2), identity
 *  then: segment (8), position (4), offset (8), offset entries (4), time entries (4), bytes since the last entry (8),
 *  largest timestamp (8), its offset (8),
 *  length of producers (4), producers as in a snapshot, length of their runs (4), runs
 * </pre>
 *
 * @param identity of boot, mount, directory and segment file
 * @param base base offset of the active segment; everything before it had been synced
 * @param position bytes of the segment
 * @param offset log end
 * @param offsetEntries of the segment's offset index
 * @param timeEntries of its time index
 * @param sinceEntry bytes since the last index entry
 * @param producers as {@link io.millrace.storage.producer.ProducerSnapshot} encodes them
 * @param runs as {@link io.millrace.storage.producer.ProducerRuns} does
 */
record RecoveryMark(
        String identity,
        long base,
        int position,
        long offset,
        int offsetEntries,
        int timeEntries,
        long sinceEntry,
        long maxTimestamp,
        long offsetOfMaxTimestamp,
        ByteBuffer producers,
        ByteBuffer runs) {

    private static final String NAME = "recovery-mark";
    private static final short VERSION = 1;
    private static final int CRC = 2;
    private static final int BODY = 6;
    private static final int FIXED_BYTES = BODY + 2 + 8 + 4 + 8 + 4 + 4 + 8 + 8 + 8 + 4 + 4;

    RecoveryMark with(String newIdentity) {
        return new RecoveryMark(
                newIdentity,
                base,
                position,
                offset,
                offsetEntries,
                timeEntries,
                sinceEntry,
                maxTimestamp,
                offsetOfMaxTimestamp,
                producers,
                runs);
    }

    /** Not synced: worth nothing after another boot anyway. */
    void write(Path dir) throws IOException {
        byte[] name = identity.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + name.length + producers.remaining() + runs.remaining());
        out.putShort(VERSION).putInt(0).putShort((short) name.length).put(name);
        out.putLong(base).putInt(position).putLong(offset).putInt(offsetEntries).putInt(timeEntries);
        out.putLong(sinceEntry).putLong(maxTimestamp).putLong(offsetOfMaxTimestamp);
        out.putInt(producers.remaining()).put(producers.duplicate());
        out.putInt(runs.remaining()).put(runs.duplicate()).flip();
        out.putInt(CRC, Crc32c.compute(out, BODY, out.limit() - BODY));
        try (FileChannel channel = FileChannel.open(
                dir.resolve(NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            while (out.hasRemaining()) {
                channel.write(out);
            }
        }
    }

    static void remove(Path dir) throws IOException {
        Files.deleteIfExists(dir.resolve(NAME));
    }

    /** The mark of a directory; null if there is none or it is not whole. */
    static @Nullable RecoveryMark read(Path dir) throws IOException {
        ByteBuffer in;
        try {
            in = ByteBuffer.wrap(Files.readAllBytes(dir.resolve(NAME)));
        } catch (NoSuchFileException e) {
            return null;
        }
        if (in.limit() < FIXED_BYTES
                || in.getShort() != VERSION
                || in.getInt() != Crc32c.compute(in, BODY, in.limit() - BODY)) {
            return null;
        }
        byte[] name = new byte[in.getShort()];
        in.get(name);
        return new RecoveryMark(
                new String(name, StandardCharsets.UTF_8),
                in.getLong(),
                in.getInt(),
                in.getLong(),
                in.getInt(),
                in.getInt(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                piece(in),
                piece(in));
    }

    private static ByteBuffer piece(ByteBuffer in) {
        int length = in.getInt();
        ByteBuffer piece = in.slice(in.position(), length);
        in.position(in.position() + length);
        return piece;
    }
}
