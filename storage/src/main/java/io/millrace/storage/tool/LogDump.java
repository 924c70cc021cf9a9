package io.millrace.storage.tool;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.LegacyCursor;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TimestampType;
import io.millrace.protocol.record.TransactionMarker;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Prints the batches and records of a log file and checks them: sizes, checksums, offsets. */
final class LogDump {
    private final DumpOptions options;
    private final DumpOutput out;
    private final Findings findings;
    private final DumpProgress progress;
    private final RecordCursor cursor = new RecordCursor();

    LogDump(DumpOptions options, DumpOutput out, Findings findings, DumpProgress progress) {
        this.progress = progress;
        this.options = options;
        this.out = out;
        this.findings = findings;
    }

    /**
     * What of a segment tells whether another one is missing.
     *
     * @param nextOffset where it ends
     * @param gaps whether offsets are missing in it
     */
    record Extent(long nextOffset, boolean gaps) {}

    /** Returns null if the file could not be read to its end. */
    @Nullable
    Extent dump(Path path) throws IOException {
        long next = DirectoryFiles.baseOffset(path);
        boolean gaps = false;
        try (BatchFile file = new BatchFile(path, options.maxBytes(), progress)) {
            out.property("startOffset", next, "Log starting offset: " + next);
            while (file.next()) {
                long base = BatchHeader.baseOffset(file.batch(), 0);
                if (base < next && BatchHeader.magic(file.batch(), 0) == BatchHeader.CURRENT_MAGIC) {
                    findings.add(
                            path, "offset " + base + " at position " + file.position() + " comes after " + (next - 1));
                }
                gaps |= base > next;
                next = file.lastOffset() + 1;
                try {
                    dumpBatch(path, file);
                } catch (InvalidRecordException e) {
                    findings.add(path, "the batch at position " + file.position() + " is malformed: " + e.getMessage());
                }
            }
            if (file.position() < file.end() && options.maxBytes() == Long.MAX_VALUE) {
                long rest = file.end() - file.position();
                String bytes = rest + " %s at the end, from position " + file.position();
                if (DirectoryFiles.isLast(path) && file.restIsZero()) {
                    // A broker that runs gives the segment it writes to more room than it needs yet.
                    out.property("roomBytes", rest, bytes.formatted("bytes of room"));
                } else {
                    findings.add(path, "Found " + bytes.formatted("invalid bytes"));
                    return null;
                }
            }
            return file.position() < file.end() && options.maxBytes() < Long.MAX_VALUE ? null : new Extent(next, gaps);
        }
    }

    private void dumpBatch(Path path, BatchFile file) {
        ByteBuffer batch = file.batch();
        if (BatchHeader.magic(batch, 0) != BatchHeader.CURRENT_MAGIC) {
            dumpLegacy(path, file);
            return;
        }
        boolean valid = BatchHeader.crcIsValid(batch, 0);
        if (!valid) {
            findings.add(path, "the checksum of the batch at position " + file.position() + " is wrong");
        }
        out.entry(header(file, valid));
        if (!options.deep()) {
            return;
        }
        cursor.wrap(batch, 0);
        while (cursor.next()) {
            out.record(record(batch));
        }
    }

    private void dumpLegacy(Path path, BatchFile file) {
        LegacyMessage message = LegacyMessage.at(file.batch(), 0, file.size());
        out.entry(out.fields()
                .add("offset", BatchHeader.baseOffset(file.batch(), 0))
                .add("position", file.position())
                .addTime(message.typeName(), message.timestamp())
                .add("size", file.size())
                .add("magic", message.magic())
                .add("compresscodec", message.codec().configName())
                .add("crc", message.crc())
                .add("isvalid", message.valid()));
        if (!message.valid()) {
            findings.add(path, "the checksum of the message at position " + file.position() + " is wrong");
        }
        if (options.deep()) {
            LegacyCursor messages = new LegacyCursor().wrap(file.batch(), 0, file.size());
            while (messages.next()) {
                Fields fields = out.fields();
                if (options.recordMetadata()) {
                    LegacyMessage inner = LegacyMessage.of(messages);
                    fields.add("offset", messages.offset())
                            .addTime(message.typeName(), messages.timestamp())
                            .add("keySize", messages.keyLength())
                            .add("valueSize", messages.valueLength())
                            .add("isValid", inner.valid())
                            .addBeforeBrace("crc", inner.crc());
                }
                data(fields, messages.key(), messages.value());
                out.record(fields);
            }
        }
    }

