package io.millrace.client.cli;

import io.millrace.client.ConsumerRecord;
import io.millrace.protocol.record.RecordHeader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Prints a record as Kafka's {@code DefaultMessageFormatter} does, or as JSON. */
final class RecordPrinter implements RecordFormat {
    private final boolean timestamp;
    private final boolean partition;
    private final boolean offset;
    private final boolean headers;
    private final boolean key;
    private final boolean value;
    private final byte[] keySeparator;
    private final byte[] lineSeparator;
    private final byte[] headersSeparator;
    private final byte[] nullLiteral;
    private final FieldText keyText;
    private final FieldText valueText;
    private final FieldText headerText;

    RecordPrinter(Properties properties) {
        timestamp = flag(properties, "print.timestamp", false);
        partition = flag(properties, "print.partition", false);
        offset = flag(properties, "print.offset", false);
        headers = flag(properties, "print.headers", false);
        key = flag(properties, "print.key", false);
        value = flag(properties, "print.value", true);
        keySeparator = bytes(properties.getProperty("key.separator", "\t"));
        lineSeparator = bytes(properties.getProperty("line.separator", "\n"));
        headersSeparator = bytes(properties.getProperty("headers.separator", ","));
        nullLiteral = bytes(properties.getProperty("null.literal", "null"));
        keyText = FieldText.ofClass(properties.getProperty("key.deserializer"));
        valueText = FieldText.ofClass(properties.getProperty("value.deserializer"));
        headerText = FieldText.ofClass(
                properties.getProperty("headers.deserializer", properties.getProperty("header.deserializer")));
    }

    private static boolean flag(Properties properties, String key, boolean absent) {
        return properties.getProperty(key, String.valueOf(absent)).trim().equalsIgnoreCase("true");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        boolean first = true;
        if (timestamp) {
            out.print(
                    record.timestamp() < 0
                            ? "NO_TIMESTAMP"
                            : record.timestampType().configName() + ":" + record.timestamp());
            first = false;
        }
        if (partition) {
            separate(out, first);
            out.print("Partition:" + record.partition());
            first = false;
        }
        if (offset) {
            separate(out, first);
            out.print("Offset:" + record.offset());
            first = false;
        }
        if (headers) {
            separate(out, first);
            printHeaders(record.headers(), out);
            first = false;
        }
        if (key) {
            separate(out, first);
            write(out, field(keyText, record.key()));
            first = false;
        }
        if (value) {
            separate(out, first);
            write(out, field(valueText, record.value()));
        }
        write(out, lineSeparator);
    }

    private void separate(PrintStream out, boolean first) {
        if (!first) {
            write(out, keySeparator);
        }
    }

    private void printHeaders(List<RecordHeader> headers, PrintStream out) {
        if (headers.isEmpty()) {
            out.print("NO_HEADERS");
        }
        for (int i = 0; i < headers.size(); i++) {
            if (i > 0) {
                write(out, headersSeparator);
            }
            out.print(headers.get(i).key());
            out.print(':');
            write(out, field(headerText, headers.get(i).value()));
        }
    }

    private byte[] field(FieldText text, byte @Nullable [] data) {
        return data == null ? nullLiteral : text.of(data);
    }

    private static void write(PrintStream out, byte[] data) {
        out.write(data, 0, data.length);
    }

    /** Everything there is to know of the record, whatever is to be printed as text. */
    @Override
    public Map<String, @Nullable Object> document(ConsumerRecord<byte[], byte[]> record) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("topic", record.topic());
        document.put("partition", record.partition());
        document.put("offset", record.offset());
        document.put("timestamp", record.timestamp());
        document.put("timestampType", record.timestampType().configName());
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        for (RecordHeader header : record.headers()) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("key", header.key());
            one.put("value", text(headerText, header.value()));
            all.add(one);
        }
        document.put("headers", all);
        document.put("key", text(keyText, record.key()));
        document.put("value", text(valueText, record.value()));
        return document;
    }

    private static @Nullable String text(FieldText text, byte @Nullable [] data) {
        return data == null ? null : new String(text.of(data), StandardCharsets.UTF_8);
    }
}
