package io.millrace.storage.tool;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Fields of messages in the flexible versions of Kafka's formats: lengths are small numbers, and tagged fields may follow any struct. */
final class FlexibleFields {
    private FlexibleFields() {}

    /** How many elements follow; -1 if the array is null. */
    static int count(ByteBuffer in) {
        return unsigned(in) - 1;
    }

    static @Nullable String string(ByteBuffer in) {
        int length = unsigned(in) - 1;
        if (length < 0) {
            return null;
        }
        String text =
                StandardCharsets.UTF_8.decode(in.slice(in.position(), length)).toString();
        in.position(in.position() + length);
        return text;
    }

    /** Goes to the end of the struct, behind its tagged fields. */
    static void skipTagged(ByteBuffer in) {
        for (int fields = unsigned(in); fields > 0; fields--) {
            unsigned(in);
            int size = unsigned(in);
            if (size < 0 || size > in.remaining()) {
                throw new IndexOutOfBoundsException("A tagged field of " + size + " bytes");
            }
            in.position(in.position() + size);
        }
    }

    private static int unsigned(ByteBuffer in) {
        int value = 0;
        int shift = 0;
        int next;
        do {
            next = in.get();
            value |= (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0 && shift < Integer.SIZE);
        return value;
    }
}
