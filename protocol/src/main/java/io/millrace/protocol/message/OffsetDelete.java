package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Deletes committed offsets of a group.
 */
public final class OffsetDelete {

    private OffsetDelete() {}

    /** The request of {@link ApiKey#OFFSET_DELETE}. */
    public static final class Request implements Message {
        public String groupId = "";
        public List<OffsetDeleteRequestTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            topics = w.array(topics, OffsetDeleteRequestTopic::new);
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_DELETE;
        }

        public static final class OffsetDeleteRequestTopic implements Struct {
            public String name = "";
            public List<OffsetDeleteRequestPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, OffsetDeleteRequestPartition::new);
            }
        }

        public static final class OffsetDeleteRequestPartition implements Struct {
            public int partitionIndex;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
            }
        }
    }

    /** The response of {@link ApiKey#OFFSET_DELETE}. */
    public static final class Response implements Message {
        public short errorCode;
        public int throttleTimeMs;
        public List<OffsetDeleteResponseTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            throttleTimeMs = w.int32(throttleTimeMs);
            topics = w.array(topics, OffsetDeleteResponseTopic::new);
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_DELETE;
        }

        public static final class OffsetDeleteResponseTopic implements Struct {
            public String name = "";
            public List<OffsetDeleteResponsePartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, OffsetDeleteResponsePartition::new);
            }
        }

        public static final class OffsetDeleteResponsePartition implements Struct {
            public int partitionIndex;
            public short errorCode;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
            }
        }
    }
}
