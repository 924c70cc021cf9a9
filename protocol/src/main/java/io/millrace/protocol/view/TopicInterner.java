package io.millrace.protocol.view;

import io.millrace.protocol.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of topic names and topic ids into objects, the same one for the same bytes as long as it remembers
 * them, so that requests for known topics make none. It remembers a fixed number and forgets at random places, which is
 * why names that a client makes up cost no memory. For one thread, as a rule that of an event loop.
 */
public final class TopicInterner {
    /** Enough for the topics that the connections of one event loop are busy with; a name forgotten costs one String. */
    private static final int DEFAULT_CAPACITY = 8_192;

    /** Names longer than any valid one (249) are not worth a place. */
    private static final int MAX_NAME_BYTES = 256;

    /** Places to look at: the first, and those after it. */
    private static final int WAYS = 4;

    private final int mask;
    private final byte @Nullable [][] nameBytes;
    private final @Nullable String[] names;
    private final @Nullable Uuid[] ids;
    private int victim;

    public TopicInterner() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * @param capacity the number of names, and of ids, remembered at most; a power of two of at least 4
     */
    public TopicInterner(int capacity) {
        if (capacity < WAYS || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("Capacity " + capacity + " is not a power of two of at least " + WAYS);
        }
        this.mask = capacity - 1;
        this.nameBytes = new byte[capacity][];
        this.names = new String[capacity];
        this.ids = new Uuid[capacity];
    }

    /** The text of {@code length} bytes of UTF-8 at {@code index}; its position and limit stay as they are. */
    public String name(ByteBuffer buffer, int index, int length) {
        if (length > MAX_NAME_BYTES) {
            return new String(copy(buffer, index, length), StandardCharsets.UTF_8);
        }
        int home = spread(hash(buffer, index, length));
        for (int i = 0; i < WAYS; i++) {
            int slot = (home + i) & mask;
            byte[] known = nameBytes[slot];
            if (known == null) {
                return remember(slot, buffer, index, length);
            }
            if (equal(known, buffer, index, length)) {
                return names[slot];
            }
        }
        return remember((home + nextVictim()) & mask, buffer, index, length);
    }

    /** The id of these bits. */
    public Uuid id(long mostSignificantBits, long leastSignificantBits) {
        int home = spread(Long.hashCode(mostSignificantBits * 31 + leastSignificantBits));
        int slot = home & mask;
        for (int i = 0; i < WAYS; i++) {
            slot = (home + i) & mask;
            Uuid known = ids[slot];
            if (known == null) {
                break;
            }
            if (known.mostSignificantBits() == mostSignificantBits
                    && known.leastSignificantBits() == leastSignificantBits) {
                return known;
            }
            if (i == WAYS - 1) {
                slot = (home + nextVictim()) & mask;
            }
        }
        Uuid id = new Uuid(mostSignificantBits, leastSignificantBits);
        ids[slot] = id;
        return id;
    }

    private String remember(int slot, ByteBuffer buffer, int index, int length) {
        byte[] utf8 = copy(buffer, index, length);
        String name = new String(utf8, StandardCharsets.UTF_8);
        nameBytes[slot] = utf8;
        names[slot] = name;
        return name;
    }

    private int nextVictim() {
        return victim++ & (WAYS - 1);
    }

    private static byte[] copy(ByteBuffer buffer, int index, int length) {
        byte[] copy = new byte[length];
        buffer.get(index, copy);
        return copy;
    }

    private static int hash(ByteBuffer buffer, int index, int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + buffer.get(index + i);
        }
        return hash;
    }

    private static boolean equal(byte[] known, ByteBuffer buffer, int index, int length) {
        if (known.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (known[i] != buffer.get(index + i)) {
                return false;
            }
        }
        return true;
    }

    /** Brings the high bits down, since only the low ones choose the place. */
    private static int spread(int hash) {
        int h = hash * 0x9e3779b9;
        return h ^ (h >>> 16);
    }
}
