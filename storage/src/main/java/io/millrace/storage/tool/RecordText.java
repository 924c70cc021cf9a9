package io.millrace.storage.tool;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How the key and the value of a record are printed: as text, or as what the records of an internal topic mean. */
interface RecordText {
    /** Null to print no key. */
    @Nullable
    String key(@Nullable ByteBuffer key);

    /** Null to print no value. */
    @Nullable
    String value(@Nullable ByteBuffer key, @Nullable ByteBuffer value);

    /** Whether what begins with a brace is JSON of our own. */
    default boolean isJson() {
        return false;
    }

    static String utf8(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
