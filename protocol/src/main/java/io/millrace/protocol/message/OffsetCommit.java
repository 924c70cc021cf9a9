package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores how far a consumer group has come.
 */
public final class OffsetCommit {

    private OffsetCommit() {}

    /** The request of {@link ApiKey#OFFSET_COMMIT}. */
    public static final class Request implements Message {
        public String groupId = "";
        /** -1, with an empty member id, from a consumer outside the group protocol. */
        public int generationIdOrMemberEpoch = -1;

        public String memberId = "";
        /** Name of a static member, or null. */
        public @Nullable String groupInstanceId;
        /** Versions 2 to 4: how long to keep the offsets; -1 for as the broker is configured. */
        public long retentionTimeMs = -1;

        public List<OffsetCommitRequestTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            if (w.since(1)) {
                generationIdOrMemberEpoch = w.int32(generationIdOrMemberEpoch);
                memberId = w.string(memberId);
            }
            if (w.since(7) || w.refuses("groupInstanceId", groupInstanceId != null)) {
                groupInstanceId = w.nullableString(groupInstanceId);
            }
            if (w.between(2, 4)) {
                retentionTimeMs = w.int64(retentionTimeMs);
            }
            topics = w.array(topics, OffsetCommitRequestTopic::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_COMMIT;
        }

        public static final class OffsetCommitRequestTopic implements Struct {
            /** Instead of the name, since version 10. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public List<OffsetCommitRequestPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(9)) {
                    name = w.string(name);
                }
                partitions = w.array(partitions, OffsetCommitRequestPartition::new);
                w.tags();
            }
        }

        public static final class OffsetCommitRequestPartition implements Struct {
            public int partitionIndex;
            /** The next offset that the group wants to read. */
            public long committedOffset;
            /** Of the record before it, -1 if unknown. */
            public int committedLeaderEpoch = -1;
            /** Version 1 only: ms since 1970; -1 for now. */
            public long commitTimestamp = -1;
            /** Whatever the consumer wants to remember; null is kept as empty. */
            public @Nullable String committedMetadata = "";

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                committedOffset = w.int64(committedOffset);
                if (w.since(6)) {
                    committedLeaderEpoch = w.int32(committedLeaderEpoch);
                }
                if (w.between(1, 1) || w.refuses("commitTimestamp", commitTimestamp != -1)) {
                    commitTimestamp = w.int64(commitTimestamp);
                }
                committedMetadata = w.nullableString(committedMetadata);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#OFFSET_COMMIT}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<OffsetCommitResponseTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(3)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            topics = w.array(topics, OffsetCommitResponseTopic::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_COMMIT;
        }

        public static final class OffsetCommitResponseTopic implements Struct {
            /** Instead of the name, since version 10. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public List<OffsetCommitResponsePartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(9)) {
                    name = w.string(name);
                }
                partitions = w.array(partitions, OffsetCommitResponsePartition::new);
                w.tags();
            }
        }

        public static final class OffsetCommitResponsePartition implements Struct {
            public int partitionIndex;
            public short errorCode;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                w.tags();
            }
        }
    }
}
