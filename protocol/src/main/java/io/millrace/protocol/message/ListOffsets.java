package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Finds the offset that belongs to a timestamp, or to the start or end of a partition.
 */
public final class ListOffsets {

    private ListOffsets() {}

    /** The request of {@link ApiKey#LIST_OFFSETS}. */
    public static final class Request implements Message {
        /** -1 from a consumer, which sees offsets up to the high watermark or last stable offset. */
        public int replicaId;
        /** 0: to the high watermark; 1: to the last stable offset. */
        public byte isolationLevel;

        public List<ListOffsetsTopic> topics = List.of();
        /** How long to wait for remote storage. */
        public int timeoutMs;

        @Override
        public void wire(Wire w) {
            replicaId = w.int32(replicaId);
            if (w.since(2) || w.refuses("isolationLevel", isolationLevel != 0)) {
                isolationLevel = w.int8(isolationLevel);
            }
            topics = w.array(topics, ListOffsetsTopic::new);
            if (w.since(10)) {
                timeoutMs = w.int32(timeoutMs);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_OFFSETS;
        }

        public static final class ListOffsetsTopic implements Struct {
            public String name = "";
            public List<ListOffsetsPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, ListOffsetsPartition::new);
                w.tags();
            }
        }

        public static final class ListOffsetsPartition implements Struct {
            public int partitionIndex;
            /** The leader epoch that the client knows; -1 to not have it checked. */
            public int currentLeaderEpoch = -1;
            /**
             * Ms since 1970 for the first record not older; -1 latest, -2 earliest, -3 the record of the largest
             * timestamp, -4 earliest local, -5 latest tiered.
             */
            public long timestamp;
            /** Version 0 only, which lists the starts of segments. */
            public int maxNumOffsets = 1;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                if (w.since(4)) {
                    currentLeaderEpoch = w.int32(currentLeaderEpoch);
                }
                timestamp = w.int64(timestamp);
                if (w.until(0) || w.refuses("maxNumOffsets", maxNumOffsets != 1)) {
                    maxNumOffsets = w.int32(maxNumOffsets);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#LIST_OFFSETS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<ListOffsetsTopicResponse> topics = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(2)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            topics = w.array(topics, ListOffsetsTopicResponse::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_OFFSETS;
        }

        public static final class ListOffsetsTopicResponse implements Struct {
            public String name = "";
            public List<ListOffsetsPartitionResponse> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, ListOffsetsPartitionResponse::new);
                w.tags();
            }
        }

        public static final class ListOffsetsPartitionResponse implements Struct {
            public int partitionIndex;
            public short errorCode;
            /** Of the record found, -1 for latest and earliest or if there is none. */
            public long timestamp = -1;
            /** -1 if there is no such record. */
            public long offset = -1;
            /** Of the record at the offset, -1 if unknown. */
            public int leaderEpoch = -1;
            /** Version 0 only, falling. */
            public long[] oldStyleOffsets = new long[0];

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                if (w.since(1) || w.refuses("timestamp", timestamp != -1)) {
                    timestamp = w.int64(timestamp);
                }
                if (w.since(1) || w.refuses("offset", offset != -1)) {
                    offset = w.int64(offset);
                }
                if (w.since(4) || w.refuses("leaderEpoch", leaderEpoch != -1)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                if (w.until(0) || w.refuses("oldStyleOffsets", oldStyleOffsets.length != 0)) {
                    oldStyleOffsets = w.int64Array(oldStyleOffsets);
                }
                w.tags();
            }
        }
    }
}
