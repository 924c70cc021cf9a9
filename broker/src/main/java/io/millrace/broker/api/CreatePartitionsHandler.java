package io.millrace.broker.api;

import io.millrace.broker.controller.ApiError;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.CreatePartitions;
import io.millrace.protocol.message.CreatePartitions.Request.CreatePartitionsTopic;
import io.millrace.protocol.message.CreatePartitions.Response.CreatePartitionsTopicResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers CreatePartitions, if this broker is the controller, once the new partitions have leaders. */
public final class CreatePartitionsHandler extends MessageHandler<CreatePartitions.Request> {
    private final Controller controller;
    private final MetadataCache metadata;

    public CreatePartitionsHandler(Controller controller, MetadataCache metadata) {
        super(ApiKey.CREATE_PARTITIONS, CreatePartitions.Request::new);
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    protected void handle(CreatePartitions.Request request, RequestContext context) {
        boolean isController = controller.isActive();
        Set<String> names = new HashSet<>();
        Set<String> twice = new LinkedHashSet<>();
        request.topics.stream().filter(topic -> !names.add(topic.name)).forEach(topic -> twice.add(topic.name));
        Map<String, CompletableFuture<ApiError>> outcomes = new LinkedHashMap<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (CreatePartitionsTopic topic : request.topics) {
            counts.put(topic.name, topic.count);
            ApiError refusal = null;
            if (!isController) {
                refusal = new ApiError(ErrorCode.NOT_CONTROLLER, null);
            } else if (twice.contains(topic.name)) {
                refusal = new ApiError(ErrorCode.INVALID_REQUEST, "Duplicate topic in request.");
            } else if (InternalTopics.contains(topic.name)) {
                // Which partition a group belongs to follows from their number: almost every group
                // would lose its offsets.
                refusal = new ApiError(
                        ErrorCode.INVALID_PARTITIONS,
                        "The number of partitions of the internal topic " + topic.name + " cannot be changed.");
            }
            outcomes.put(
                    topic.name,
                    refusal != null
                            ? CompletableFuture.completedFuture(refusal)
                            : controller
                                    .topicAdmin()
                                    .growTopic(topic.name, topic.count, assignments(topic), request.validateOnly));
        }
        Guarded.when(
                CompletableFuture.allOf(outcomes.values().toArray(new CompletableFuture<?>[0])),
                context,
                done -> awaitAndRespond(outcomes, counts, request, context));
    }

    private void awaitAndRespond(
            Map<String, CompletableFuture<ApiError>> outcomes,
            Map<String, Integer> counts,
            CreatePartitions.Request request,
            RequestContext context) {
        PendingTopics pending = new PendingTopics(metadata);
        Map<String, ApiError> errors = new LinkedHashMap<>();
        outcomes.forEach((name, outcome) -> {
            ApiError error = outcome.join();
            errors.put(name, error);
            if (!error.failed() && !request.validateOnly) {
                pending.expect(name, counts.getOrDefault(name, 0));
            }
        });
        Guarded.when(pending.await(request.timeoutMs), context, late -> {
            late.forEach(name -> errors.put(name, new ApiError(ErrorCode.REQUEST_TIMED_OUT, null)));
            CreatePartitions.Response response = new CreatePartitions.Response();
            response.results = new ArrayList<>();
            errors.forEach((name, error) -> response.results.add(result(name, error)));
            context.respond(response);
        });
    }

    private static List<List<Integer>> assignments(CreatePartitionsTopic topic) {
        List<CreatePartitions.Request.CreatePartitionsAssignment> chosen = orEmpty(topic.assignments);
        return chosen.stream()
                .map(assignment -> Arrays.stream(assignment.brokerIds).boxed().toList())
                .toList();
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static CreatePartitionsTopicResult result(String name, ApiError error) {
        CreatePartitionsTopicResult result = new CreatePartitionsTopicResult();
        result.name = name;
        result.errorCode = error.code().code();
        result.errorMessage = error.message();
        return result;
    }
}
