package io.millrace.storage;

import java.util.Locale;

/** How batches are kept on disk ({@code compression.type} of a topic). The ordinal minus one is the codec in a batch header. */
public enum CompressionPolicy {
    /** As the producer sent them. */
    PRODUCER,
    UNCOMPRESSED,
    GZIP,
    SNAPPY,
    LZ4,
    ZSTD;

    /** The name in a configuration. */
    public String configValue() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The codec number that batches must have, 0 to 4; -1 when any will do. */
    public int codec() {
        return ordinal() - 1;
    }
}
