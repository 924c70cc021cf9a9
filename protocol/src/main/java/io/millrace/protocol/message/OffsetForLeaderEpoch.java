package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Tells where a leader epoch ended, so that a log can be cut back to common ground.
 */
public final class OffsetForLeaderEpoch {

    private OffsetForLeaderEpoch() {}

    /** The request of {@link ApiKey#OFFSET_FOR_LEADER_EPOCH}. */
    public static final class Request implements Message {
        /** Broker id of a follower, -1 for a consumer, -2 for a debugging consumer. */
        public int replicaId = -2;

        public List<OffsetForLeaderTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(3)) {
                replicaId = w.int32(replicaId);
            }
            topics = w.array(topics, OffsetForLeaderTopic::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_FOR_LEADER_EPOCH;
        }

        public static final class OffsetForLeaderTopic implements Struct {
            public String topic = "";
            public List<OffsetForLeaderPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                topic = w.string(topic);
                partitions = w.array(partitions, OffsetForLeaderPartition::new);
                w.tags();
            }
        }

        public static final class OffsetForLeaderPartition implements Struct {
            public int partition;
            /** The leader epoch that the client knows; -1 to not have it checked. */
            public int currentLeaderEpoch = -1;
            /** The epoch whose end is wanted. */
            public int leaderEpoch;

            @Override
            public void wire(Wire w) {
                partition = w.int32(partition);
                if (w.since(2)) {
                    currentLeaderEpoch = w.int32(currentLeaderEpoch);
                }
                leaderEpoch = w.int32(leaderEpoch);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#OFFSET_FOR_LEADER_EPOCH}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<OffsetForLeaderTopicResult> topics = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(2)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            topics = w.array(topics, OffsetForLeaderTopicResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.OFFSET_FOR_LEADER_EPOCH;
        }

        public static final class OffsetForLeaderTopicResult implements Struct {
            public String topic = "";
            public List<EpochEndOffset> partitions = List.of();

            @Override
            public void wire(Wire w) {
                topic = w.string(topic);
                partitions = w.array(partitions, EpochEndOffset::new);
                w.tags();
            }
        }

        public static final class EpochEndOffset implements Struct {
            public short errorCode;
            public int partition;
            /** Largest epoch that is not above the one asked for; -1 if there is none. */
            public int leaderEpoch = -1;
            /** Where that epoch ends, exclusive; -1 if it is unknown. */
            public long endOffset = -1;

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                partition = w.int32(partition);
                if (w.since(1)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                endOffset = w.int64(endOffset);
                w.tags();
            }
        }
    }
}
