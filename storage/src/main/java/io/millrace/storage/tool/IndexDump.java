package io.millrace.storage.tool;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.index.OffsetIndex;
import io.millrace.storage.index.TimeIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints an index and holds it against its log: every entry must lead to a batch that can hold what it promises. */
final class IndexDump {
    private final DumpOutput out;
    private final boolean shown;
    private final Findings findings;
    private final DumpProgress progress;

    /** @param shown whether entries are printed, and not only checked */
    IndexDump(DumpOutput out, boolean shown, Findings findings, DumpProgress progress) {
        this.shown = shown;
        this.progress = progress;
        this.out = out;
        this.findings = findings;
    }

    void dumpOffsets(Path path) throws IOException {
        ByteBuffer entries = read(path, OffsetIndex.ENTRY_BYTES);
        long base = DirectoryFiles.baseOffset(path);
        long lastOffset = -1;
        if (!entries.hasRemaining()) {
            out.property("bytes", 0, path + " is empty.");
        }
        try (BatchFile log = new BatchFile(DirectoryFiles.logOf(path), Long.MAX_VALUE, progress)) {
            while (entries.remaining() >= OffsetIndex.ENTRY_BYTES) {
                boolean first = entries.position() == 0;
                long offset = base + entries.getInt();
                int position = entries.getInt();
                // Zeros behind the entries of an index in use; the first batch of a segment never has an entry.
                if (offset == base && position == 0) {
                    printIf(first && shown, offset(offset, position));
                    break;
                }
                printIf(shown, offset(offset, position));
                if (offset <= lastOffset) {
                    findings.add(path, "offset " + offset + " does not rise above " + lastOffset);
                }
                lastOffset = offset;
                log.seek(position);
                if (position < 0 || !log.next()) {
                    findings.add(
                            path, "no batch lies at position " + position + ", to which offset " + offset + " leads");
                } else if (log.lastOffset() != offset) {
                    // A follower of Kafka's indexes the last offset of all that it appended at once.
                    if (BatchHeader.baseOffset(log.batch(), 0) > offset) {
                        findings.add(path, "Index offset: " + offset + ", log offset: " + log.lastOffset());
                    }
                }
            }
        }
    }

    void dumpTimes(Path path) throws IOException {
        ByteBuffer entries = read(path, TimeIndex.ENTRY_BYTES);
        long base = DirectoryFiles.baseOffset(path);
        long lastTimestamp = -1;
        try (BatchFile log = new BatchFile(DirectoryFiles.logOf(path), Long.MAX_VALUE, progress)) {
            long largest = -1;
            boolean more = log.next();
            while (entries.remaining() >= TimeIndex.ENTRY_BYTES) {
                boolean first = entries.position() == 0;
                long timestamp = entries.getLong();
                long offset = base + entries.getInt();
                if (timestamp == 0 && offset == base) {
                    printIf(first && shown, timestamp(timestamp, offset));
                    break;
                }
                printIf(shown, timestamp(timestamp, offset));
                if (timestamp <= lastTimestamp) {
                    findings.add(path, "Found out of order timestamp: " + timestamp + " after " + lastTimestamp);
                }
                lastTimestamp = timestamp;
                while (more && log.lastOffset() <= offset) {
                    largest = Math.max(largest, maxTimestamp(log.batch()));
                    more = log.next();
                }
                if (largest != timestamp) {
                    findings.add(
                            path,
                            "Found timestamp mismatch: index timestamp: " + timestamp + ", log timestamp: " + largest
                                    + " up to offset " + offset);
                }
            }
        }
    }

    private static long maxTimestamp(ByteBuffer batch) {
        return switch (BatchHeader.magic(batch, 0)) {
            case BatchHeader.CURRENT_MAGIC -> BatchHeader.maxTimestamp(batch, 0);
            case 1 -> batch.getLong(18);
            default -> -1;
        };
    }

    private ByteBuffer read(Path path, int entryBytes) throws IOException {
        ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(path));
        if (entries.limit() % entryBytes != 0) {
            findings.add(path, entries.limit() + " bytes are not a multiple of " + entryBytes);
        }
        return entries;
    }

    private Fields offset(long offset, int position) {
        return out.fields().add("offset", offset).add("position", position);
    }

    private Fields timestamp(long timestamp, long offset) {
        return out.fields().add("timestamp", timestamp).add("offset", offset);
    }

    // Kafka's tool stops at the second entry of an index of zeros.
    private void printIf(boolean wanted, Fields entry) {
        if (wanted) {
            out.entry(entry);
        }
    }
}
