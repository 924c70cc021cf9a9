package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends record batches to partitions.
 * The broker walks the request with {@code ProduceRequestView} instead; this form serves clients and tests.
 */
public final class Produce {

    private Produce() {}

    /** The request of {@link ApiKey#PRODUCE}. */
    public static final class Request implements Message {
        /** Null unless the producer is transactional. */
        public @Nullable String transactionalId;
        /** 0: no answer; 1: when the leader has it; -1: when all in-sync replicas have it. */
        public short acks;
        /** How long to wait for the replicas. */
        public int timeoutMs;

        public List<TopicProduceData> topicData = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(3) || w.refuses("transactionalId", transactionalId != null)) {
                transactionalId = w.nullableString(transactionalId);
            }
            acks = w.int16(acks);
            timeoutMs = w.int32(timeoutMs);
            topicData = w.array(topicData, TopicProduceData::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.PRODUCE;
        }

        public static final class TopicProduceData implements Struct {
            /** Instead of the name, since version 13. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public List<PartitionProduceData> partitionData = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(13)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(12)) {
                    name = w.string(name);
                }
                partitionData = w.array(partitionData, PartitionProduceData::new);
                w.tags();
            }
        }

        public static final class PartitionProduceData implements Struct {
            public int index;
            /** One record batch, or a message set in versions up to 2; null is refused by brokers. */
            public @Nullable ByteBuffer records;

            @Override
            public void wire(Wire w) {
                index = w.int32(index);
                records = w.nullableRecords(records);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#PRODUCE}. */
    public static final class Response implements Message {
        public List<TopicProduceResponse> responses = List.of();
        public int throttleTimeMs;
        /** Where the leaders named in {@code currentLeader} can be reached. */
        public List<NodeEndpoint> nodeEndpoints = List.of();

        @Override
        public void wire(Wire w) {
            responses = w.array(responses, TopicProduceResponse::new);
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            w.beginTags();
            if ((w.since(10) || w.refuses("nodeEndpoints", !nodeEndpoints.isEmpty()))
                    && w.tag(0, !nodeEndpoints.isEmpty())) {
                nodeEndpoints = w.array(nodeEndpoints, NodeEndpoint::new);
            }
            w.endTags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.PRODUCE;
        }

        public static final class TopicProduceResponse implements Struct {
            /** Instead of the name, since version 13. */
            public Uuid topicId = Uuid.ZERO;

            public String name = "";
            public List<PartitionProduceResponse> partitionResponses = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(13)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(12)) {
                    name = w.string(name);
                }
                partitionResponses = w.array(partitionResponses, PartitionProduceResponse::new);
                w.tags();
            }
        }

        public static final class PartitionProduceResponse implements Struct {
            public int index;
            public short errorCode;
            /** Offset of the first record appended; -1 with an error. */
            public long baseOffset;
            /** When the broker stamped the records; -1 if they keep the time of the producer. */
            public long logAppendTimeMs = -1;
            /** -1 if unknown. */
            public long logStartOffset = -1;
            /** The records for which the whole batch was refused. */
            public List<BatchIndexAndErrorMessage> recordErrors = List.of();
            /** For people, or null; shared by all of {@code recordErrors} that have none. */
            public @Nullable String errorMessage;
            /** Who leads instead, along with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH. */
            public LeaderIdAndEpoch currentLeader = new LeaderIdAndEpoch();

            @Override
            public void wire(Wire w) {
                index = w.int32(index);
                errorCode = w.int16(errorCode);
                baseOffset = w.int64(baseOffset);
                if (w.since(2)) {
                    logAppendTimeMs = w.int64(logAppendTimeMs);
                }
                if (w.since(5)) {
                    logStartOffset = w.int64(logStartOffset);
                }
                if (w.since(8)) {
                    recordErrors = w.array(recordErrors, BatchIndexAndErrorMessage::new);
                    errorMessage = w.nullableString(errorMessage);
                }
                w.beginTags();
                if ((w.since(10) || w.refuses("currentLeader", !currentLeader.isDefault()))
                        && w.tag(0, !currentLeader.isDefault())) {
                    currentLeader = w.struct(currentLeader);
                }
                w.endTags();
            }
        }

        public static final class BatchIndexAndErrorMessage implements Struct {
            /** Place of the record in its batch, from 0. */
            public int batchIndex;

            public @Nullable String batchIndexErrorMessage;

            @Override
            public void wire(Wire w) {
                if (w.since(8) || w.refuses("batchIndex", batchIndex != 0)) {
                    batchIndex = w.int32(batchIndex);
                }
                if (w.since(8) || w.refuses("batchIndexErrorMessage", batchIndexErrorMessage != null)) {
                    batchIndexErrorMessage = w.nullableString(batchIndexErrorMessage);
                }
                w.tags();
            }
        }

        public static final class LeaderIdAndEpoch implements Struct {
            public int leaderId = -1;
            public int leaderEpoch = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(10) || w.refuses("leaderId", leaderId != -1)) {
                    leaderId = w.int32(leaderId);
                }
                if (w.since(10) || w.refuses("leaderEpoch", leaderEpoch != -1)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                w.tags();
            }

            boolean isDefault() {
                return leaderId == -1 && leaderEpoch == -1;
            }
        }

        public static final class NodeEndpoint implements Struct {
            public int nodeId;
            public String host = "";
            public int port;
            public @Nullable String rack;

            @Override
            public void wire(Wire w) {
                if (w.since(10) || w.refuses("nodeId", nodeId != 0)) {
                    nodeId = w.int32(nodeId);
                }
                if (w.since(10) || w.refuses("host", !host.isEmpty())) {
                    host = w.string(host);
                }
                if (w.since(10) || w.refuses("port", port != 0)) {
                    port = w.int32(port);
                }
                if (w.since(10) || w.refuses("rack", rack != null)) {
                    rack = w.nullableString(rack);
                }
                w.tags();
            }
        }
    }
}
