package io.millrace.protocol.record;

import java.nio.ByteBuffer;

/**
 * Where decompressed bytes go: a heap array that grows as output is really produced, never because the input says how much it
 * will be, up to a limit derived from the size of the input. Reused from batch to batch; a large array is given back to the
 * collector when the next batch begins.
 *
 * <p>For one thread at a time.
 */
public final class DecompressionBuffer {
    /** Every batch may decompress to this much: 16 MiB, sixteen times the default of {@code message.max.bytes}. */
    static final int MIN_LIMIT = 16 << 20;

    /** A batch larger than 2 MiB may decompress to this many times its size. */
    static final int MAX_RATIO = 8;

    /** Larger arrays are not kept for the next batch: usual batches need less, and one of each is kept per thread. */
    private static final int RETAINED = 4 << 20;

    private static final int INITIAL = 16 << 10;
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 16;

    private byte[] staged = {};
    private byte[] bytes = {};
    private ByteBuffer view = ByteBuffer.wrap(bytes);
    private int length;
    private int limit;

    /** How many bytes a batch with so many compressed bytes may decompress to: 16 MiB or 8 times as many, what is more. */
    public static int limitFor(int compressedLength) {
        return (int) Math.min(MAX_ARRAY, Math.max(MIN_LIMIT, (long) compressedLength * MAX_RATIO));
    }

    /** The bytes from index 0 to the buffer's limit. The same array serves the next decompression. */
    public ByteBuffer buffer() {
        return view.clear().limit(length);
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** Empties the buffer for output of an input of so many bytes. */
    void begin(int compressedLength) {
        length = 0;
        limit = limitFor(compressedLength);
        if (bytes.length > RETAINED) {
            replace(new byte[INITIAL]);
        }
        if (staged.length > RETAINED) {
            staged = new byte[0];
        }
    }

    /** Copies input to where native code may read it. */
    byte[] stage(ByteBuffer source, int index, int sourceLength) {
        if (staged.length < sourceLength) {
            staged = new byte[Math.max(INITIAL, sourceLength)];
        }
        source.get(index, staged, 0, sourceLength);
        return staged;
    }

    /** The array to write into, from {@link #length()} on. Valid until the next call of a method that grows. */
    byte[] array() {
        return bytes;
    }

    /** How many bytes fit without growing, the limit considered. */
    int room() {
        return Math.min(bytes.length, limit) - length;
    }

    /** Counts bytes that were written into the array. */
    void advance(int written) {
        length += written;
    }

    /** Makes the array {@code factor} times larger. */
    void grow(int factor) {
        if (bytes.length >= limit) {
            throw tooLarge();
        }
        resize((int) Math.min(limit, Math.max(INITIAL, (long) bytes.length * factor)));
    }

    /** Makes room for so many bytes more. */
    void ensureRoom(int wanted) {
        if (wanted > limit - length) {
            throw tooLarge();
        }
        if (wanted > room()) {
            resize((int) Math.min(limit, Math.max((long) length + wanted, Math.max(INITIAL, bytes.length * 2L))));
        }
    }

    /** Makes room for so many bytes more, or for as many as the limit allows; whether it is all of them. */
    boolean tryRoom(int wanted) {
        int allowed = Math.min(wanted, limit - length);
        ensureRoom(allowed);
        return allowed == wanted;
    }

    void append(byte[] source, int index, int sourceLength) {
        ensureRoom(sourceLength);
        System.arraycopy(source, index, bytes, length, sourceLength);
        length += sourceLength;
    }

    private void resize(int capacity) {
        byte[] larger = new byte[capacity];
        System.arraycopy(bytes, 0, larger, 0, length);
        replace(larger);
    }

    private void replace(byte[] array) {
        bytes = array;
        view = ByteBuffer.wrap(array);
    }

    InvalidRecordException tooLarge() {
        return InvalidRecordException.tooLarge("The records of a batch decompress to more than the " + limit
                + " bytes that are allowed; send smaller batches");
    }
}
