package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Moves the log start offset of partitions forward.
 */
public final class DeleteRecords {

    private DeleteRecords() {}

    /** The request of {@link ApiKey#DELETE_RECORDS}. */
    public static final class Request implements Message {
        public List<DeleteRecordsTopic> topics = List.of();
        /** How long to wait for the followers. */
        public int timeoutMs;

        @Override
        public void wire(Wire w) {
            topics = w.array(topics, DeleteRecordsTopic::new);
            timeoutMs = w.int32(timeoutMs);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_RECORDS;
        }

        public static final class DeleteRecordsTopic implements Struct {
            public String name = "";
            public List<DeleteRecordsPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, DeleteRecordsPartition::new);
                w.tags();
            }
        }

        public static final class DeleteRecordsPartition implements Struct {
            public int partitionIndex;
            /** The new log start offset; -1 for the high watermark. */
            public long offset;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                offset = w.int64(offset);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#DELETE_RECORDS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<DeleteRecordsTopicResult> topics = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            topics = w.array(topics, DeleteRecordsTopicResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_RECORDS;
        }

        public static final class DeleteRecordsTopicResult implements Struct {
            public String name = "";
            public List<DeleteRecordsPartitionResult> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, DeleteRecordsPartitionResult::new);
                w.tags();
            }
        }

        public static final class DeleteRecordsPartitionResult implements Struct {
            public int partitionIndex;
            /** The smallest log start offset among the replicas; -1 with an error. */
            public long lowWatermark;

            public short errorCode;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                lowWatermark = w.int64(lowWatermark);
                errorCode = w.int16(errorCode);
                w.tags();
            }
        }
    }
}