    private void data(Fields fields, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (options.data()) {
            add(fields, "key", () -> options.text().key(key));
            add(fields, "payload", () -> options.text().value(key, value));
        }
    }

    private void add(Fields fields, String name, Supplier<@Nullable String> text) {
        String decoded;
        try {
            decoded = text.get();
        } catch (BufferUnderflowException | IndexOutOfBoundsException | DecodedText.UnreadableException e) {
            decoded = "<UNREADABLE>"; // it is none of those that the decoder is for
        }
        if (decoded != null
                && options.json()
                && decoded.startsWith("{")
                && options.text().isJson()) {
            fields.addJson(name, decoded);
        } else if (decoded != null) {
            fields.add(name, decoded);
        }
    }

    private Fields header(BatchFile file, boolean valid) {
        ByteBuffer batch = file.batch();
        return out.fields()
                .add("baseOffset", BatchHeader.baseOffset(batch, 0))
                .add("lastOffset", BatchHeader.lastOffset(batch, 0))
                .add("count", BatchHeader.recordCount(batch, 0))
                .add("baseSequence", BatchHeader.baseSequence(batch, 0))
                .add("lastSequence", BatchHeader.lastSequence(batch, 0))
                .add("producerId", BatchHeader.producerId(batch, 0))
                .add("producerEpoch", BatchHeader.producerEpoch(batch, 0))
                .add("partitionLeaderEpoch", BatchHeader.partitionLeaderEpoch(batch, 0))
                .add("isTransactional", BatchHeader.isTransactional(batch, 0))
                .add("isControl", BatchHeader.isControl(batch, 0))
                .addOptional(
                        "deleteHorizonMs",
                        BatchHeader.hasDeleteHorizon(batch, 0),
                        BatchHeader.deleteHorizonMs(batch, 0))
                .add("position", file.position())
                .addTime(timestampName(batch), BatchHeader.maxTimestamp(batch, 0))
                .add("size", file.size())
                .add("magic", BatchHeader.magic(batch, 0))
                .add("compresscodec", codec(batch))
                .add("crc", Integer.toUnsignedLong(BatchHeader.crc(batch, 0)))
                .add("isvalid", valid);
    }

    private static String codec(ByteBuffer batch) {
        try {
            Compression codec = BatchHeader.compression(batch, 0);
            return codec.configName();
        } catch (InvalidRecordException e) {
            return "unknown";
        }
    }

    private static String timestampName(ByteBuffer batch) {
        TimestampType type = BatchHeader.timestampType(batch, 0);
        return type.configName();
    }

    private Fields record(ByteBuffer batch) {
        Fields fields = out.fields();
        if (options.recordMetadata()) {
            fields.add("offset", cursor.offset())
                    .addTime(timestampName(batch), cursor.timestamp())
                    .add("keySize", cursor.keyLength())
                    .add("valueSize", cursor.valueLength())
                    .add("sequence", cursor.sequence())
                    .addList("headerKeys", headerKeys());
        }
        if (BatchHeader.isControl(batch, 0)) {
            short type = TransactionMarker.type(cursor);
            return type == TransactionMarker.ABORT || type == TransactionMarker.COMMIT
                    ? fields.add("endTxnMarker", type == TransactionMarker.ABORT ? "ABORT" : "COMMIT")
                            .add("coordinatorEpoch", TransactionMarker.coordinatorEpoch(cursor))
                    : fields.add("controlType", type);
        }
        data(fields, cursor.key(), cursor.value());
        return fields;
    }

    private List<String> headerKeys() {
        List<String> keys = new ArrayList<>();
        while (cursor.nextHeader()) {
            ByteBuffer key = cursor.buffer().duplicate().clear();
            keys.add(RecordText.utf8(key.slice(cursor.headerKeyIndex(), cursor.headerKeyLength())));
        }
        return keys;
    }
}
