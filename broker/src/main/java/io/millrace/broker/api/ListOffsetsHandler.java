package io.millrace.broker.api;

import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsets.Response.ListOffsetsPartitionResponse;
import io.millrace.protocol.message.ListOffsets.Response.ListOffsetsTopicResponse;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.TimestampOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Answers ListOffsets: where a partition begins, where it ends, and which record is the first at or after a time. The last
 * opens the indexes of old segments and reads records, which takes as long as a disk does, so not on a loop.
 */
public final class ListOffsetsHandler extends MessageHandler<ListOffsets.Request> {
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;
    private static final long EARLIEST_LOCAL = -4;
    private static final long LATEST_TIERED = -5;
    private static final long EARLIEST_PENDING_UPLOAD = -6;

    private static final int FIRST_WITH_EPOCH = 4;

    /** From this version on clients know OFFSET_NOT_AVAILABLE. */
    private static final int FIRST_TO_WAIT = 5;

    private static final int CONSUMER = -1;
    private static final int DEBUGGING_CONSUMER = -2;
    private static final byte READ_COMMITTED = 1;

    private final ReplicaManager replicas;
    private final Executor executor;

    /** @param executor may wait for a disk; nothing that others wait for should have to wait for it */
    public ListOffsetsHandler(ReplicaManager replicas, Executor executor) {
        super(ApiKey.LIST_OFFSETS, ListOffsets.Request::new);
        this.replicas = replicas;
        this.executor = executor;
    }

    @Override
    protected void handle(ListOffsets.Request request, RequestContext context) {
        if (context.apiVersion() > 0 && asksForTime(request)) {
            Guarded.on(executor, context, () -> answer(request, context));
        } else {
            answer(request, context);
        }
    }

    private static boolean asksForTime(ListOffsets.Request request) {
        for (ListOffsetsTopic topic : request.topics) {
            for (ListOffsetsPartition wanted : topic.partitions) {
                if (isTime(wanted.timestamp)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isTime(long timestamp) {
        return timestamp == MAX_TIMESTAMP || timestamp >= 0;
    }

    private void answer(ListOffsets.Request request, RequestContext context) {
        ListOffsets.Response response = new ListOffsets.Response();
        response.topics = new ArrayList<>(request.topics.size());
        for (ListOffsetsTopic topic : request.topics) {
            ListOffsetsTopicResponse ofTopic = new ListOffsetsTopicResponse();
            ofTopic.name = topic.name;
            ofTopic.partitions = new ArrayList<>(topic.partitions.size());
            for (ListOffsetsPartition wanted : topic.partitions) {
                ofTopic.partitions.add(answer(request, topic.name, wanted, context.apiVersion()));
            }
            response.topics.add(ofTopic);
        }
        context.respond(response);
    }

    private ListOffsetsPartitionResponse answer(
            ListOffsets.Request request, String topic, ListOffsetsPartition wanted, int version) {
        ListOffsetsPartitionResponse answer = new ListOffsetsPartitionResponse();
        answer.partitionIndex = wanted.partitionIndex;
        Partition partition = replicas.partition(topic, wanted.partitionIndex);
        ErrorCode error = partition == null
                ? replicas.absence(topic, wanted.partitionIndex)
                : partition.check(wanted.currentLeaderEpoch, request.replicaId != DEBUGGING_CONSUMER);
        if (partition == null || error != ErrorCode.NONE) {
            answer.errorCode = error.code();
            return answer;
        }
        try {
            // Asked first: the end does not go back afterwards.
            boolean mayGoBack = request.replicaId == CONSUMER && partition.isCatchingUpWithPredecessors();
            long bound = bound(partition.log(), request);
            if (version == 0) {
                answer.oldStyleOffsets = oldStyle(partition.log(), bound, wanted);
            } else {
                find(partition, bound, wanted.timestamp, answer);
                if (mayGoBack && (wanted.timestamp == LATEST || isTime(wanted.timestamp) && answer.offset < 0)) {
                    refuseForNow(answer, version);
                }
                if (version < FIRST_WITH_EPOCH) {
                    answer.leaderEpoch = -1;
                }
            }
        } catch (StorageException e) {
            answer.errorCode = e.error().code();
        }
        return answer;
    }

    /**
     * The end, or that there is nothing as late as that: a leader that has just been elected may say so of what others have read
     * long ago, and the client would stop short of it (KIP-207).
     */
    private static void refuseForNow(ListOffsetsPartitionResponse answer, int version) {
        answer.errorCode =
                (version < FIRST_TO_WAIT ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.OFFSET_NOT_AVAILABLE).code();
        answer.offset = -1;
        answer.leaderEpoch = -1;
    }

    /** The offset below which this client may see records. */
    private static long bound(PartitionLog log, ListOffsets.Request request) {
        if (request.replicaId >= 0 || request.replicaId == DEBUGGING_CONSUMER) {
            return log.logEndOffset();
        }
        return request.isolationLevel == READ_COMMITTED ? log.lastStableOffset() : log.highWatermark();
    }

    private static void find(Partition partition, long bound, long timestamp, ListOffsetsPartitionResponse answer) {
        PartitionLog log = partition.log();
        if (timestamp == LATEST) {
            answer.offset = bound;
            answer.leaderEpoch = log.leaderEpochs().latestEpoch();
        } else if (timestamp == EARLIEST || timestamp == EARLIEST_LOCAL) {
            answer.offset = log.logStartOffset();
            answer.leaderEpoch = log.leaderEpochs().epochForOffset(answer.offset);
        } else if (isTime(timestamp)) {
            TimestampOffset found =
                    timestamp == MAX_TIMESTAMP ? log.offsetOfMaxTimestamp() : log.offsetForTimestamp(timestamp);
            if (found.offset() >= 0 && found.offset() < bound) {
                answer.timestamp = found.timestamp();
                answer.offset = found.offset();
                answer.leaderEpoch = found.leaderEpoch();
            }
        } else if (timestamp != LATEST_TIERED && timestamp != EARLIEST_PENDING_UPLOAD) {
            // The two are about remote storage, of which there is none: nothing is found.
            answer.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
        }
    }

    /**
     * Version 0 asks for offsets before a time, newest first. Kafka gives the beginnings of segments; the beginning and the end of
     * the log are those that clients of that age make use of.
     */
    private static long[] oldStyle(PartitionLog log, long bound, ListOffsetsPartition wanted) {
        List<Long> offsets = new ArrayList<>(2);
        long start = log.logStartOffset();
        if (wanted.timestamp == LATEST) {
            offsets.add(bound);
            if (start < bound) {
                offsets.add(start);
            }
        } else if (wanted.timestamp == EARLIEST) {
            offsets.add(start);
        }
        return offsets.stream()
                .limit(Math.max(0, wanted.maxNumOffsets))
                .mapToLong(Long::longValue)
                .toArray();
    }
}
