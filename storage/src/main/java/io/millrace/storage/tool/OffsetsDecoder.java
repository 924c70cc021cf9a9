package io.millrace.storage.tool;

import static io.millrace.storage.tool.PlainFields.bytes;
import static io.millrace.storage.tool.PlainFields.json;
import static io.millrace.storage.tool.PlainFields.list;
import static io.millrace.storage.tool.PlainFields.string;

import java.nio.ByteBuffer;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The records of {@code __consumer_offsets}, as JSON: commits by group, topic and partition, and the members of groups. */
final class OffsetsDecoder implements RecordText {
    private static final int LAST_COMMIT_KEY = 1;
    private static final int GROUP_KEY = 2;
    private static final int LAST_PLAIN_VERSION = 3;
    private static final String CONSUMER = "consumer";

    @Override
    public boolean isJson() {
        return true;
    }

    @Override
    public @Nullable String key(@Nullable ByteBuffer key) {
        if (key == null) {
            return "<NULL>";
        }
        ByteBuffer in = key.duplicate();
        int type = in.getShort();
        StringJoiner data = new StringJoiner(",", "{", "}");
        data.add("\"group\":" + json(string(in)));
        if (type <= LAST_COMMIT_KEY) {
            data.add("\"topic\":" + json(string(in))).add("\"partition\":" + in.getInt());
        } else if (type != GROUP_KEY) {
            return "{\"type\":\"" + type + "\",\"data\":\"unknown\"}";
        }
        return "{\"type\":\"" + type + "\",\"data\":" + data + "}";
    }

    @Override
    public String value(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (value == null) {
            return "<DELETE>";
        }
        int type = key == null ? -1 : key.duplicate().getShort();
        ByteBuffer in = value.duplicate();
        int version = in.getShort();
        boolean known = type >= 0 && type <= GROUP_KEY && version >= 0 && version <= LAST_PLAIN_VERSION;
        String data = !known ? "\"unknown\"" : type == GROUP_KEY ? group(in, version) : commit(in, version);
        return "{\"version\":\"" + version + "\",\"data\":" + data + "}";
    }

    private static String commit(ByteBuffer in, int version) {
        StringJoiner data = new StringJoiner(",", "{", "}").add("\"offset\":" + in.getLong());
        if (version >= 3) {
            data.add("\"leaderEpoch\":" + in.getInt());
        }
        data.add("\"metadata\":" + json(string(in))).add("\"commitTimestamp\":" + in.getLong());
        if (version == 1) {
            data.add("\"expireTimestamp\":" + in.getLong());
        }
        return data.toString();
    }

    private static String group(ByteBuffer in, int version) {
        String protocolType = string(in);
        StringJoiner data = new StringJoiner(",", "{", "}")
                .add("\"protocolType\":" + json(protocolType))
                .add("\"generation\":" + in.getInt())
                .add("\"protocol\":" + json(string(in)))
                .add("\"leader\":" + json(string(in)));
        if (version >= 2) {
            data.add("\"currentStateTimestamp\":" + in.getLong());
        }
        return data.add("\"members\":" + list(in, member -> member(member, version, CONSUMER.equals(protocolType))))
                .toString();
    }

    private static String member(ByteBuffer in, int version, boolean consumer) {
        StringJoiner data = new StringJoiner(",", "{", "}").add("\"memberId\":" + json(string(in)));
        if (version >= 3) {
            data.add("\"groupInstanceId\":" + json(string(in)));
        }
        data.add("\"clientId\":" + json(string(in))).add("\"clientHost\":" + json(string(in)));
        if (version >= 1) {
            data.add("\"rebalanceTimeout\":" + in.getInt());
        }
        data.add("\"sessionTimeout\":" + in.getInt());
        ByteBuffer subscription = bytes(in);
        ByteBuffer assignment = bytes(in);
        return data.add("\"subscription\":"
                        + (consumer ? subscription(subscription) : PlainFields.base64(subscription)))
                .add("\"assignment\":" + (consumer ? assignment(assignment) : PlainFields.base64(assignment)))
                .toString();
    }

    private static String subscription(@Nullable ByteBuffer in) {
        if (in == null || in.remaining() < Short.BYTES) {
            return PlainFields.base64(in);
        }
        int version = in.getShort();
        StringJoiner data = new StringJoiner(",", "{", "}")
                .add("\"topics\":" + list(in, topic -> json(string(topic))))
                .add("\"userData\":" + PlainFields.base64(bytes(in)));
        if (version >= 1) {
            data.add("\"ownedPartitions\":" + list(in, OffsetsDecoder::partitions));
        }
        if (version >= 2) {
            data.add("\"generationId\":" + in.getInt());
        }
        if (version >= 3) {
            data.add("\"rackId\":" + json(string(in)));
        }
        return data.toString();
    }

    private static String assignment(@Nullable ByteBuffer in) {
        if (in == null || in.remaining() < Short.BYTES) {
            return PlainFields.base64(in);
        }
        in.getShort();
        return "{\"assignedPartitions\":" + list(in, OffsetsDecoder::partitions) + ",\"userData\":"
                + PlainFields.base64(bytes(in)) + "}";
    }

    private static String partitions(ByteBuffer in) {
        return "{\"topic\":" + json(string(in)) + ",\"partitions\":"
                + list(in, partition -> Integer.toString(partition.getInt())) + "}";
    }
}
