package io.millrace.storage.tool;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.LegacyCursor;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TimestampType;
import io.millrace.protocol.record.TransactionMarker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Prints the batches and records of a log file and checks them: sizes, checksums, offsets. */
final class LogDump {
    private final DumpOptions options;
    private final PrintStream out;
    private final Findings findings;
    private final RecordCursor cursor = new RecordCursor();

    LogDump(DumpOptions options, PrintStream out, Findings findings) {
        this.options = options;
        this.out = out;
        this.findings = findings;
    }

    void dump(Path path) throws IOException {
        print("Log starting offset: " + DirectoryFiles.baseOffset(path));
        long next = DirectoryFiles.baseOffset(path);
        try (BatchFile file = new BatchFile(path, options.maxBytes())) {
            while (file.next()) {
                long base = BatchHeader.baseOffset(file.batch(), 0);
                if (base < next && BatchHeader.magic(file.batch(), 0) == BatchHeader.CURRENT_MAGIC) {
                    findings.add(
                            path, "offset " + base + " at position " + file.position() + " comes after " + (next - 1));
                }
                next = file.lastOffset() + 1;
                try {
                    dumpBatch(path, file);
                } catch (InvalidRecordException e) {
                    findings.add(path, "the batch at position " + file.position() + " is malformed: " + e.getMessage());
                }
            }
            if (file.position() < file.end() && options.maxBytes() == Long.MAX_VALUE) {
                String bytes = (file.end() - file.position()) + " %s at the end, from position " + file.position();
                if (DirectoryFiles.isLast(path) && file.restIsZero()) {
                    // A broker that runs gives the segment it writes to more room than it needs yet.
                    print(bytes.formatted("bytes of room"));
                } else {
                    findings.add(path, "Found " + bytes.formatted("invalid bytes"));
                }
            }
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
        print(header(file, valid));
        if (!options.deep()) {
            return;
        }
        cursor.wrap(batch, 0);
        while (cursor.next()) {
            print(record(batch));
        }
    }

    private void dumpLegacy(Path path, BatchFile file) {
        LegacyMessage message = LegacyMessage.at(file.batch(), 0, file.size());
        print("offset: " + BatchHeader.baseOffset(file.batch(), 0) + " position: " + file.position() + " "
                + message.time() + " size: " + file.size() + " magic: " + message.magic() + " compresscodec: "
                + message.codec().configName() + " crc: " + message.crc() + " isvalid: " + message.valid());
        if (!message.valid()) {
            findings.add(path, "the checksum of the message at position " + file.position() + " is wrong");
        }
        if (options.deep()) {
            LegacyCursor messages = new LegacyCursor().wrap(file.batch(), 0, file.size());
            while (messages.next()) {
                LegacyMessage inner = LegacyMessage.of(messages);
                String line = options.recordMetadata()
                        ? "| offset: " + messages.offset() + " " + message.typeName() + ": " + messages.timestamp()
                                + " keySize: " + messages.keyLength() + " valueSize: " + messages.valueLength()
                                + " isValid: " + inner.valid() + " crc: " + inner.crc() + "}"
                        : "|";
                print(line + data(messages.key(), messages.value()));
            }
        }
    }

    private String data(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (!options.data()) {
            return "";
        }
        String keyText = options.text().key(key);
        String valueText = options.text().value(key, value);
        return (keyText == null ? "" : " key: " + keyText) + (valueText == null ? "" : " payload: " + valueText);
    }

    private static String header(BatchFile file, boolean valid) {
        ByteBuffer batch = file.batch();
        String horizon = BatchHeader.hasDeleteHorizon(batch, 0)
                ? "OptionalLong[" + BatchHeader.deleteHorizonMs(batch, 0) + "]"
                : "OptionalLong.empty";
        return new StringJoiner(" ")
                .add("baseOffset: " + BatchHeader.baseOffset(batch, 0))
                .add("lastOffset: " + BatchHeader.lastOffset(batch, 0))
                .add("count: " + BatchHeader.recordCount(batch, 0))
                .add("baseSequence: " + BatchHeader.baseSequence(batch, 0))
                .add("lastSequence: " + BatchHeader.lastSequence(batch, 0))
                .add("producerId: " + BatchHeader.producerId(batch, 0))
                .add("producerEpoch: " + BatchHeader.producerEpoch(batch, 0))
                .add("partitionLeaderEpoch: " + BatchHeader.partitionLeaderEpoch(batch, 0))
                .add("isTransactional: " + BatchHeader.isTransactional(batch, 0))
                .add("isControl: " + BatchHeader.isControl(batch, 0))
                .add("deleteHorizonMs: " + horizon)
                .add("position: " + file.position())
                .add(timestampName(batch) + ": " + BatchHeader.maxTimestamp(batch, 0))
                .add("size: " + file.size())
                .add("magic: " + BatchHeader.magic(batch, 0))
                .add("compresscodec: " + codec(batch))
                .add("crc: " + Integer.toUnsignedLong(BatchHeader.crc(batch, 0)))
                .add("isvalid: " + valid)
                .toString();
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

    private String record(ByteBuffer batch) {
        StringJoiner line = new StringJoiner(" ", "| ", "");
        if (options.recordMetadata()) {
            line.add("offset: " + cursor.offset())
                    .add(timestampName(batch) + ": " + cursor.timestamp())
                    .add("keySize: " + cursor.keyLength())
                    .add("valueSize: " + cursor.valueLength())
                    .add("sequence: " + cursor.sequence())
                    .add("headerKeys: [" + headerKeys() + "]");
        }
        if (BatchHeader.isControl(batch, 0)) {
            short type = TransactionMarker.type(cursor);
            if (type == TransactionMarker.ABORT || type == TransactionMarker.COMMIT) {
                line.add("endTxnMarker: " + (type == TransactionMarker.ABORT ? "ABORT" : "COMMIT"))
                        .add("coordinatorEpoch: " + TransactionMarker.coordinatorEpoch(cursor));
            } else {
                line.add("controlType: " + type);
            }
            return line.toString();
        }
        return line + data(cursor.key(), cursor.value());
    }

    private String headerKeys() {
        StringJoiner keys = new StringJoiner(",");
        while (cursor.nextHeader()) {
            ByteBuffer key = cursor.buffer().duplicate().clear();
            keys.add(RecordText.utf8(key.slice(cursor.headerKeyIndex(), cursor.headerKeyLength())));
        }
        return keys.toString();
    }

    private void print(String line) {
        if (!options.quiet()) {
            out.println(line);
        }
    }
}
