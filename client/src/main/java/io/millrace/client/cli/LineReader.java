package io.millrace.client.cli;

import io.millrace.client.ProducerRecord;
import io.millrace.protocol.record.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record of a line, as the reader of Kafka's console producer does: {@code headers TAB key TAB value}, of which
 * headers and key are there if the properties say so.
 */
final class LineReader {
    private final String topic;
    private final boolean parseKey;
    private final boolean parseHeaders;
    private final boolean ignoreError;
    private final String keySeparator;
    private final String headersDelimiter;
    private final Pattern headersSeparator;
    private final String headersKeySeparator;
    private final @Nullable String nullMarker;
    private int number;

    LineReader(String topic, Properties properties) {
        this.topic = topic;
        parseKey = flag(properties, "parse.key");
        parseHeaders = flag(properties, "parse.headers");
        ignoreError = flag(properties, "ignore.error");
        keySeparator = properties.getProperty("key.separator", "\t");
        headersDelimiter = properties.getProperty("headers.delimiter", "\t");
        String separator = properties.getProperty("headers.separator", ",");
        headersSeparator = Pattern.compile(separator, Pattern.LITERAL);
        headersKeySeparator = properties.getProperty("headers.key.separator", ":");
        nullMarker = properties.getProperty("null.marker");
        refuseEqual("headers.delimiter", headersDelimiter, "headers.separator", separator);
        refuseEqual("headers.delimiter", headersDelimiter, "headers.key.separator", headersKeySeparator);
        refuseEqual("headers.separator", separator, "headers.key.separator", headersKeySeparator);
        if (nullMarker != null) {
            refuseEqual("null.marker", nullMarker, "key.separator", keySeparator);
            refuseEqual("null.marker", nullMarker, "headers.separator", separator);
            refuseEqual("null.marker", nullMarker, "headers.delimiter", headersDelimiter);
            refuseEqual("null.marker", nullMarker, "headers.key.separator", headersKeySeparator);
        }
    }

    private static boolean flag(Properties properties, String key) {
        return properties.getProperty(key, "false").trim().equalsIgnoreCase("true");
    }

    private static void refuseEqual(String name, String value, String other, String otherValue) {
        if (value.equals(otherValue)) {
            throw new ToolFailure(name + " and " + other + " may not be equal");
        }
    }

    /** @throws ToolFailure if a separator is missing and that is not to be ignored */
    ProducerRecord<byte[], byte[]> record(String line) {
        number++;
        int start = 0;
        String headers = null;
        if (parseHeaders) {
            int end = find(line, start, headersDelimiter, "headers delimiter");
            if (end >= 0) {
                headers = line.substring(start, end);
                start = end + headersDelimiter.length();
            }
        }
        String key = null;
        if (parseKey) {
            int end = find(line, start, keySeparator, "key separator");
            if (end >= 0) {
                key = line.substring(start, end);
                start = end + keySeparator.length();
            }
        }
        return new ProducerRecord<>(
                topic,
                null,
                null,
                bytes(key),
                bytes(line.substring(start)),
                headers == null || headers.equals(nullMarker) ? List.of() : headers(headers));
    }

    private int find(String line, int start, String separator, String what) {
        int at = line.indexOf(separator, start);
        if (at < 0 && !ignoreError) {
            throw new ToolFailure("No " + what + " found on line number " + number + ": '" + line + "'");
        }
        return at;
    }

    private List<RecordHeader> headers(String text) {
        List<RecordHeader> headers = new ArrayList<>();
        for (String pair : headersSeparator.split(text)) {
            int at = pair.indexOf(headersKeySeparator);
            if (at < 0 && !ignoreError) {
                throw new ToolFailure("No header key separator found in pair '" + pair + "' on line number " + number);
            }
            String name = at < 0 ? pair : pair.substring(0, at);
            if (name.equals(nullMarker)) {
                throw new ToolFailure("Header keys should not be equal to the null marker '" + nullMarker
                        + "' as they can't be null");
            }
            headers.add(
                    new RecordHeader(name, at < 0 ? null : bytes(pair.substring(at + headersKeySeparator.length()))));
        }
        return headers;
    }

    private byte @Nullable [] bytes(@Nullable String text) {
        return text == null || text.equals(nullMarker) ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
