package io.millrace.protocol;

import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;

/** Encodes and decodes whole messages, as the tests want it: on arrays, and without a byte left over. */
public final class Codec {
    private Codec() {}

    public static byte[] encode(Message message, int version) {
        WireWriter out = new WireWriter(version, message.apiKey().isFlexible(version));
        message.wire(out);
        ByteBuffer written = out.written();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        return bytes;
    }

    public static <M extends Message> M decode(M message, int version, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        message.wire(new WireReader(in, version, message.apiKey().isFlexible(version)));
        if (in.hasRemaining()) {
            throw new AssertionError(in.remaining() + " of " + bytes.length + " bytes left over by "
                    + message.getClass().getName() + " version " + version);
        }
        return message;
    }
}
