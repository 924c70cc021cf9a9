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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Answers Metadata: which brokers there are and who leads what, as far as the client's listener reaches. A topic that is
 * asked for by name and missing is created if client and broker agree on that; the client is told to ask again.
 */
public final class MetadataHandler extends MessageHandler<Metadata.Request> {
    /** From this version on an empty list means no topic; before, it meant all. */
    private static final int EMPTY_MEANS_NONE = 1;

    /** From this version on topics can be asked for by id; the field is there two versions earlier. */
    private static final int KNOWS_TOPIC_IDS = 12;

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
        ClusterSnapshot cluster = metadata.snapshot();
        short version = context.apiVersion();
        TopicDescriptions descriptions = new TopicDescriptions(
                cluster, context.listenerName(), version, request.includeTopicAuthorizedOperations);
        Metadata.Response response = newResponse(request, cluster, context);
        List<MetadataRequestTopic> asked = request.topics;
        if (asked == null || version < EMPTY_MEANS_NONE && asked.isEmpty()) {
            response.topics = cluster.topics().stream().map(descriptions::of).toList();
            context.respond(response);
            return;
        }
        List<MetadataResponseTopic> topics = new ArrayList<>(asked.size());
        Set<String> missing = new LinkedHashSet<>();
        for (MetadataRequestTopic topic : asked) {
            describe(topic, version, cluster, descriptions, topics, missing);
        }
        response.topics = topics;
        if (autoCreate && request.allowAutoTopicCreation && !missing.isEmpty()) {
            createAndRespond(missing, topics, response, context);
        } else {
            missing.forEach(name ->
                    topics.add(TopicDescriptions.failed(name, Uuid.ZERO, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)));
            context.respond(response);
        }
    }

    private static void describe(
            MetadataRequestTopic asked,
            short version,
            ClusterSnapshot cluster,
            TopicDescriptions descriptions,
            List<MetadataResponseTopic> topics,
            Set<String> missing) {
        boolean byId = !asked.topicId.equals(Uuid.ZERO);
        String name = asked.name;
        if (version < KNOWS_TOPIC_IDS && (byId || name == null)) {
            topics.add(TopicDescriptions.failed(name == null ? "" : name, asked.topicId, ErrorCode.INVALID_REQUEST));
        } else if (byId) {
            TopicMetadata topic = cluster.topic(asked.topicId);
            topics.add(
                    topic == null
                            ? TopicDescriptions.failed(null, asked.topicId, ErrorCode.UNKNOWN_TOPIC_ID)
                            : descriptions.of(topic));
        } else if (name == null) {
            topics.add(TopicDescriptions.failed(null, Uuid.ZERO, ErrorCode.UNKNOWN_TOPIC_ID));
        } else {
            TopicMetadata topic = cluster.topic(name);
            if (topic != null) {
                topics.add(descriptions.of(topic));
            } else if (TopicNames.isValid(name)) {
                missing.add(name);
            } else {
                topics.add(TopicDescriptions.failed(name, Uuid.ZERO, ErrorCode.INVALID_TOPIC_EXCEPTION));
            }
        }
    }

    private void createAndRespond(
            Set<String> missing,
            List<MetadataResponseTopic> topics,
            Metadata.Response response,
            RequestContext context) {
        List<NewTopic> wanted = new ArrayList<>();
        for (String name : missing) {
            // Clients ask again and again until the topic is there; one creation is enough.
            if (inCreation.add(name)) {
                wanted.add(newTopic.apply(name));
            } else {
                topics.add(TopicDescriptions.failed(name, Uuid.ZERO, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
            }
        }
        Guarded.when(creator.createTopics(wanted), context, results -> {
            for (CreatedTopic result : results) {
                inCreation.remove(result.name());
                topics.add(TopicDescriptions.failed(result.name(), Uuid.ZERO, answer(result)));
            }
            context.respond(response);
        });
    }

    private static ErrorCode answer(CreatedTopic result) {
        return switch (result.error().code()) {
            case NONE, TOPIC_ALREADY_EXISTS, REQUEST_TIMED_OUT, NOT_CONTROLLER -> ErrorCode.LEADER_NOT_AVAILABLE;
            default -> result.error().code();
        };
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
