package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads how far consumer groups have come.
 */
public final class OffsetFetch {

    private OffsetFetch() {}

    /** The request of {@link ApiKey#OFFSET_FETCH}. */
    public static final class Request implements Message {
        /** Since version 8; before, the one of {@code groupId}. */
        public List<OffsetFetchRequestGroup> groups = List.of();

        public String groupId = "";
        /** Null for all topics of the group; until version 7. */
        public @Nullable List<OffsetFetchRequestTopic> topics = List.of();
        /** Whether an offset that an open transaction is about to commit is an error, UNSTABLE_OFFSET_COMMIT. */
        public boolean requireStable;

        @Override
        public void wire(Wire w) {
            if (w.since(8) || w.refuses("groups", !groups.isEmpty())) {
                groups = w.array(groups, OffsetFetchRequestGroup::new);
            }
            if (w.until(7) || w.refuses("groupId", !groupId.isEmpty())) {
                groupId = w.string(groupId);
            }
            if (w.until(7) || w.refuses("topics", (topics == null || !topics.isEmpty()))) {
                topics = w.since(2)
                        ? w.nullableArray(topics, OffsetFetchRequestTopic::new)
                        : w.array(topics, OffsetFetchRequestTopic::new);
            }
            if (w.since(7) || w.refuses("requireStable", requireStable)) {
                requireStable = w.bool(requireStable);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_FETCH;
        }

        public static final class OffsetFetchRequestGroup implements Struct {
            public String groupId = "";
            /** Null outside the newer group protocol. */
            public @Nullable String memberId;
            /** -1 outside the newer group protocol. */
            public int memberEpoch = -1;
            /** Null for all topics of the group. */
            public @Nullable List<OffsetFetchRequestTopics> topics = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(8) || w.refuses("groupId", !groupId.isEmpty())) {
                    groupId = w.string(groupId);
                }
                if (w.since(9)) {
                    memberId = w.nullableString(memberId);
                    memberEpoch = w.int32(memberEpoch);
                }
                if (w.since(8) || w.refuses("topics", (topics == null || !topics.isEmpty()))) {
                    topics = w.nullableArray(topics, OffsetFetchRequestTopics::new);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchRequestTopics implements Struct {
            /** Instead of the name, since version 10. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public int[] partitionIndexes = new int[0];

            @Override
            public void wire(Wire w) {
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                if (w.between(8, 9)) {
                    name = w.string(name);
                }
                if (w.since(8) || w.refuses("partitionIndexes", partitionIndexes.length != 0)) {
                    partitionIndexes = w.int32Array(partitionIndexes);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchRequestTopic implements Struct {
            public String name = "";
            public int[] partitionIndexes = new int[0];

            @Override
            public void wire(Wire w) {
                if (w.until(7) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.until(7) || w.refuses("partitionIndexes", partitionIndexes.length != 0)) {
                    partitionIndexes = w.int32Array(partitionIndexes);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#OFFSET_FETCH}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<OffsetFetchResponseGroup> groups = List.of();
        /** Until version 7. */
        public List<OffsetFetchResponseTopic> topics = List.of();
        /** Versions 2 to 7. */
        public short errorCode;

        @Override
        public void wire(Wire w) {
            if (w.since(3)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            if (w.since(8) || w.refuses("groups", !groups.isEmpty())) {
                groups = w.array(groups, OffsetFetchResponseGroup::new);
            }
            if (w.until(7) || w.refuses("topics", !topics.isEmpty())) {
                topics = w.array(topics, OffsetFetchResponseTopic::new);
            }
            if (w.between(2, 7)) {
                errorCode = w.int16(errorCode);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_FETCH;
        }

        public static final class OffsetFetchResponseGroup implements Struct {
            public String groupId = "";
            public List<OffsetFetchResponseTopics> topics = List.of();
            public short errorCode;

            @Override
            public void wire(Wire w) {
                if (w.since(8) || w.refuses("groupId", !groupId.isEmpty())) {
                    groupId = w.string(groupId);
                }
                if (w.since(8) || w.refuses("topics", !topics.isEmpty())) {
                    topics = w.array(topics, OffsetFetchResponseTopics::new);
                }
                if (w.since(8) || w.refuses("errorCode", errorCode != 0)) {
                    errorCode = w.int16(errorCode);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchResponseTopics implements Struct {
            /** Instead of the name, since version 10. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public List<OffsetFetchResponsePartitions> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                if (w.between(8, 9)) {
                    name = w.string(name);
                }
                if (w.since(8) || w.refuses("partitions", !partitions.isEmpty())) {
                    partitions = w.array(partitions, OffsetFetchResponsePartitions::new);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchResponsePartitions implements Struct {
            public int partitionIndex;
            /** -1 if none was committed. */
            public long committedOffset;
            /** Of the record before it, -1 if unknown. */
            public int committedLeaderEpoch = -1;
            /** Empty if there is none. */
            public @Nullable String metadata = "";

            public short errorCode;

            @Override
            public void wire(Wire w) {
                if (w.since(8) || w.refuses("partitionIndex", partitionIndex != 0)) {
                    partitionIndex = w.int32(partitionIndex);
                }
                if (w.since(8) || w.refuses("committedOffset", committedOffset != 0)) {
                    committedOffset = w.int64(committedOffset);
                }
                if (w.since(8)) {
                    committedLeaderEpoch = w.int32(committedLeaderEpoch);
                }
                if (w.since(8) || w.refuses("metadata", (metadata == null || !metadata.isEmpty()))) {
                    metadata = w.nullableString(metadata);
                }
                if (w.since(8) || w.refuses("errorCode", errorCode != 0)) {
                    errorCode = w.int16(errorCode);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchResponseTopic implements Struct {
            public String name = "";
            public List<OffsetFetchResponsePartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.until(7) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.until(7) || w.refuses("partitions", !partitions.isEmpty())) {
                    partitions = w.array(partitions, OffsetFetchResponsePartition::new);
                }
                w.tags();
            }
        }

        public static final class OffsetFetchResponsePartition implements Struct {
            public int partitionIndex;
            /** -1 if none was committed. */
            public long committedOffset;
            /** Of the record before it, -1 if unknown. */
            public int committedLeaderEpoch = -1;
            /** Empty if there is none. */
            public @Nullable String metadata = "";

            public short errorCode;

            @Override
            public void wire(Wire w) {
                if (w.until(7) || w.refuses("partitionIndex", partitionIndex != 0)) {
                    partitionIndex = w.int32(partitionIndex);
                }
                if (w.until(7) || w.refuses("committedOffset", committedOffset != 0)) {
                    committedOffset = w.int64(committedOffset);
                }
                if (w.between(5, 7)) {
                    committedLeaderEpoch = w.int32(committedLeaderEpoch);
                }
                if (w.until(7) || w.refuses("metadata", (metadata == null || !metadata.isEmpty()))) {
                    metadata = w.nullableString(metadata);
                }
                if (w.until(7) || w.refuses("errorCode", errorCode != 0)) {
                    errorCode = w.int16(errorCode);
                }
                w.tags();
            }
        }
    }
}
