package io.millrace.protocol.view;

import java.nio.ByteBuffer;

/**
 * Writes text as UTF-8 straight into a buffer, where {@link String#getBytes} would make an array first. Half a surrogate
 * pair becomes a question mark, as there.
 */
final class Utf8 {
    private Utf8() {}

    /** Bytes that {@link #write} takes. */
    static int length(String text) {
        int length = text.length();
        int bytes = length;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                continue;
            }
            if (c < 0x800) {
                bytes += 1;
            } else if (!Character.isSurrogate(c)) {
                bytes += 2;
            } else if (isPair(text, i)) {
                bytes += 2;
                i++;
            }
        }
        return bytes;
    }

    static void write(String text, ByteBuffer out) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                out.put((byte) c);
            } else if (c < 0x800) {
                out.put((byte) (0xc0 | c >> 6)).put((byte) (0x80 | c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                out.put((byte) (0xe0 | c >> 12))
                        .put((byte) (0x80 | c >> 6 & 0x3f))
                        .put((byte) (0x80 | c & 0x3f));
            } else if (isPair(text, i)) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                out.put((byte) (0xf0 | point >> 18)).put((byte) (0x80 | point >> 12 & 0x3f));
                out.put((byte) (0x80 | point >> 6 & 0x3f)).put((byte) (0x80 | point & 0x3f));
            } else {
                out.put((byte) '?');
            }
        }
    }

    private static boolean isPair(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
    }
}
