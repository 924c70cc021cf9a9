package io.millrace.storage.cleanup;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The newest offset of each key, in a fixed amount of memory. Keys are known by a 128-bit digest only: two keys with the same one would
 * take each other's records away, so it must be one that nobody meets by chance; 24 bytes a key, open addressing.
 *
 * <p>For one thread at a time.
 */
public final class KeyOffsetMap {
    private static final int DIGEST_BYTES = 16;
    private static final int ENTRY_BYTES = DIGEST_BYTES + Long.BYTES;

    /** Beyond this, chains get long. */
    private static final double LOAD_FACTOR = 0.8;

    private final ByteBuffer table;
    private final int slots;
    private final MessageDigest digest;
    private final byte[] wanted = new byte[DIGEST_BYTES];
    private final ByteBuffer wantedView = ByteBuffer.wrap(wanted);
    private int size;
    private long latestOffset = -1;

    /** A map for so many keys, as far as they fit into {@code maxBytes}. */
    static KeyOffsetMap forKeys(long keys, long maxBytes) {
        double needed = (keys + 1) / LOAD_FACTOR * ENTRY_BYTES + ENTRY_BYTES;
        return new KeyOffsetMap((long) Math.min(maxBytes, needed));
    }

    /** @param bytes memory to use; at least room for two keys */
    public KeyOffsetMap(long bytes) {
        slots = (int) Math.min(Integer.MAX_VALUE / ENTRY_BYTES, Math.max(2, bytes / ENTRY_BYTES));
        table = ByteBuffer.allocate(slots * ENTRY_BYTES);
        try {
            digest = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has MD5", e);
        }
    }

    public boolean isFull() {
        return size >= slots * LOAD_FACTOR;
    }

    /** Keys in the map. */
    public int size() {
        return size;
    }

    /** The largest offset that was {@link #put} or {@link #passed}; -1 if none was. */
    public long latestOffset() {
        return latestOffset;
    }

    /** Notes that records up to this offset have been looked at. */
    public void passed(long offset) {
        latestOffset = Math.max(latestOffset, offset);
    }

    /** Notes the offset of a key, which lies at an index of a buffer; offsets must not fall. The map must not be full. */
    public void put(ByteBuffer buffer, int index, int length, long offset) {
        int slot = slotOf(buffer, index, length);
        if (isFree(slot)) {
            table.put(slot * ENTRY_BYTES, wanted);
            size++;
        }
        // Stored plus one, so that zero means free.
        table.putLong(slot * ENTRY_BYTES + DIGEST_BYTES, offset + 1);
        passed(offset);
    }

    /** The offset of a key; -1 if the key is not there. */
    public long get(ByteBuffer buffer, int index, int length) {
        int slot = slotOf(buffer, index, length);
        return table.getLong(slot * ENTRY_BYTES + DIGEST_BYTES) - 1;
    }

    // The slot of the key, or the free one where it belongs.
    private int slotOf(ByteBuffer buffer, int index, int length) {
        hash(buffer, index, length);
        int slot = (int) Long.remainderUnsigned(wantedView.getLong(0), slots);
        while (!isFree(slot) && !holdsWanted(slot)) {
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        return slot;
    }

    private boolean isFree(int slot) {
        return table.getLong(slot * ENTRY_BYTES + DIGEST_BYTES) == 0;
    }

    private boolean holdsWanted(int slot) {
        return table.getLong(slot * ENTRY_BYTES) == wantedView.getLong(0)
                && table.getLong(slot * ENTRY_BYTES + Long.BYTES) == wantedView.getLong(Long.BYTES);
    }

    private void hash(ByteBuffer buffer, int index, int length) {
        ByteBuffer key = buffer.duplicate().clear().limit(index + length).position(index);
        digest.update(key);
        try {
            digest.digest(wanted, 0, DIGEST_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("The digest has 16 bytes", e);
        }
    }
}
