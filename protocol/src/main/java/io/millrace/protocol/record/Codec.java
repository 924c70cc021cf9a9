package io.millrace.protocol.record;

/** One framing of compressed bytes. Stateless; called by {@link Compression} on any thread. */
interface Codec {
    /** The most bytes that {@code length} bytes compress to. */
    int bound(int length);

    /** Compresses into an array that has room for the bound; returns the bytes written. */
    int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex);

    /**
     * Appends what the source stands for to the target.
     *
     * @throws InvalidRecordException if the source is malformed or the target reaches its limit; nothing else, whatever the source
     */
    void decompress(byte[] source, int index, int length, DecompressionBuffer target);
}
