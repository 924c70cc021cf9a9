package io.millrace.protocol.record;

/** No compression at all: bytes as they are. */
final class StoredCodec implements Codec {
    @Override
    public int bound(int length) {
        return length;
    }

    @Override
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        System.arraycopy(source, index, target, targetIndex, length);
        return length;
    }

    @Override
    public void decompress(byte[] source, int index, int length, DecompressionBuffer target) {
        target.append(source, index, length);
    }
}
