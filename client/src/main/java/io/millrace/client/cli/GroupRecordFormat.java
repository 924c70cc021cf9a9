package io.millrace.client.cli;

import io.millrace.client.ConsumerRecord;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.GroupRecords;
import io.millrace.protocol.message.GroupRecords.GroupMetadataKey;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import io.millrace.protocol.message.GroupRecords.MemberMetadata;
import io.millrace.protocol.message.GroupRecords.OffsetCommitKey;
import io.millrace.protocol.message.GroupRecords.OffsetCommitValue;
import io.millrace.protocol.wire.WireException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows what is in {@code __consumer_offsets}, as Kafka's {@code OffsetsMessageFormatter} and {@code GroupMetadataMessageFormatter}
 * do: each passes over the records of the other. A line for each record, where those of Kafka 3.9 print JSON without a break.
 */
enum GroupRecordFormat implements RecordFormat {
    /** Commits as JSON. */
    OFFSETS,
    /** Commits as text, as the class of the same name in {@code kafka.coordinator.group.GroupMetadataManager} prints them. */
    OLD_OFFSETS,
    /** Generations of groups as JSON. */
    GROUPS;

    private static final String UNKNOWN = "unknown";

    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        if (this == OLD_OFFSETS) {
            printOld(record, out);
            return;
        }
        Object document = document(record);
        if (document != null) {
            out.print(Json.write(document) + "\n");
        }
    }

    @Override
    public @Nullable Object document(ConsumerRecord<byte[], byte[]> record) {
        try {
            return versioned(record);
        } catch (WireException e) {
            throw malformed(record, e);
        }
    }

    private @Nullable Object versioned(ConsumerRecord<byte[], byte[]> record) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        ByteBuffer key = buffer(record.key());
        int type = -1;
        if (key == null) {
            document.put("key", null);
        } else {
            type = GroupRecords.keyType(key);
            if (type <= GroupRecords.GROUP_METADATA_KEY
                    && (this == GROUPS) != (type == GroupRecords.GROUP_METADATA_KEY)) {
                return null;
            }
            document.put("key", part(type, key(type, key)));
        }
        ByteBuffer value = buffer(record.value());
        if (value == null) {
            document.put("value", null);
        } else {
            if (value.remaining() < Short.BYTES) {
                throw new WireException("A value without a version");
            }
            int version = value.getShort(0);
            document.put("value", part(version, value(type, version, value)));
        }
        return document;
    }

    private static Map<String, Object> part(int version, Object data) {
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("version", version);
        part.put("data", data);
        return part;
    }

    private static Object key(int type, ByteBuffer in) {
        Map<String, Object> data = new LinkedHashMap<>();
        if (type == GroupRecords.GROUP_METADATA_KEY) {
            data.put("group", GroupMetadataKey.parse(in).group);
            return data;
        }
        if (type != GroupRecords.OFFSET_COMMIT_KEY && type != GroupRecords.LEGACY_OFFSET_COMMIT_KEY) {
            return UNKNOWN;
        }
        OffsetCommitKey key = OffsetCommitKey.parse(in);
        data.put("group", key.group);
        data.put("topic", key.topic);
        data.put("partition", key.partition);
        return data;
    }

    private static Object value(int type, int version, ByteBuffer in) {
        if (type < 0 || type > GroupRecords.GROUP_METADATA_KEY) {
            return UNKNOWN;
        }
        return type == GroupRecords.GROUP_METADATA_KEY
                ? group(version, GroupMetadataValue.parse(in))
                : commit(version, OffsetCommitValue.parse(in));
    }

    private static Map<String, Object> commit(int version, OffsetCommitValue value) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("offset", value.offset);
        if (version >= 3) {
            data.put("leaderEpoch", value.leaderEpoch);
        }
        data.put("metadata", value.metadata);
        data.put("commitTimestamp", value.commitTimestamp);
        if (version == 1) {
            data.put("expireTimestamp", value.expireTimestamp);
        }
        if (!value.topicId.equals(Uuid.ZERO)) {
            data.put("topicId", value.topicId);
        }
        return data;
    }

    private static Map<String, @Nullable Object> group(int version, GroupMetadataValue value) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("protocolType", value.protocolType);
        data.put("generation", value.generation);
        data.put("protocol", value.protocol);
        data.put("leader", value.leader);
        if (version >= 2) {
            data.put("currentStateTimestamp", value.currentStateTimestamp);
        }
        data.put(
                "members",
                value.members.stream().map(member -> member(version, member)).toList());
        return data;
    }

    private static Map<String, @Nullable Object> member(int version, MemberMetadata member) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("memberId", member.memberId);
        if (version >= 3) {
            data.put("groupInstanceId", member.groupInstanceId);
        }
        data.put("clientId", member.clientId);
        data.put("clientHost", member.clientHost);
        if (version >= 1) {
            data.put("rebalanceTimeout", member.rebalanceTimeout);
        }
        data.put("sessionTimeout", member.sessionTimeout);
        data.put("subscription", Base64.getEncoder().encodeToString(member.subscription));
        data.put("assignment", Base64.getEncoder().encodeToString(member.assignment));
        return data;
    }

    private static void printOld(ConsumerRecord<byte[], byte[]> record, PrintStream out) {
        ByteBuffer in = buffer(record.key());
        try {
            if (in == null || GroupRecords.keyType(in) > GroupRecords.OFFSET_COMMIT_KEY) {
                return;
            }
            OffsetCommitKey key = OffsetCommitKey.parse(in);
            ByteBuffer value = buffer(record.value());
            out.print("[" + key.group + "," + key.topic + "," + key.partition + "]::"
                    + (value == null ? "NULL" : oldText(OffsetCommitValue.parse(value))) + "\n");
        } catch (WireException e) {
            throw malformed(record, e);
        }
    }

    private static String oldText(OffsetCommitValue value) {
        return "OffsetAndMetadata(offset=" + value.offset
                + ", leaderEpoch=" + (value.leaderEpoch < 0 ? "Optional.empty" : "Optional[" + value.leaderEpoch + "]")
                + ", metadata=" + value.metadata
                + ", commitTimestamp=" + value.commitTimestamp
                + ", expireTimestamp="
                + (value.expireTimestamp < 0 ? "None" : "Some(" + value.expireTimestamp + ")") + ")";
    }

    private static @Nullable ByteBuffer buffer(byte @Nullable [] data) {
        return data == null ? null : ByteBuffer.wrap(data);
    }

    private static ToolFailure malformed(ConsumerRecord<byte[], byte[]> record, WireException e) {
        return new ToolFailure("The record at offset " + record.offset() + " of " + record.topicPartition()
                + " is none of __consumer_offsets (" + e.getMessage() + "); read that topic, or use another formatter");
    }
}
