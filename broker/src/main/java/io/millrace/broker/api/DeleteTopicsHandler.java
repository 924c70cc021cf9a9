package io.millrace.broker.api;

import io.millrace.broker.controller.ApiError;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.DeleteTopics;
import io.millrace.protocol.message.DeleteTopics.Request.DeleteTopicState;
import io.millrace.protocol.message.DeleteTopics.Response.DeletableTopicResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers DeleteTopics, if this broker is the controller, once the topics have vanished from its metadata. */
public final class DeleteTopicsHandler extends MessageHandler<DeleteTopics.Request> {
    /** From this version on topics come as structures, by name or by id. */
    private static final int KNOWS_TOPIC_IDS = 6;

    /** From this version on there is an error code for brokers that delete nothing. */
    private static final int KNOWS_DELETION_DISABLED = 3;

    private final Controller controller;
    private final MetadataCache metadata;
    private final boolean enabled;

    /** @param enabled {@code delete.topic.enable} */
    public DeleteTopicsHandler(Controller controller, MetadataCache metadata, boolean enabled) {
        super(ApiKey.DELETE_TOPICS, DeleteTopics.Request::new);
        this.controller = controller;
        this.metadata = metadata;
        this.enabled = enabled;
    }

    @Override
    protected void handle(DeleteTopics.Request request, RequestContext context) {
        ClusterSnapshot cluster = metadata.snapshot();
        ApiError refusal = refusalOfAll(context.apiVersion());
        List<DeletableTopicResult> results = new ArrayList<>();
        Map<String, DeletableTopicResult> wanted = new LinkedHashMap<>();
        for (DeleteTopicState topic : topics(request, context.apiVersion())) {
            DeletableTopicResult result = new DeletableTopicResult();
            result.topicId = topic.topicId;
            boolean byId = !topic.topicId.equals(Uuid.ZERO);
            result.name = byId && topic.name == null ? cluster.topicName(topic.topicId) : topic.name;
            ApiError error = refusal == null ? refusal(topic, byId, result.name, cluster) : refusal;
            String name = result.name;
            if (error == null && name != null) {
                DeletableTopicResult earlier = wanted.putIfAbsent(name, result);
                if (earlier != null) {
                    continue;
                }
            } else if (error != null) {
                set(result, error);
            }
            results.add(result);
        }
        DeleteTopics.Response response = new DeleteTopics.Response();
        response.responses = results;
        if (wanted.isEmpty()) {
            context.respond(response);
            return;
        }
        Guarded.when(controller.topicAdmin().deleteTopics(List.copyOf(wanted.keySet())), context, outcomes -> {
            List<String> deleting = new ArrayList<>();
            outcomes.forEach((name, error) -> {
                DeletableTopicResult result = wanted.get(name);
                if (result != null) {
                    set(result, error);
                }
                if (!error.failed()) {
                    deleting.add(name);
                }
            });
            awaitAndRespond(deleting, wanted, request.timeoutMs, response, context);
        });
    }

    private void awaitAndRespond(
            List<String> deleting,
            Map<String, DeletableTopicResult> wanted,
            int timeoutMs,
            DeleteTopics.Response response,
            RequestContext context) {
        if (deleting.isEmpty()) {
            context.respond(response);
            return;
        }
        CompletableFuture<Boolean> allGone = metadata.when(
                news -> deleting.stream().allMatch(name -> news.topic(name) == null), Math.max(0, timeoutMs));
        Guarded.when(allGone, context, gone -> {
            ClusterSnapshot cluster = metadata.snapshot();
            for (String name : deleting) {
                DeletableTopicResult result = wanted.get(name);
                if (!gone && result != null && cluster.topic(name) != null) {
                    set(result, new ApiError(ErrorCode.REQUEST_TIMED_OUT, null));
                }
            }
            context.respond(response);
        });
    }

    private @Nullable ApiError refusalOfAll(short version) {
        if (!controller.isActive()) {
            return new ApiError(ErrorCode.NOT_CONTROLLER, null);
        }
        if (!enabled) {
            return new ApiError(
                    version < KNOWS_DELETION_DISABLED ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED,
                    null);
        }
        return null;
    }

    private static @Nullable ApiError refusal(
            DeleteTopicState topic, boolean byId, @Nullable String name, ClusterSnapshot cluster) {
        if (byId && topic.name != null) {
            return new ApiError(ErrorCode.INVALID_REQUEST, "Topic name and topic ID can not both be specified.");
        }
        if (name == null) {
            return new ApiError(byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.INVALID_REQUEST, null);
        }
        return cluster.topic(name) == null ? new ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null) : null;
    }

    private static List<DeleteTopicState> topics(DeleteTopics.Request request, short version) {
        if (version >= KNOWS_TOPIC_IDS) {
            return request.topics;
        }
        List<DeleteTopicState> topics = new ArrayList<>();
        for (String name : request.topicNames) {
            DeleteTopicState topic = new DeleteTopicState();
            topic.name = name;
            topics.add(topic);
        }
        return topics;
    }

    private static void set(DeletableTopicResult result, ApiError error) {
        result.errorCode = error.code().code();
        result.errorMessage = error.message();
    }
}
