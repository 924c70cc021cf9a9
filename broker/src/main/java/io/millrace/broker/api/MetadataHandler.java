package io.millrace.broker.api;

import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.TopicCreator;
import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.broker.metadata.TopicNames;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Metadata;
import io.millrace.protocol.message.Metadata.Request.MetadataRequestTopic;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseBroker;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Answers Metadata: which brokers there are and who leads what, as far as the client's listener reaches. A topic that is
 * asked for by name and missing is created if client and broker agree on that; if it has no leaders soon, the client is told
 * to ask again.
 */
public final class MetadataHandler extends MessageHandler<Metadata.Request> {
    /** From this version on an empty list means no topic; before, it meant all. */
    private static final int EMPTY_MEANS_NONE = 1;

    /** From this version on topics can be asked for by id; the field is there two versions earlier. */
    private static final int KNOWS_TOPIC_IDS = 12;

    /**
     * How long an answer waits for the leaders of topics that it had created, which takes a few ms. Answers to later
     * requests of the connection wait with it, so it is no longer than one can do without.
     */
    private static final int LEADERS_TIMEOUT_MS = 500;

    private final MetadataCache metadata;
    private final TopicCreator creator;
    private final boolean autoCreate;
    private final Function<String, NewTopic> newTopic;
    private final Set<String> inCreation = ConcurrentHashMap.newKeySet();

    /**
     * @param autoCreate {@code auto.create.topics.enable}
     * @param newTopic how a topic of this name is to be created; internal topics have settings of their own
     */
    public MetadataHandler(
            MetadataCache metadata, TopicCreator creator, boolean autoCreate, Function<String, NewTopic> newTopic) {
        super(ApiKey.METADATA, Metadata.Request::new);
        this.metadata = metadata;
        this.creator = creator;
        this.autoCreate = autoCreate;
        this.newTopic = newTopic;
    }

    @Override
    protected void handle(Metadata.Request request, RequestContext context) {
        Set<String> missing = autoCreate && request.allowAutoTopicCreation ? missing(request) : Set.of();
        if (missing.isEmpty()) {
            respond(request, Map.of(), context);
        } else {
            Guarded.when(create(missing), context, failures -> respond(request, failures, context));
        }
    }

    /** The topics asked for by names that could be those of topics, and are not. */
    private Set<String> missing(Metadata.Request request) {
        List<MetadataRequestTopic> asked = request.topics;
        if (asked == null) {
            return Set.of();
        }
        ClusterSnapshot cluster = metadata.snapshot();
        Set<String> missing = new LinkedHashSet<>();
        for (MetadataRequestTopic topic : asked) {
            String name = topic.name;
            if (name != null
                    && topic.topicId.equals(Uuid.ZERO)
                    && cluster.topic(name) == null
                    && TopicNames.isValid(name)) {
                missing.add(name);
            }
        }
        return missing;
    }

    /**
     * Creates topics and waits a little for their leaders: a client that hears of them at once need not ask again, for which
     * some wait a second.
     *
     * @return completes with what to say of those that are not there then
     */
    private CompletableFuture<Map<String, ErrorCode>> create(Set<String> missing) {
        List<NewTopic> wanted = new ArrayList<>();
        PendingTopics pending = new PendingTopics(metadata);
        for (String name : missing) {
            // Clients ask again and again until the topic is there; one creation is enough.
            if (inCreation.add(name)) {
                wanted.add(newTopic.apply(name));
            } else {
                pending.expect(name, 1);
            }
        }
        CompletableFuture<List<CreatedTopic>> created =
                wanted.isEmpty() ? CompletableFuture.completedFuture(List.of()) : creator.createTopics(wanted);
        return created.thenCompose(results -> {
                    Map<String, ErrorCode> failures = new HashMap<>();
                    for (CreatedTopic result : results) {
                        ErrorCode failure = answer(result);
                        failures.put(result.name(), failure);
                        if (failure == ErrorCode.LEADER_NOT_AVAILABLE) {
                            pending.expect(result.name(), Math.max(1, result.numPartitions()));
                        }
                    }
                    return pending.await(LEADERS_TIMEOUT_MS).thenApply(late -> failures);
                })
                .whenComplete((failures, e) -> wanted.forEach(topic -> inCreation.remove(topic.name())));
    }

