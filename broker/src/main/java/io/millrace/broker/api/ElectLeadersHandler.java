package io.millrace.broker.api;

import io.millrace.broker.controller.PartitionAdmin;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.ElectLeaders.Request.TopicPartitions;
import io.millrace.protocol.message.ElectLeaders.Response.PartitionResult;
import io.millrace.protocol.message.ElectLeaders.Response.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Answers ElectLeaders, if this broker is the controller, once the metadata show the new leaders. */
public final class ElectLeadersHandler extends MessageHandler<ElectLeaders.Request> {
    private static final byte PREFERRED = 0;

    private final PartitionAdmin controller;
    private final MetadataCache metadata;

    public ElectLeadersHandler(PartitionAdmin controller, MetadataCache metadata) {
        super(ApiKey.ELECT_LEADERS, ElectLeaders.Request::new);
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    protected void handle(ElectLeaders.Request request, RequestContext context) {
        Guarded.when(controller.electLeaders(request), context, response -> {
            if (response.errorCode != ErrorCode.NONE.code()) {
                context.respond(refused(request, response, context.apiVersion()));
                return;
            }
            boolean preferred = request.electionType == PREFERRED;
            Guarded.when(
                    metadata.when(news -> shows(news, response, preferred), Math.max(0, request.timeoutMs)),
                    context,
                    inTime -> {
                        if (!inTime) {
                            expire(response, preferred);
                        }
                        context.respond(response);
                    });
        });
    }

    private static boolean shows(ClusterSnapshot cluster, ElectLeaders.Response response, boolean preferred) {
        boolean[] shown = {true};
        eachElected(response, (partition, result) -> shown[0] &= isLed(cluster, partition, preferred));
        return shown[0];
    }

    private void expire(ElectLeaders.Response response, boolean preferred) {
        ClusterSnapshot cluster = metadata.snapshot();
        eachElected(response, (partition, result) -> {
            if (!isLed(cluster, partition, preferred)) {
                result.errorCode = ErrorCode.REQUEST_TIMED_OUT.code();
            }
        });
    }

    private static boolean isLed(ClusterSnapshot cluster, TopicPartition name, boolean preferred) {
        PartitionMetadata partition = cluster.partition(name);
        // One that is gone was deleted meanwhile, and nothing more will come of it.
        return partition == null
                || (preferred
                        ? partition.leader() == partition.replicas()[0]
                        : partition.leader() != PartitionMetadata.NO_LEADER);
    }

    private static void eachElected(
            ElectLeaders.Response response, BiConsumer<TopicPartition, PartitionResult> action) {
        for (ReplicaElectionResult topic : response.replicaElectionResults) {
            for (PartitionResult result : topic.partitionResult) {
                if (result.errorCode == ErrorCode.NONE.code()) {
                    action.accept(new TopicPartition(topic.topic, result.partitionId), result);
                }
            }
        }
    }

    /** Version 0 has no room for an error of the whole, so each partition gets it. */
    private static ElectLeaders.Response refused(
            ElectLeaders.Request request, ElectLeaders.Response response, short version) {
        short error = response.errorCode;
        response.errorCode = version == 0 ? ErrorCode.NONE.code() : error;
        List<TopicPartitions> asked = request.topicPartitions;
        response.replicaElectionResults = new ArrayList<>();
        if (asked != null) {
            for (TopicPartitions topic : asked) {
                ReplicaElectionResult refused = new ReplicaElectionResult();
                refused.topic = topic.topic;
                refused.partitionResult = new ArrayList<>();
                for (int partition : topic.partitions) {
                    PartitionResult result = new PartitionResult();
                    result.partitionId = partition;
                    result.errorCode = error;
                    result.errorMessage = null;
                    refused.partitionResult.add(result);
                }
                response.replicaElectionResults.add(refused);
            }
        }
        return response;
    }
}
