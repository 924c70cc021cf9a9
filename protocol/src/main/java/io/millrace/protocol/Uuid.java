package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;

/** A 128-bit id, as topics and log directories have one. Its text form is URL-safe base64 of 22 characters, unpadded. */
public record Uuid(long mostSignificantBits, long leastSignificantBits) {
    /** Stands for "no id". */
    public static final Uuid ZERO = new Uuid(0, 0);

    /** Those that only read ids, such as the tools, do without: it takes ten milliseconds to set up. */
    private static final class Source {
        static final SecureRandom RANDOM = new SecureRandom();
    }

    /** A new random id (RFC 4122 version 4) whose text does not begin with a dash, which tools would take for an option. */
    public static Uuid random() {
        Uuid uuid;
        do {
            long high = (Source.RANDOM.nextLong() & ~0xf000L) | 0x4000L;
            long low = (Source.RANDOM.nextLong() & ~(3L << 62)) | (1L << 63);
            uuid = new Uuid(high, low);
        } while (uuid.toString().startsWith("-"));
        return uuid;
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if the text is not the base64 of 16 bytes
     */
    public static Uuid parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != 16) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an id: it stands for " + bytes.length + " bytes, not 16");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Uuid(buffer.getLong(), buffer.getLong());
    }

    // Those that a record comes with are put together from method handles when they are first called, which takes
    // ten milliseconds.
    @Override
    public boolean equals(Object other) {
        return other instanceof Uuid uuid
                && uuid.mostSignificantBits == mostSignificantBits
                && uuid.leastSignificantBits == leastSignificantBits;
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(mostSignificantBits) + Long.hashCode(leastSignificantBits);
    }

    @Override
    public String toString() {
        byte[] bytes = ByteBuffer.allocate(16)
                .putLong(mostSignificantBits)
                .putLong(leastSignificantBits)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
