package io.millrace.storage.file;

import java.nio.file.Path;

/** The names of the files in a partition's directory, which are Kafka's. */
public final class SegmentFiles {
    public static final String LOG = ".log";
    public static final String OFFSET_INDEX = ".index";
    public static final String TIME_INDEX = ".timeindex";
    public static final String TXN_INDEX = ".txnindex";
    public static final String PRODUCER_SNAPSHOT = ".snapshot";

    /** Appended to the name of a file that waits for its removal; whoever finds one at a start removes it. */
    public static final String DELETED = ".deleted";

    /** Appended to the name of a file that compaction is still writing; worthless at a start. */
    public static final String CLEANED = ".cleaned";

    /** Appended to the name of a file that compaction has finished and is putting in place; completed at a start. */
    public static final String SWAP = ".swap";

    public static final String LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";
    public static final String PARTITION_METADATA = "partition.metadata";

    private static final int OFFSET_DIGITS = 20;

    private SegmentFiles() {}

    /** Path of the file of a segment, or of a producer snapshot: the offset as 20 digits and the suffix. */
    public static Path path(Path dir, long offset, String suffix) {
        String digits = Long.toString(offset);
        return dir.resolve("0".repeat(OFFSET_DIGITS - digits.length()) + digits + suffix);
    }

    /** The offset in a name that ends in {@code suffix}; -1 if the name is not of this form. */
    public static long offsetOf(String fileName, String suffix) {
        if (fileName.length() != OFFSET_DIGITS + suffix.length() || !fileName.endsWith(suffix)) {
            return -1;
        }
        long offset = 0;
        for (int i = 0; i < OFFSET_DIGITS; i++) {
            char digit = fileName.charAt(i);
            if (digit < '0' || digit > '9' || offset > (Long.MAX_VALUE - 9) / 10) {
                return -1;
            }
            offset = offset * 10 + (digit - '0');
        }
        return offset;
    }

    /** The same path with {@code suffix} appended to the file name. */
    public static Path withSuffix(Path path, String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }
}
