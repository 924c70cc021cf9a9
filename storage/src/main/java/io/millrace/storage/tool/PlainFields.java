package io.millrace.storage.tool;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.StringJoiner;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Fields of the records of internal topics, in the encoding without tags, and how they look as JSON. */
final class PlainFields {
    private PlainFields() {}

    static @Nullable String string(ByteBuffer in) {
        int length = in.getShort();
        return length < 0 ? null : RecordText.utf8(take(in, length));
    }

    static @Nullable ByteBuffer bytes(ByteBuffer in) {
        int length = in.getInt();
        return length < 0 ? null : take(in, length);
    }

    /** The entries of an array, each as JSON. */
    static String list(ByteBuffer in, Function<ByteBuffer, String> entry) {
        StringJoiner entries = new StringJoiner(",", "[", "]");
        for (int left = in.getInt(); left > 0; left--) {
            entries.add(entry.apply(in));
        }
        return entries.toString();
    }

    private static ByteBuffer take(ByteBuffer in, int length) {
        ByteBuffer taken = in.slice(in.position(), length);
        in.position(in.position() + length);
        return taken;
    }

    static String base64(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            return "null";
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return '"' + Base64.getEncoder().encodeToString(copy) + '"';
    }

    static String json(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04X", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
