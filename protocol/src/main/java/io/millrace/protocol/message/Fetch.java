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
        public int replicaId = -1;
        public int maxWaitMs;
        public int minBytes;
        public int maxBytes = Integer.MAX_VALUE;
        public byte isolationLevel;
        public int sessionId;
        public int sessionEpoch = -1;
        public List<FetchTopic> topics = List.of();
        public List<ForgottenTopic> forgottenTopicsData = List.of();
        public String rackId = "";
        public @Nullable String clusterId;
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
            public int currentLeaderEpoch = -1;
            public long fetchOffset;
            public int lastFetchedEpoch = -1;
            public long logStartOffset = -1;
            public int partitionMaxBytes;
            public Uuid replicaDirectoryId = Uuid.ZERO;
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
            public int replicaId = -1;
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
        public short errorCode;
        public int sessionId;
        public List<FetchableTopicResponse> responses = List.of();
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
            public long highWatermark;
            public long lastStableOffset = -1;
            public long logStartOffset = -1;
            public @Nullable List<AbortedTransaction> abortedTransactions = List.of();
            public int preferredReadReplica = -1;
            public @Nullable ByteBuffer records;
            public EpochEndOffset divergingEpoch = new EpochEndOffset();
            public LeaderIdAndEpoch currentLeader = new LeaderIdAndEpoch();
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
            public int epoch = -1;
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
