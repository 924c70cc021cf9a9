package io.millrace.storage.index;

import io.millrace.storage.file.EntryReader;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.MappedEntries;
import java.io.IOException;
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

    /** Entries on the way from a guess to what is looked for; each further step is twice as long. */
    private static final int FIRST_STEP = 64;

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
        return lookup(offset, new EntryReader());
    }

    /** Likewise, making no object. */
    public long lookup(long offset, EntryReader reader) throws IOException {
        if (distrusted || !reader.begin(entries)) {
            return NONE;
        }
        try {
            int slot = floor(reader, offset - baseOffset);
            return slot < 0 ? NONE : reader.getLong(slot * ENTRY_BYTES);
        } finally {
            reader.end();
        }
    }

    /** What one search finds about an offset. Belongs to one thread, which uses it again and again. */
    public static final class Place {
        private final EntryReader reader = new EntryReader();
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
        EntryReader reader = out.reader;
        if (distrusted || !reader.begin(entries)) {
            return;
        }
        try {
            int count = reader.count();
            int slot = floor(reader, offset - baseOffset - 1) + 1;
            long before = slot == 0 ? NONE : reader.getLong((slot - 1) * ENTRY_BYTES);
            out.floor = before;
            if (slot < count) {
                long ceiling = reader.getLong(slot * ENTRY_BYTES);
                out.ceiling = ceiling;
                out.distance = position(ceiling) - (before == NONE ? 0L : position(before));
                if (offset(ceiling) == offset) {
                    out.floor = ceiling;
                }
                if (slot > gaplessFrom && slot + 1 < count) {
                    int bytes = position(reader.getLong((slot + 1) * ENTRY_BYTES)) - position(ceiling);
                    // Not so while a truncation is under way.
                    out.ownBatch = bytes > 0 ? (long) bytes << 32 | position(ceiling) : NONE;
                }
            }
        } finally {
            reader.end();
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

    // Slot of the last entry whose offset is not above this one; -1 if there is none. Offsets rise about evenly, so
    // that a guess is near: few pages are looked at, and each first look at one costs as much as some steps.
    private static int floor(EntryReader reader, long relativeOffset) throws IOException {
        int high = reader.count() - 1;
        if (high < 0 || relativeOffset < 0) {
            return -1;
        }
        // Whoever asks for the end of what may be read asks for what lies behind the last entry.
        int last = offsetAt(reader, high);
        if (last <= relativeOffset) {
            return high;
        }
        // What is wanted lies from low - 1 to high - 1.
        int low = 0;
        int middle = (int) (relativeOffset * high / last);
        int step = FIRST_STEP;
        if (offsetAt(reader, middle) <= relativeOffset) {
            low = middle + 1;
            while (low + step < high && offsetAt(reader, low + step) <= relativeOffset) {
                low += step + 1;
                step *= 2;
            }
            high = Math.min(high, low + step);
        } else {
            high = middle;
            while (high - step > low && offsetAt(reader, high - step) > relativeOffset) {
                high -= step;
                step *= 2;
            }
            low = Math.max(low, high - step);
        }
        while (low < high) {
            middle = (low + high) >>> 1;
            if (offsetAt(reader, middle) <= relativeOffset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private static int offsetAt(EntryReader reader, int slot) throws IOException {
        return reader.getInt(slot * ENTRY_BYTES);
    }

    /** Forgets entries that point at or behind {@code size} bytes of log. */
    public void truncateToPosition(long size) throws IOException {
        EntryReader reader = new EntryReader();
        if (!reader.begin(entries)) {
            return;
        }
        try {
            int count = reader.count();
            while (count > 0 && reader.getInt((count - 1) * ENTRY_BYTES + 4) >= size) {
                count--;
            }
            entries.truncateTo(count);
        } finally {
            reader.end();
        }
    }
}
