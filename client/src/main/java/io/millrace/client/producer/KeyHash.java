package io.millrace.client.producer;

/** Murmur2, the hash by which every Kafka client agrees on the partition of a key. By Austin Appleby, public domain. */
public final class KeyHash {
    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private KeyHash() {}

    /** The partition that records with this key go to, 0 to {@code partitionCount - 1}. */
    public static int partition(byte[] key, int partitionCount) {
        return (murmur2(key) & 0x7fffffff) % partitionCount;
    }

    /** The hash, signed as Kafka's. */
    public static int murmur2(byte[] data) {
        int length = data.length;
        int h = SEED ^ length;
        int i = 0;
        for (; i + 4 <= length; i += 4) {
            int k = (data[i] & 0xff)
                    | (data[i + 1] & 0xff) << 8
                    | (data[i + 2] & 0xff) << 16
                    | (data[i + 3] & 0xff) << 24;
            k *= M;
            k ^= k >>> R;
            k *= M;
            h = (h * M) ^ k;
        }
        int tail = length - i;
        if (tail >= 3) {
            h ^= (data[i + 2] & 0xff) << 16;
        }
        if (tail >= 2) {
            h ^= (data[i + 1] & 0xff) << 8;
        }
        if (tail >= 1) {
            h = (h ^ (data[i] & 0xff)) * M;
        }
        h ^= h >>> 13;
        h *= M;
        return h ^ (h >>> 15);
    }
}
