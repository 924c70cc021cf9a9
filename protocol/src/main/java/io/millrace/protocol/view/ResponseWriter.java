package io.millrace.protocol.view;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Varint;
import io.millrace.protocol.wire.Wire;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a response body piece by piece. The length of a frame stands in front of it, so the same calls are made twice:
 * after {@link #measure} they only count, after {@link #write} they put the bytes down at the buffer's position.
 *
 * <p>Fields that the version does not have are left out without complaint: the caller gives all it knows. The counts
 * announced are checked against the pieces that follow, since a wrong one would spoil the connection.
 */
public abstract sealed class ResponseWriter permits ProduceResponseWriter, FetchResponseWriter {
    private final ApiKey apiKey;
    private int version;
    private boolean flexible;
    private @Nullable ByteBuffer out;
    private int size;
    private int topicsLeft;
    private int partitionsLeft;

    ResponseWriter(ApiKey apiKey) {
        this.apiKey = apiKey;
    }

    /** The pieces that follow are counted, in {@link #size()}. */
    public final void measure(int version) {
        start(version, null);
    }

    /**
     * The pieces that follow are written.
     *
     * @param out big-endian, with room for what was measured; its position moves on
     */
    public final void write(ByteBuffer out, int version) {
        start(version, out);
    }

    /** Bytes counted or written since {@link #measure} or {@link #write}. */
    public final int size() {
        return size;
    }

    private void start(int version, @Nullable ByteBuffer out) {
        if (!apiKey.hasVersion(version)) {
            throw new IllegalArgumentException(apiKey + " has no version " + version);
        }
        this.version = version;
        this.flexible = apiKey.isFlexible(version);
        this.out = out;
        this.size = 0;
        this.topicsLeft = 0;
        this.partitionsLeft = 0;
    }

    final boolean since(int version) {
        return this.version >= version;
    }

    final void topics(int count) {
        topicsLeft = count;
        length(count);
    }

    /** Begins a topic, whose name is written in versions with names, and whose id is in the others. */
    final void topic(String name, Uuid id, int partitions, boolean ids) {
        if (topicsLeft == 0 || partitionsLeft != 0) {
            throw new IllegalStateException("A topic too many, or before all partitions of the one before it");
        }
        topicsLeft--;
        partitionsLeft = partitions;
        if (ids) {
            int64(id.mostSignificantBits());
            int64(id.leastSignificantBits());
        } else {
            string(name);
        }
        length(partitions);
        if (partitions == 0) {
            noTags();
        }
    }

    final void takePartition() {
        if (partitionsLeft == 0) {
            throw new IllegalStateException("A partition more than was announced");
        }
    }

    /** Ends a partition and, with the last one, its topic. */
    final void closePartition() {
        if (--partitionsLeft == 0) {
            noTags();
        }
    }

    final void endTopics() {
        if (topicsLeft != 0 || partitionsLeft != 0) {
            throw new IllegalStateException(
                    topicsLeft + " topics and " + partitionsLeft + " partitions less than were announced");
        }
    }

    /** The tagged fields of a response: the endpoints of other brokers, or nothing. */
    final void endpointTags(List<NodeEndpoint> endpoints, boolean has) {
        if (!has || endpoints.isEmpty()) {
            noTags();
            return;
        }
        int value = Varint.sizeOfUnsigned(endpoints.size() + 1);
        for (int i = 0; i < endpoints.size(); i++) {
            NodeEndpoint e = endpoints.get(i);
            value += 2 * Integer.BYTES + stringSize(e.host()) + stringSize(e.rack()) + 1;
        }
        uvarint(1);
        tag(0, value);
        length(endpoints.size());
        for (int i = 0; i < endpoints.size(); i++) {
            NodeEndpoint e = endpoints.get(i);
            int32(e.nodeId());
            string(e.host());
            int32(e.port());
            string(e.rack());
            noTags();
        }
    }

    final void tag(int number, int size) {
        uvarint(number);
        uvarint(size);
    }

    final void noTags() {
        if (flexible) {
            int8((byte) 0);
        }
    }

    final void int8(byte value) {
        size += Byte.BYTES;
        if (out != null) {
            out.put(value);
        }
    }

    final void int16(short value) {
        size += Short.BYTES;
        if (out != null) {
            out.putShort(value);
        }
    }

    final void int32(int value) {
        size += Integer.BYTES;
        if (out != null) {
            out.putInt(value);
        }
    }

    final void int64(long value) {
        size += Long.BYTES;
        if (out != null) {
            out.putLong(value);
        }
    }

    final void uvarint(int value) {
        size += Varint.sizeOfUnsigned(value);
        if (out != null) {
            Varint.writeUnsigned(out, value);
        }
    }

    /** The length of bytes or the count of an array; -1 is null. */
    final void length(int length) {
        if (flexible) {
            uvarint(length + 1);
        } else {
            int32(length);
        }
    }

    final void string(@Nullable String value) {
        int length = value == null ? -1 : utf8Length(value);
        if (flexible) {
            uvarint(length + 1);
        } else {
            int16((short) length);
        }
        if (value != null) {
            size += length;
            if (out != null) {
                Utf8.write(value, out);
            }
        }
    }

    /** Bytes of a string in a flexible version. */
    private static int stringSize(@Nullable String value) {
        if (value == null) {
            return 1;
        }
        int length = utf8Length(value);
        return Varint.sizeOfUnsigned(length + 1) + length;
    }

    private static int utf8Length(String value) {
        int length = Utf8.length(value);
        if (length > Wire.MAX_STRING_BYTES) {
            throw new WireException("A string of " + length + " bytes, longer than " + Wire.MAX_STRING_BYTES);
        }
        return length;
    }
}
