package io.millrace.broker.api;

import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.view.ProduceRequestView;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendOrigin;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers Produce. The request is walked in place, on the event loop: each partition's records are appended where they lie in
 * the frame, and the outcome goes into arrays that are used again. With acks=all a request that the replicas do not have yet
 * waits in a {@link DelayedProduce}.
 */
public final class ProduceHandler implements ApiHandler {
    /** Kafka's tools write to internal topics under this client id, nobody else may. */
    private static final String ADMIN_CLIENT_ID = "__admin_client";

    private final ReplicaManager replicas;
    private final MetadataCache metadata;

    public ProduceHandler(ReplicaManager replicas, MetadataCache metadata) {
        this.replicas = replicas;
        this.metadata = metadata;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.PRODUCE;
    }

    @Override
    public void handle(RequestContext context) {
        ProduceScratch scratch = ProduceScratch.ofThisThread();
        ProduceRequestView request = scratch.request().wrap(context.body(), context.apiVersion());
        ProduceResult result = scratch.result();
        result.clear();
        ErrorCode refusal = refusal(request, context.body());
        if (refusal == ErrorCode.NONE) {
            append(request, context, scratch);
        } else {
            for (int i = 0; i < request.partitionCount(); i++) {
                result.refused(refusal);
            }
        }
        if (request.acks() == 0) {
            finishUnacknowledged(context, request, result);
        } else if (request.acks() == -1 && refusal == ErrorCode.NONE && !isCommitted(result)) {
            DelayedProduce delayed = new DelayedProduce(replicas.timer(), context, metadata, scratch.handOverResult());
            context.whenClosed(delayed::giveUp);
            delayed.begin(request.timeoutMs());
        } else {
            scratch.respond(context, metadata, result);
        }
    }

    private void append(ProduceRequestView request, RequestContext context, ProduceScratch scratch) {
        boolean internalAllowed = ADMIN_CLIENT_ID.equals(context.clientId());
        while (request.nextTopic()) {
            String topic = request.hasTopicIds() ? replicas.topicName(request.topicId()) : request.topic();
            while (request.nextPartition()) {
                if (topic == null) {
                    scratch.result().refused(ErrorCode.UNKNOWN_TOPIC_ID);
                } else if (InternalTopics.contains(topic) && !internalAllowed) {
                    scratch.result().refused(ErrorCode.INVALID_TOPIC_EXCEPTION);
                } else {
                    append(topic, request, context, scratch);
                }
            }
        }
    }

    private void append(String topic, ProduceRequestView request, RequestContext context, ProduceScratch scratch) {
        ByteBuffer body = context.body();
        ProduceResult result = scratch.result();
        Partition partition = replicas.partition(topic, request.partition());
        if (partition == null) {
            refuseAbsent(topic, request.partition(), result);
            return;
        }
        int index = request.recordsIndex();
        int length = request.recordsLength();
        ErrorCode error = ProduceRules.check(body, index, length, request.version());
        if (error != ErrorCode.NONE) {
            result.refused(error);
            reportRefusal(
                    context,
                    topic,
                    request.partition(),
                    error,
                    "they are none that version " + request.version() + " of Produce can carry");
            return;
        }
        // The body itself is narrowed to the records, which saves a view.
        int position = body.position();
        int limit = body.limit();
        try {
            body.limit(index + length).position(index);
            partition.appendAsLeader(body, AppendOrigin.CLIENT, request.acks(), scratch.appendInfo());
            result.appended(partition, scratch.appendInfo());
        } catch (StorageException e) {
            if (e.error() == ErrorCode.NOT_LEADER_OR_FOLLOWER) {
                result.refused(e.error(), partition.leaderId(), partition.leaderEpoch());
            } else {
                result.refused(e, partition.log().logStartOffset());
                if (isFaultOfRecords(e.error())) {
                    reportRefusal(context, topic, request.partition(), e.error(), e.getMessage());
                }
            }
        } finally {
            body.limit(limit).position(position);
        }
    }

    private static void reportRefusal(
            RequestContext context, String topic, int partition, ErrorCode error, @Nullable String reason) {
        context.reportRefusal(
                "records for " + topic + "-" + partition + " that are refused with " + error + ": " + reason);
    }

    /** Whether no broker would take these records; the rest comes and goes with leaders, replicas and disks. */
    private static boolean isFaultOfRecords(ErrorCode error) {
        return switch (error) {
            case CORRUPT_MESSAGE,
                    INVALID_RECORD,
                    INVALID_TIMESTAMP,
                    MESSAGE_TOO_LARGE,
                    RECORD_LIST_TOO_LARGE,
                    UNSUPPORTED_COMPRESSION_TYPE,
                    UNSUPPORTED_FOR_MESSAGE_FORMAT -> true;
            default -> false;
        };
    }

    private void refuseAbsent(String topic, int number, ProduceResult result) {
        @Nullable PartitionMetadata known = metadata.snapshot().partition(topic, number);
        if (known == null) {
            result.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        } else {
            result.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER, known.leader(), known.leaderEpoch());
        }
    }

    /** What is wrong with the request as a whole, or NONE. */
    private static ErrorCode refusal(ProduceRequestView request, ByteBuffer body) {
        if (!ProduceRules.isAcks(request.acks())) {
            return ErrorCode.INVALID_REQUIRED_ACKS;
        }
        ErrorCode refusal = ErrorCode.NONE;
        while (refusal == ErrorCode.NONE && request.nextTopic()) {
            while (request.nextPartition()) {
                if (ProduceRules.isTransactional(body, request.recordsIndex(), request.recordsLength())) {
                    // No transaction can be under way: InitProducerId gives no transactional producer an id here.
                    refusal = request.transactionalId() == null
                            ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
                            : ErrorCode.INVALID_TXN_STATE;
                }
            }
        }
        request.rewind();
        return refusal;
    }

    private static boolean isCommitted(ProduceResult result) {
        for (int i = 0; i < result.count(); i++) {
            Partition partition = result.partition(i);
            if (partition != null && !partition.isCommitted(result.endOffset(i))) {
                return false;
            }
        }
        return true;
    }

    /** Nobody waits for an answer; a closed connection is the one way to say that something is wrong. */
    private static void finishUnacknowledged(RequestContext context, ProduceRequestView request, ProduceResult result) {
        if (!result.failed()) {
            context.respondNothing();
            return;
        }
        for (int i = 0; i < result.count(); i++) {
            if (result.error(i) != ErrorCode.NONE) {
                context.closeConnection("a produce request with acks=0 of " + context.clientId() + " failed with "
                        + result.error(i) + ", which cannot be answered otherwise");
                return;
            }
        }
    }
}