    private static ErrorCode answer(CreatedTopic result) {
        return switch (result.error().code()) {
            case NONE, TOPIC_ALREADY_EXISTS, REQUEST_TIMED_OUT, NOT_CONTROLLER -> ErrorCode.LEADER_NOT_AVAILABLE;
            default -> result.error().code();
        };
    }

    /** @param failures what to say of topics that are not there, if not that they are unknown */
    private void respond(Metadata.Request request, Map<String, ErrorCode> failures, RequestContext context) {
        ClusterSnapshot cluster = metadata.snapshot();
        short version = context.apiVersion();
        TopicDescriptions descriptions = new TopicDescriptions(
                cluster, context.listenerName(), version, request.includeTopicAuthorizedOperations);
        Metadata.Response response = newResponse(request, cluster, context);
        List<MetadataRequestTopic> asked = request.topics;
        if (asked == null || version < EMPTY_MEANS_NONE && asked.isEmpty()) {
            response.topics = cluster.topics().stream().map(descriptions::of).toList();
        } else {
            List<MetadataResponseTopic> topics = new ArrayList<>(asked.size());
            Set<String> absent = new HashSet<>();
            for (MetadataRequestTopic topic : asked) {
                // One that is not there is told of once, however often it is asked for.
                if (topic.name == null || cluster.topic(topic.name) != null || absent.add(topic.name)) {
                    topics.add(describe(topic, version, cluster, descriptions, failures));
                }
            }
            response.topics = topics;
        }
        context.respond(response);
    }

    private static MetadataResponseTopic describe(
            MetadataRequestTopic asked,
            short version,
            ClusterSnapshot cluster,
            TopicDescriptions descriptions,
            Map<String, ErrorCode> failures) {
        boolean byId = !asked.topicId.equals(Uuid.ZERO);
        String name = asked.name;
        if (version < KNOWS_TOPIC_IDS && (byId || name == null)) {
            return TopicDescriptions.failed(name == null ? "" : name, asked.topicId, ErrorCode.INVALID_REQUEST);
        } else if (byId) {
            TopicMetadata topic = cluster.topic(asked.topicId);
            return topic == null
                    ? TopicDescriptions.failed(null, asked.topicId, ErrorCode.UNKNOWN_TOPIC_ID)
                    : descriptions.of(topic);
        } else if (name == null) {
            return TopicDescriptions.failed(null, Uuid.ZERO, ErrorCode.UNKNOWN_TOPIC_ID);
        }
        TopicMetadata topic = cluster.topic(name);
        if (topic != null) {
            return descriptions.of(topic);
        } else if (TopicNames.isValid(name)) {
            return TopicDescriptions.failed(
                    name, Uuid.ZERO, failures.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        }
        return TopicDescriptions.failed(name, Uuid.ZERO, ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    private static Metadata.Response newResponse(
            Metadata.Request request, ClusterSnapshot cluster, RequestContext context) {
        Metadata.Response response = new Metadata.Response();
        response.clusterId = cluster.clusterId();
        response.controllerId = cluster.controllerId();
        response.clusterAuthorizedOperations =
                AuthorizedOperations.onCluster(request.includeClusterAuthorizedOperations);
        List<MetadataResponseBroker> brokers = new ArrayList<>(cluster.brokers().size());
        for (BrokerMetadata broker : cluster.brokers()) {
            Endpoint endpoint = broker.endpoint(context.listenerName());
            if (endpoint != null) {
                MetadataResponseBroker described = new MetadataResponseBroker();
                described.nodeId = broker.id();
                described.host = endpoint.host();
                described.port = endpoint.port();
                described.rack = broker.rack();
                brokers.add(described);
            }
        }
        response.brokers = brokers;
        return response;
    }
}
