package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads record batches from partitions, for consumers and for followers.
 * The broker walks the request with {@code FetchRequestView} and writes the answer piecewise; this form serves clients and tests.
 */
public final class Fetch {

    private Fetch() {}

    /** The request of {@link ApiKey#FETCH}. */
    public static final class Request implements Message {
        /** Until version 14: broker id of a follower, -1 for a consumer, -2 for a debugging consumer. */
        public int replicaId = -1;
        /** How long the answer may wait for {@code minBytes}. */
        public int maxWaitMs;

        public int minBytes;
        /** Bytes of records in the answer, which only a first batch may exceed. */
        public int maxBytes = Integer.MAX_VALUE;
        /** 0: read to the high watermark; 1: to the last stable offset, and say which transactions were aborted. */
        public byte isolationLevel;
        /** 0 if there is none yet. */
        public int sessionId;
        /** 0 opens a session, -1 closes it or wants none; others count its requests. */
        public int sessionEpoch = -1;
        /** In a session only the partitions that are new or changed. */
        public List<FetchTopic> topics = List.of();
        /** Partitions that leave the session. */
        public List<ForgottenTopic> forgottenTopicsData = List.of();
        /** Where the consumer runs, to be sent to a replica nearby; empty for anywhere. */
        public String rackId = "";
        /** The cluster that the client means; null for any. */
        public @Nullable String clusterId;
        /** Since version 15: the follower that fetches. */
        public ReplicaState replicaState = new ReplicaState();

        @Override
        public void wire(Wire w) {
            if (w.until(14) || w.refuses("replicaId", replicaId != -1)) {
                replicaId = w.int32(replicaId);
            }
            maxWaitMs = w.int32(maxWaitMs);
            minBytes = w.int32(minBytes);
            if (w.since(3)) {
                maxBytes = w.int32(maxBytes);
            }
            if (w.since(4)) {
                isolationLevel = w.int8(isolationLevel);
            }
            if (w.since(7)) {
                sessionId = w.int32(sessionId);
                sessionEpoch = w.int32(sessionEpoch);
            }
            topics = w.array(topics, FetchTopic::new);
            if (w.since(7) || w.refuses("forgottenTopicsData", !forgottenTopicsData.isEmpty())) {
                forgottenTopicsData = w.array(forgottenTopicsData, ForgottenTopic::new);
            }
            if (w.since(11)) {
                rackId = w.string(rackId);
            }
            w.beginTags();
            if (w.since(12) && w.tag(0, clusterId != null)) {
                clusterId = w.nullableString(clusterId);
            }
            if ((w.since(15) || w.refuses("replicaState", !replicaState.isDefault()))
                    && w.tag(1, !replicaState.isDefault())) {
                replicaState = w.struct(replicaState);
            }
            w.endTags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.FETCH;
        }

        public static final class FetchTopic implements Struct {
            /** Instead of the name, since version 13. */
            public Uuid topicId = Uuid.ZERO;

