package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the entries of a {@link MappedEntries}. The first look at a page finds out whether it is there, see {@link MappedCopy}:
 * what a page that is gone seems to hold would lead a search astray, and the error would come when nobody expects it. That costs some
 * 15 ns; the rest of the page is read as plain memory.
 *
 * <p>Belongs to one thread, which uses it again and again; makes no object. Between {@link #begin} and {@link #end} the entries
 * cannot be unmapped.
 */
public final class EntryReader {
    private static final int PAGE_BITS = Integer.numberOfTrailingZeros(MappedCopy.PAGE);
    private static final int NONE = -1;

    private final ByteBuffer probe = ByteBuffer.allocate(Integer.BYTES);
    private @Nullable MappedEntries entries;
    private @Nullable MappedWindow window;
    private int count;

    // Known to be there. A search ends in one page or two that are neighbours.
    private int lastPage;
    private int pageBefore;

    /**
     * Begins to look; whoever was told true calls {@link #end}.
     *
     * @return false if there are no entries
     * @throws IOException if the file cannot be read
     */
    public boolean begin(MappedEntries toRead) throws IOException {
        MappedWindow acquired = toRead.acquire();
        if (acquired == null) {
            return false;
        }
        entries = toRead;
        window = acquired;
        // A window that was acquired before an append may be shorter than what is published meanwhile.
        count = Math.min(toRead.count(), acquired.length() / toRead.entryBytes());
        lastPage = NONE;
        pageBefore = NONE;
        return true;
    }

    /** Entries that can be looked at. */
    public int count() {
        return count;
    }

    /** The four bytes at a multiple of four. */
    public int getInt(int at) throws IOException {
        ByteBuffer mapped = window().buffer();
        requireThere(mapped, at);
        return mapped.getInt(at);
    }

    /** The eight bytes at a multiple of four. */
    public long getLong(int at) throws IOException {
        ByteBuffer mapped = window().buffer();
        requireThere(mapped, at);
        requireThere(mapped, at + Integer.BYTES);
        return mapped.getLong(at);
    }

    private void requireThere(ByteBuffer mapped, int at) throws IOException {
        int page = at >> PAGE_BITS;
        if (page != lastPage && page != pageBefore) {
            MappedEntries read = entries;
            if (!MappedCopy.isThere(mapped, at, probe) && read != null) {
                throw read.unreadable();
            }
            pageBefore = lastPage;
            lastPage = page;
        }
    }

    private MappedWindow window() {
        MappedWindow present = window;
        if (present == null) {
            throw new IllegalStateException("Nothing is being looked at");
        }
        return present;
    }

    /** Lets go of the entries. */
    public void end() {
        MappedWindow held = window();
        window = null;
        entries = null;
        held.release();
    }
}
