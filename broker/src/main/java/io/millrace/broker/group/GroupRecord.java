package io.millrace.broker.group;

import org.jspecify.annotations.Nullable;

/**
 * A record for {@code __consumer_offsets}, encoded.
 *
 * @param key never changed after
 * @param value never changed after; null deletes what the key names
 */
record GroupRecord(byte[] key, byte @Nullable [] value) {

    int sizeInBytes() {
        return key.length + (value == null ? 0 : value.length);
    }
}