            public String topic = "";
            public List<FetchPartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(13)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(12)) {
                    topic = w.string(topic);
                }
                partitions = w.array(partitions, FetchPartition::new);
                w.tags();
            }
        }

        public static final class FetchPartition implements Struct {
            public int partition;
            /** The leader epoch that the client knows; -1 to not have it checked. */
            public int currentLeaderEpoch = -1;

            public long fetchOffset;
            /**
             * Epoch of the last record that the client has, to find out whether logs diverged; -1 to not have it checked.
             */
            public int lastFetchedEpoch = -1;
            /** Of the follower; -1 from a consumer. */
            public long logStartOffset = -1;
            /** Bytes of this partition, which only a first batch may exceed. */
            public int partitionMaxBytes;
            /** Log directory of the follower. */
            public Uuid replicaDirectoryId = Uuid.ZERO;
            /** The high watermark that the follower knows; the largest long if it does not say. */
            public long highWatermark = Long.MAX_VALUE;

            @Override
            public void wire(Wire w) {
                partition = w.int32(partition);
                if (w.since(9)) {
                    currentLeaderEpoch = w.int32(currentLeaderEpoch);
                }
                fetchOffset = w.int64(fetchOffset);
                if (w.since(12) || w.refuses("lastFetchedEpoch", lastFetchedEpoch != -1)) {
                    lastFetchedEpoch = w.int32(lastFetchedEpoch);
                }
                if (w.since(5)) {
                    logStartOffset = w.int64(logStartOffset);
                }
                partitionMaxBytes = w.int32(partitionMaxBytes);
                w.beginTags();
                if (w.since(17) && w.tag(0, !replicaDirectoryId.equals(Uuid.ZERO))) {
                    replicaDirectoryId = w.uuid(replicaDirectoryId);
                }
                if (w.since(18) && w.tag(1, highWatermark != Long.MAX_VALUE)) {
                    highWatermark = w.int64(highWatermark);
                }
                w.endTags();
            }
        }

        public static final class ForgottenTopic implements Struct {
            public Uuid topicId = Uuid.ZERO;
            public String topic = "";
            public int[] partitions = new int[0];

            @Override
            public void wire(Wire w) {
                if (w.since(13)) {
                    topicId = w.uuid(topicId);
                }
                if (w.between(7, 12)) {
                    topic = w.string(topic);
                }
                if (w.since(7) || w.refuses("partitions", partitions.length != 0)) {
                    partitions = w.int32Array(partitions);
                }
                w.tags();
            }
        }

        public static final class ReplicaState implements Struct {
            /** Broker id of a follower, -1 for a consumer, -2 for a debugging consumer. */
            public int replicaId = -1;
            /** Broker epoch of the follower, or -1. */
            public long replicaEpoch = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(15) || w.refuses("replicaId", replicaId != -1)) {
                    replicaId = w.int32(replicaId);
                }
                if (w.since(15) || w.refuses("replicaEpoch", replicaEpoch != -1)) {
                    replicaEpoch = w.int64(replicaEpoch);
                }
                w.tags();
            }

            boolean isDefault() {
                return replicaId == -1 && replicaEpoch == -1;
            }
        }
    }

    /** The response of {@link ApiKey#FETCH}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        /** Of the request as a whole, such as an unknown session. */
        public short errorCode;
        /** 0 if no session was opened. */
        public int sessionId;

        public List<FetchableTopicResponse> responses = List.of();
        /** Where the leaders named in {@code currentLeader} can be reached. */
        public List<NodeEndpoint> nodeEndpoints = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            if (w.since(7)) {
                errorCode = w.int16(errorCode);
            }
            if (w.since(7) || w.refuses("sessionId", sessionId != 0)) {
                sessionId = w.int32(sessionId);
            }
            responses = w.array(responses, FetchableTopicResponse::new);
            w.beginTags();
            if ((w.since(16) || w.refuses("nodeEndpoints", !nodeEndpoints.isEmpty()))
                    && w.tag(0, !nodeEndpoints.isEmpty())) {
                nodeEndpoints = w.array(nodeEndpoints, NodeEndpoint::new);
            }
            w.endTags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.FETCH;
        }

        public static final class FetchableTopicResponse implements Struct {
            /** Instead of the name, since version 13. */
            public Uuid topicId = Uuid.ZERO;

            public String topic = "";
            public List<PartitionData> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(13)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(12)) {
                    topic = w.string(topic);
                }
                partitions = w.array(partitions, PartitionData::new);
                w.tags();
            }
        }

        public static final class PartitionData implements Struct {
            public int partitionIndex;
            public short errorCode;
            /** -1 with an error. */
            public long highWatermark;
            /** Where the oldest open transaction begins, or the high watermark; -1 if unknown. */
            public long lastStableOffset = -1;
            /** -1 if unknown. */
            public long logStartOffset = -1;
            /** Those whose records lie in this answer; null for those who read uncommitted records. */
            public @Nullable List<AbortedTransaction> abortedTransactions = List.of();
            /** Broker to fetch from instead, with no records here; -1 for this one. */
            public int preferredReadReplica = -1;
            /** Batches, of which the first may begin before the offset wanted and the last may be cut off. */
            public @Nullable ByteBuffer records;
            /** Where the logs part, if they do: the follower has to truncate. */
            public EpochEndOffset divergingEpoch = new EpochEndOffset();
            /** Who leads instead, along with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH. */
            public LeaderIdAndEpoch currentLeader = new LeaderIdAndEpoch();
            /** Only in the metadata log of KRaft. */
            public SnapshotId snapshotId = new SnapshotId();

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                highWatermark = w.int64(highWatermark);
                if (w.since(4)) {
                    lastStableOffset = w.int64(lastStableOffset);
                }
                if (w.since(5)) {
                    logStartOffset = w.int64(logStartOffset);
                }
                if (w.since(4)) {
                    abortedTransactions = w.nullableArray(abortedTransactions, AbortedTransaction::new);
                }
                if (w.since(11) || w.refuses("preferredReadReplica", preferredReadReplica != -1)) {
                    preferredReadReplica = w.int32(preferredReadReplica);
                }
                records = w.nullableRecords(records);
                w.beginTags();
                if ((w.since(12) || w.refuses("divergingEpoch", !divergingEpoch.isDefault()))
                        && w.tag(0, !divergingEpoch.isDefault())) {
                    divergingEpoch = w.struct(divergingEpoch);
                }
                if ((w.since(12) || w.refuses("currentLeader", !currentLeader.isDefault()))
                        && w.tag(1, !currentLeader.isDefault())) {
                    currentLeader = w.struct(currentLeader);
                }
                if ((w.since(12) || w.refuses("snapshotId", !snapshotId.isDefault()))
                        && w.tag(2, !snapshotId.isDefault())) {
                    snapshotId = w.struct(snapshotId);
                }
                w.endTags();
            }
        }

        public static final class AbortedTransaction implements Struct {
            public long producerId;
            /** Of the transaction; its records are to be skipped up to its abort marker. */
            public long firstOffset;

            @Override
            public void wire(Wire w) {
                if (w.since(4) || w.refuses("producerId", producerId != 0)) {
                    producerId = w.int64(producerId);
                }
                if (w.since(4) || w.refuses("firstOffset", firstOffset != 0)) {
                    firstOffset = w.int64(firstOffset);
                }
                w.tags();
            }
        }

        public static final class EpochEndOffset implements Struct {
            /** Largest epoch of the leader that is not above the last one of the follower. */
            public int epoch = -1;
            /** Where that epoch ends in the log of the leader. */
            public long endOffset = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(12) || w.refuses("epoch", epoch != -1)) {
                    epoch = w.int32(epoch);
                }
                if (w.since(12) || w.refuses("endOffset", endOffset != -1)) {
                    endOffset = w.int64(endOffset);
                }
                w.tags();
            }

            boolean isDefault() {
                return epoch == -1 && endOffset == -1;
            }
        }

        public static final class LeaderIdAndEpoch implements Struct {
            public int leaderId = -1;
            public int leaderEpoch = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(12) || w.refuses("leaderId", leaderId != -1)) {
                    leaderId = w.int32(leaderId);
                }
                if (w.since(12) || w.refuses("leaderEpoch", leaderEpoch != -1)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                w.tags();
            }

            boolean isDefault() {
                return leaderId == -1 && leaderEpoch == -1;
            }
        }

        public static final class SnapshotId implements Struct {
            public long endOffset = -1;
            public int epoch = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(12) || w.refuses("endOffset", endOffset != -1)) {
                    endOffset = w.int64(endOffset);
                }
                if (w.since(12) || w.refuses("epoch", epoch != -1)) {
                    epoch = w.int32(epoch);
                }
                w.tags();
            }

            boolean isDefault() {
                return endOffset == -1 && epoch == -1;
            }
        }

        public static final class NodeEndpoint implements Struct {
            public int nodeId;
            public String host = "";
            public int port;
            public @Nullable String rack;

            @Override
            public void wire(Wire w) {
                if (w.since(16) || w.refuses("nodeId", nodeId != 0)) {
                    nodeId = w.int32(nodeId);
                }
                if (w.since(16) || w.refuses("host", !host.isEmpty())) {
                    host = w.string(host);
                }
                if (w.since(16) || w.refuses("port", port != 0)) {
                    port = w.int32(port);
                }
                if (w.since(16) || w.refuses("rack", rack != null)) {
                    rack = w.nullableString(rack);
                }
                w.tags();
            }
        }
    }
}
