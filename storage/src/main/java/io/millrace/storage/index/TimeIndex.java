package io.millrace.storage.index;

import io.millrace.storage.file.EntryReader;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.MappedEntries;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From timestamp to offset: each entry says that no batch up to and including the one that ends in this offset has a larger timestamp.
 *
 * <pre>
 *  +-------------------------------+-------------------------------+
 *  |                  largest timestamp so far, ms                 |   int64
 *  +-------------------------------+-------------------------------+
 *  | last offset of batch - base   |                                   int32; 12 bytes in all
 *  +-------------------------------+
 * </pre>
 *
 * Timestamps strictly rise. The last entry of a sealed segment is the segment's largest timestamp. One writer, any reader.
 */
public final class TimeIndex {
    public static final int ENTRY_BYTES = 12;

    private static final Logger LOG = LoggerFactory.getLogger(TimeIndex.class);

    private final MappedEntries entries;
    private final long baseOffset;

    // Those of the last entry; the writer's. Unknown until the first use of an index that was found on disk.
    private long lastTimestamp;
    private boolean lastKnown;
    private volatile boolean distrusted;

    /** @param count entries in the file */
    public TimeIndex(Path path, long baseOffset, int maxBytes, int count, FileHost host) {
        this.entries = new MappedEntries(path, ENTRY_BYTES, maxBytes, count, host);
        this.baseOffset = baseOffset;
    }

    public MappedEntries entries() {
        return entries;
    }

    /** Full but for the one entry that sealing the segment adds. */
    public boolean isFull() {
        return entries.count() >= entries.maxEntries() - 1;
    }

    /** Appends an entry if its timestamp is larger than that of the last; room was ensured. */
    public void maybeAppend(long timestamp, long lastOffset) throws IOException {
        if (timestamp < 0 || timestamp <= lastTimestamp()) {
            return;
        }
        entries.append(timestamp, (int) (lastOffset - baseOffset));
        lastTimestamp = timestamp;
    }

    /** Timestamp of the last entry; -1 if the index is empty. */
    public long lastTimestamp() throws IOException {
        if (!lastKnown) {
            lastTimestamp = timestamp(entries.count() - 1);
            lastKnown = true;
        }
        return lastTimestamp;
    }

    /** Offset of the last entry; -1 if the index is empty. */
    public long lastOffset() throws IOException {
        return offset(entries.count() - 1);
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
        lastKnown = false;
        distrusted = false;
    }

    /** The last entry whose timestamp is below {@code timestamp}: a search may begin at its offset; -1 if there is none. */
    public int floor(long timestamp) throws IOException {
        EntryReader reader = new EntryReader();
        if (distrusted || !reader.begin(entries)) {
            return -1;
        }
        try {
            int low = 0;
            int high = reader.count() - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (reader.getLong(middle * ENTRY_BYTES) < timestamp) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        } finally {
            reader.end();
        }
    }

    /** Forgets all entries but so many. */
    public void truncateTo(int count) {
        entries.truncateTo(count);
        lastKnown = false;
    }

    /** Forgets entries of batches that end at or after {@code offset}. */
    public void truncateToOffset(long offset) throws IOException {
        int count = entries.count();
        while (count > 0 && offset(count - 1) >= offset) {
            count--;
        }
        entries.truncateTo(count);
        lastKnown = false;
    }

    /** Timestamp of an entry. */
    public long timestamp(int slot) throws IOException {
        EntryReader reader = new EntryReader();
        if (slot < 0 || !reader.begin(entries)) {
            return -1;
        }
        try {
            return reader.getLong(slot * ENTRY_BYTES);
        } finally {
            reader.end();
        }
    }

    /** Offset of an entry. */
    public long offset(int slot) throws IOException {
        EntryReader reader = new EntryReader();
        if (slot < 0 || !reader.begin(entries)) {
            return -1;
        }
        try {
            return baseOffset + reader.getInt(slot * ENTRY_BYTES + 8);
        } finally {
            reader.end();
        }
    }
}
