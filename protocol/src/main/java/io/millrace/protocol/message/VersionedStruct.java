package io.millrace.protocol.message;

import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;

/**
 * A structure that carries its own version: an int16 in front of its fields. So are written the records of the internal topics, and what
 * members of a group tell each other through the coordinator. No frame says their version, so the bytes must.
 */
public abstract class VersionedStruct implements Struct {

    VersionedStruct() {}

    /** Whether this version has compact lengths and tagged fields. */
    abstract boolean isFlexible(int version);

    /**
     * The version followed by the fields.
     *
     * @throws WireException if a field holds a value that this version cannot carry
     */
    public final byte[] toBytes(int version) {
        WireWriter out = new WireWriter(version, isFlexible(version));
        out.int16((short) version);
        wire(out);
        ByteBuffer written = out.written();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }

    /** Reads the version that bytes begin with, leaving the position alone. */
    static short versionOf(ByteBuffer in, String what) {
        if (in.remaining() < Short.BYTES) {
            throw new WireException(what + " of " + in.remaining() + " bytes, too short for a version");
        }
        return in.getShort(in.position());
    }

    /** Reads the fields of {@code version} that follow the two bytes of the version; the position of {@code in} stays. */
    static <T extends VersionedStruct> T readFields(ByteBuffer in, int version, T into) {
        ByteBuffer fields = in.slice(in.position() + Short.BYTES, in.remaining() - Short.BYTES);
        into.wire(new WireReader(fields, version, into.isFlexible(version)));
        return into;
    }
}
