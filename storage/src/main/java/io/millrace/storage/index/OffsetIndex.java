package io.millrace.storage.index;

import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.MappedEntries;
import io.millrace.storage.file.MappedWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From offset to position, one entry for every {@code index.interval.bytes} of log.
 *
 * <pre>
 *  +-------------------------------+-------------------------------+
 *  | last offset of batch - base   | position of that batch        |   8 bytes, both int32
 *  +-------------------------------+-------------------------------+
 * </pre>
 *
 * An entry travels as one {@code long}, offset in the upper half. One writer, any reader.
 */
public final class OffsetIndex {
    public static final int ENTRY_BYTES = 8;

    /** No entry. A real one is never negative: both halves count from 0. */
    public static final long NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(OffsetIndex.class);

    private final MappedEntries entries;
    private final long baseOffset;
    private volatile boolean distrusted;

    // The first entry appended by this process; the writer's, published with the entry. Both halves rise.
    private long firstOwn = Long.MAX_VALUE;

    // From this slot on the batches of the entries follow each other without another between. The writer's, published
    // with the count.
    private int gaplessFrom;

    /** @param count entries in the file */
    public OffsetIndex(Path path, long baseOffset, int maxBytes, int count, FileHost host) {
        this.entries = new MappedEntries(path, ENTRY_BYTES, maxBytes, count, host);
        this.baseOffset = baseOffset;
        this.gaplessFrom = count;
    }

    public MappedEntries entries() {
        return entries;
    }

    public boolean isFull() {
        return entries.count() >= entries.maxEntries();
    }

    /** Appends an entry; room was ensured. */
    public void append(long lastOffset, int position) throws IOException {
        long entry = (lastOffset - baseOffset) << 32 | position;
        firstOwn = Math.min(firstOwn, entry);
        entries.append(entry, 0);
    }

    /** Notes that a batch gets no entry. The writer. */
    public void skip() {
        gaplessFrom = entries.count();
    }

    /** The last entry whose offset is not above {@code offset}; {@link #NONE} if there is none. */
    public long lookup(long offset) throws IOException {
        MappedWindow window = distrusted ? null : entries.acquire();
        if (window == null) {
            return NONE;
        }
        try {
            int slot = floor(window.buffer(), countIn(window), offset - baseOffset);
            return slot < 0 ? NONE : window.buffer().getLong(slot * ENTRY_BYTES);
        } catch (InternalError e) {
            throw entries.unreadable(e);
        } finally {
            window.release();
        }
    }

    /** What one search finds about an offset. Belongs to one thread, which uses it again and again. */
    public static final class Place {
        private long floor = NONE;
        private long ceiling = NONE;
        private long distance;
        private long ownBatch = NONE;

        /** The last entry whose offset is not above it, as of {@link #lookup}; {@link #NONE} if there is none. */
        public long floor() {
            return floor;
        }

        /**
         * The first entry whose offset is not below it, where it lies at least {@code minBytes} behind the one before; {@link #NONE}
         * elsewhere. So far apart are the entries of batches that are larger than the interval: each has its own.
         */
        public long ceilingOfLarge(int minBytes) {
            return distance >= minBytes ? ceiling : NONE;
        }

        /**
         * Where the first batch with a last offset not below it lies, its bytes in the upper half and its {@link #position} in the lower;
         * {@link #NONE} unless this process has made the entries of this batch, of the one before and of the one behind it.
         */
        public long ownBatch() {
            return ownBatch;
        }

        private void clear() {
            floor = NONE;
            ceiling = NONE;
            distance = 0;
            ownBatch = NONE;
        }
    }

    /** Searches once for all that the index knows of an offset. */
    public void find(long offset, Place out) throws IOException {
        out.clear();
        MappedWindow window = distrusted ? null : entries.acquire();
        if (window == null) {
            return;
        }
        try {
            ByteBuffer buffer = window.buffer();
            int count = countIn(window);
            int slot = floor(buffer, count, offset - baseOffset - 1) + 1;
            long before = slot == 0 ? NONE : buffer.getLong((slot - 1) * ENTRY_BYTES);
            out.floor = before;
            if (slot < count) {
                long ceiling = buffer.getLong(slot * ENTRY_BYTES);
                out.ceiling = ceiling;
                out.distance = position(ceiling) - (before == NONE ? 0L : position(before));
                if (offset(ceiling) == offset) {
                    out.floor = ceiling;
                }
                if (slot > gaplessFrom && slot + 1 < count) {
                    int bytes = position(buffer.getLong((slot + 1) * ENTRY_BYTES)) - position(ceiling);
                    // Not so while a truncation is under way.
                    out.ownBatch = bytes > 0 ? (long) bytes << 32 | position(ceiling) : NONE;
                }
            }
        } catch (InternalError e) {
            throw entries.unreadable(e);
        } finally {
            window.release();
        }
    }

    /** Whether an entry was made by this process, so that it is right as long as its batch is there. */
    public boolean isOwn(long entry) {
        return entry >= firstOwn && position(entry) >= position(firstOwn);
    }

    /** An entry was found wrong: the index answers nothing any more until it is {@link #reset}. Any thread. */
    public void distrust() {
        if (!distrusted) {
            distrusted = true;
            LOG.warn("Index does not fit its log and is not used any more index={}", entries.path());
        }
    }

    /** Whether an entry was found wrong, so that the index wants to be built anew. */
    public boolean distrusted() {
        return distrusted;
    }

    /** Forgets all entries. */
    public void reset() {
        entries.truncateTo(0);
        gaplessFrom = 0;
        distrusted = false;
    }

    /** The last entry; {@link #NONE} if the index is empty. */
    public long last() throws IOException {
        return lookup(Long.MAX_VALUE);
    }

    /** Offset of an entry. */
    public long offset(long entry) {
        return baseOffset + (int) (entry >>> 32);
    }

    /** Position of an entry. */
    public static int position(long entry) {
        return (int) entry;
    }

    /** Bytes of a batch that {@link Place#ownBatch} says. */
    public static int bytes(long batch) {
        return (int) (batch >>> 32);
    }

    // A window that was acquired before an append may be shorter than what is published meanwhile.
    private int countIn(MappedWindow window) {
        return Math.min(entries.count(), window.length() / ENTRY_BYTES);
    }

    private static int floor(ByteBuffer buffer, int count, long relativeOffset) {
        int low = 0;
        int high = count - 1;
        // Whoever asks for the end of what may be read asks for what lies behind the last entry.
        if (high >= 0 && buffer.getInt(high * ENTRY_BYTES) <= relativeOffset) {
            return high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (buffer.getInt(middle * ENTRY_BYTES) <= relativeOffset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Forgets entries that point at or behind {@code size} bytes of log. */
    public void truncateToPosition(long size) throws IOException {
        MappedWindow window = entries.acquire();
        if (window == null) {
            return;
        }
        try {
            int count = entries.count();
            while (count > 0 && window.buffer().getInt((count - 1) * ENTRY_BYTES + 4) >= size) {
                count--;
            }
            entries.truncateTo(count);
        } catch (InternalError e) {
            throw entries.unreadable(e);
        } finally {
            window.release();
        }
    }
}
