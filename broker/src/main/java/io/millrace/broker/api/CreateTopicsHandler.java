package io.millrace.broker.api;

import io.millrace.broker.admin.ConfigDescriber;
import io.millrace.broker.admin.DescribedConfig;
import io.millrace.broker.controller.ApiError;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.CreateTopics;
import io.millrace.protocol.message.CreateTopics.Request.CreatableReplicaAssignment;
import io.millrace.protocol.message.CreateTopics.Request.CreatableTopic;
import io.millrace.protocol.message.CreateTopics.Request.CreatableTopicConfig;
import io.millrace.protocol.message.CreateTopics.Response.CreatableTopicConfigs;
import io.millrace.protocol.message.CreateTopics.Response.CreatableTopicResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers CreateTopics, if this broker is the controller: clients find that one by Metadata. The answer waits until the
 * metadata of this broker shows leaders for all partitions, so that a client that creates and then uses finds what it made.
 */
public final class CreateTopicsHandler extends MessageHandler<CreateTopics.Request> {
    /** The metadata log of brokers without ZooKeeper; a topic of this name would be in their way. */
    private static final String CLUSTER_METADATA = "__cluster_metadata";

    private final Controller controller;
    private final MetadataCache metadata;
    private final ConfigDescriber configs;

    public CreateTopicsHandler(Controller controller, MetadataCache metadata, ConfigDescriber configs) {
        super(ApiKey.CREATE_TOPICS, CreateTopics.Request::new);
        this.controller = controller;
        this.metadata = metadata;
        this.configs = configs;
    }

    @Override
    protected void handle(CreateTopics.Request request, RequestContext context) {
        Map<String, CreatableTopicResult> results = new LinkedHashMap<>();
        Map<String, NewTopic> wanted = new LinkedHashMap<>();
        boolean isController = controller.isActive();
        for (CreatableTopic topic : request.topics) {
            ApiError refusal = isController ? refusal(topic) : new ApiError(ErrorCode.NOT_CONTROLLER, null);
            if (results.containsKey(topic.name)) {
                refusal = new ApiError(ErrorCode.INVALID_REQUEST, "Found multiple entries for this topic.");
            }
            if (refusal == null) {
                results.put(topic.name, new CreatableTopicResult());
                wanted.put(topic.name, newTopic(topic));
            } else {
                wanted.remove(topic.name);
                results.put(topic.name, failed(topic.name, refusal));
            }
        }
        if (wanted.isEmpty()) {
            respond(results, context);
            return;
        }
        Guarded.when(
                controller.topicAdmin().createTopics(List.copyOf(wanted.values()), request.validateOnly),
                context,
                created -> awaitAndRespond(created, wanted, request, results, context));
    }

    private void awaitAndRespond(
            List<CreatedTopic> created,
            Map<String, NewTopic> wanted,
            CreateTopics.Request request,
            Map<String, CreatableTopicResult> results,
            RequestContext context) {
        PendingTopics pending = new PendingTopics(metadata);
        for (CreatedTopic topic : created) {
            if (topic.error().failed()) {
                results.put(topic.name(), failed(topic.name(), topic.error()));
            } else {
                NewTopic asked = wanted.get(topic.name());
                results.put(topic.name(), succeeded(topic, asked == null ? Map.of() : asked.configs()));
                if (!request.validateOnly) {
                    results.get(topic.name()).topicId = topic.id();
                    pending.expect(topic.name(), topic.numPartitions());
                }
            }
        }
        Guarded.when(pending.await(request.timeoutMs), context, late -> {
            late.forEach(name -> results.put(name, failed(name, new ApiError(ErrorCode.REQUEST_TIMED_OUT, null))));
            respond(results, context);
        });
    }

    private static void respond(Map<String, CreatableTopicResult> results, RequestContext context) {
        CreateTopics.Response response = new CreateTopics.Response();
        response.topics = new ArrayList<>(results.values());
        context.respond(response);
    }

    private static @Nullable ApiError refusal(CreatableTopic topic) {
        if (topic.name.equals(CLUSTER_METADATA)) {
            return new ApiError(
                    ErrorCode.INVALID_REQUEST, "Creation of internal topic " + CLUSTER_METADATA + " is prohibited.");
        }
        List<String> withoutValue = topic.configs.stream()
                .filter(config -> config.value == null)
                .map(config -> config.name)
                .toList();
        if (!withoutValue.isEmpty()) {
            return new ApiError(
                    ErrorCode.INVALID_CONFIG,
                    "Null value not supported for topic configs: " + String.join(",", withoutValue));
        }
        long distinct = topic.assignments.stream()
                .map(assignment -> assignment.partitionIndex)
                .distinct()
                .count();
        if (distinct < topic.assignments.size()) {
            return new ApiError(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT, "A partition is assigned more than once in the request.");
        }
        return null;
    }

    private static NewTopic newTopic(CreatableTopic topic) {
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (CreatableReplicaAssignment partition : topic.assignments) {
            assignment.put(
                    partition.partitionIndex,
                    Arrays.stream(partition.brokerIds).boxed().toList());
        }
        Map<String, String> configs = new HashMap<>();
        for (CreatableTopicConfig config : topic.configs) {
            if (config.value != null) {
                configs.put(config.name, config.value);
            }
        }
        return new NewTopic(topic.name, topic.numPartitions, topic.replicationFactor, assignment, configs);
    }

    private static CreatableTopicResult failed(String name, ApiError error) {
        CreatableTopicResult result = new CreatableTopicResult();
        result.name = name;
        result.errorCode = error.code().code();
        result.errorMessage = error.message();
        return result;
    }

    private CreatableTopicResult succeeded(CreatedTopic topic, Map<String, String> ownConfigs) {
        CreatableTopicResult result = new CreatableTopicResult();
        result.name = topic.name();
        result.errorMessage = null;
        result.numPartitions = topic.numPartitions();
        result.replicationFactor = (short) topic.replicationFactor();
        List<CreatableTopicConfigs> described = new ArrayList<>();
        for (DescribedConfig config : configs.topic(ownConfigs)) {
            CreatableTopicConfigs entry = new CreatableTopicConfigs();
            entry.name = config.name();
            entry.value = config.value();
            entry.readOnly = config.readOnly();
            entry.configSource = config.source();
            described.add(entry);
        }
        result.configs = described;
        return result;
    }
}
