package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the producers that are writing to partitions.
 */
public final class DescribeProducers {

    private DescribeProducers() {}

    /** The request of {@link ApiKey#DESCRIBE_PRODUCERS}. */
    public static final class Request implements Message {
        public List<TopicRequest> topics = List.of();

        @Override
        public void wire(Wire w) {
            topics = w.array(topics, TopicRequest::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_PRODUCERS;
        }

        public static final class TopicRequest implements Struct {
            public String name = "";
            public int[] partitionIndexes = new int[0];

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitionIndexes = w.int32Array(partitionIndexes);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#DESCRIBE_PRODUCERS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<TopicResponse> topics = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            topics = w.array(topics, TopicResponse::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_PRODUCERS;
        }

        public static final class TopicResponse implements Struct {
            public String name = "";
            public List<PartitionResponse> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, PartitionResponse::new);
                w.tags();
            }
        }

        public static final class PartitionResponse implements Struct {
            public int partitionIndex;
            public short errorCode;
            public @Nullable String errorMessage;
            public List<ProducerState> activeProducers = List.of();

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                activeProducers = w.array(activeProducers, ProducerState::new);
                w.tags();
            }
        }

        public static final class ProducerState implements Struct {
            public long producerId;
            public int producerEpoch;
            /** -1 if it has no batch. */
            public int lastSequence = -1;
            /** Ms since 1970, or -1. */
            public long lastTimestamp = -1;
            /** Of the last transaction marker, -1 if there was none. */
            public int coordinatorEpoch;
            /** -1 if no transaction is open. */
            public long currentTxnStartOffset = -1;

            @Override
            public void wire(Wire w) {
                producerId = w.int64(producerId);
                producerEpoch = w.int32(producerEpoch);
                lastSequence = w.int32(lastSequence);
                lastTimestamp = w.int64(lastTimestamp);
                coordinatorEpoch = w.int32(coordinatorEpoch);
                currentTxnStartOffset = w.int64(currentTxnStartOffset);
                w.tags();
            }
        }
    }
}
