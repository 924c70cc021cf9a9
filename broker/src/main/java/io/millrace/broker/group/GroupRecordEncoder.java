package io.millrace.broker.group;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.GroupRecords.GroupMetadataKey;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import io.millrace.protocol.message.GroupRecords.MemberMetadata;
import io.millrace.protocol.message.GroupRecords.OffsetCommitKey;
import io.millrace.protocol.message.GroupRecords.OffsetCommitValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes records for {@code __consumer_offsets} as Kafka 3.9 does. All throw
 * {@link io.millrace.protocol.wire.WireException} if a text is longer than the format can carry (32,767 bytes).
 */
final class GroupRecordEncoder {
    private static final int VALUE_VERSION = 3;
    /** The only version that carries an expiry. */
    private static final int OFFSET_WITH_EXPIRY_VERSION = 1;

    private static final int MAX_TEXT_BYTES = Short.MAX_VALUE;

    private GroupRecordEncoder() {}

    /** Whether a text is longer than the format can carry. */
    static boolean isTooLong(String text) {
        return text.length() > MAX_TEXT_BYTES / 3 && text.getBytes(StandardCharsets.UTF_8).length > MAX_TEXT_BYTES;
    }

    static GroupRecord offset(String group, TopicPartition partition, CommittedOffset offset) {
        OffsetCommitValue value = new OffsetCommitValue();
        value.offset = offset.offset();
        value.leaderEpoch = offset.leaderEpoch();
        value.metadata = offset.metadata();
        value.commitTimestamp = offset.commitTimestampMs();
        value.expireTimestamp = offset.expireTimestampMs();
        boolean expires = offset.expireTimestampMs() != CommittedOffset.NO_EXPIRY;
        return new GroupRecord(
                offsetKey(group, partition), value.toBytes(expires ? OFFSET_WITH_EXPIRY_VERSION : VALUE_VERSION));
    }

    static GroupRecord offsetTombstone(String group, TopicPartition partition) {
        return new GroupRecord(offsetKey(group, partition), null);
    }

    /** @param assignments by member id; a member that is not in there got nothing */
    static GroupRecord group(Group group, Map<String, byte[]> assignments) {
        GroupMetadataValue value = new GroupMetadataValue();
        value.protocolType = group.protocolType() == null ? "" : group.protocolType();
        value.generation = group.generation();
        value.protocol = group.protocolName();
        value.leader = group.leaderId();
        value.currentStateTimestamp = group.stateSinceMs();
        List<MemberMetadata> members = new ArrayList<>(group.size());
        for (GroupMember member : group.members()) {
            members.add(member(member, group.protocolName(), assignments));
        }
        value.members = members;
        return new GroupRecord(groupKey(group.id), value.toBytes(VALUE_VERSION));
    }

    static GroupRecord groupTombstone(String group) {
        return new GroupRecord(groupKey(group), null);
    }

    private static MemberMetadata member(
            GroupMember member, @Nullable String protocolName, Map<String, byte[]> assignments) {
        MemberMetadata metadata = new MemberMetadata();
        metadata.memberId = member.id;
        metadata.groupInstanceId = member.instanceId;
        metadata.clientId = member.clientId;
        metadata.clientHost = member.clientHost;
        metadata.rebalanceTimeout = member.rebalanceTimeoutMs;
        metadata.sessionTimeout = member.sessionTimeoutMs;
        metadata.subscription = member.metadata(protocolName);
        metadata.assignment = assignments.getOrDefault(member.id, new byte[0]);
        return metadata;
    }

    private static byte[] offsetKey(String group, TopicPartition partition) {
        OffsetCommitKey key = new OffsetCommitKey();
        key.group = group;
        key.topic = partition.topic();
        key.partition = partition.partition();
        return key.toBytes();
    }

    private static byte[] groupKey(String group) {
        GroupMetadataKey key = new GroupMetadataKey();
        key.group = group;
        return key.toBytes();
    }
}
