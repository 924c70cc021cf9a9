package io.millrace.broker.api;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.replica.DelayedFetch;
import io.millrace.broker.replica.FetchParams;
import io.millrace.broker.replica.FetchSession;
import io.millrace.broker.replica.FetchSessionException;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.view.FetchRequestView;
import io.millrace.protocol.view.TopicInterner;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Answers Fetch, of consumers and of followers. The request is walked in place and tells the session what is wanted; {@link
 * DelayedFetch} looks and waits; {@link FetchAnswer} writes.
 */
public final class FetchHandler implements ApiHandler {
    /** From this version on a consumer can cope with being answered by a follower. */
    private static final int FIRST_FROM_FOLLOWERS = 11;

    /** Up to this version an answer never exceeds the limits, and may hold nothing but the beginning of a batch. */
    private static final int LAST_WITH_HARD_LIMIT = 2;

    /** Up to this version records are converted, on the heap. */
    private static final int LAST_CONVERTED = 3;

    /** The most that is converted for one answer, whatever the client asks for; any message of usual size fits. */
    private static final int MAX_CONVERTED_BYTES = 4 * 1024 * 1024;

    private static final byte READ_COMMITTED = 1;

    private static final int CONSUMER = -1;

    private static final FastThreadLocal<FetchRequestView> VIEWS = new FastThreadLocal<>() {
        @Override
        protected FetchRequestView initialValue() {
            return new FetchRequestView(new TopicInterner());
        }
    };

    private final ReplicaManager replicas;
    private final MetadataCache metadata;

    public FetchHandler(ReplicaManager replicas, MetadataCache metadata) {
        this.replicas = replicas;
        this.metadata = metadata;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.FETCH;
    }

    @Override
    public void handle(RequestContext context) {
        FetchRequestView request = VIEWS.get().wrap(context.body(), context.apiVersion());
        boolean follower = request.replicaId() >= 0;
        if (follower && !context.listenerName().equals(replicas.config().interBrokerListener())) {
            context.closeConnection("a fetch as broker " + request.replicaId() + ", which is not for this listener");
            return;
        }
        FetchAnswer answer = new FetchAnswer(context, metadata);
        FetchSession session;
        try {
            session = replicas.sessions()
                    .hold(
                            request.sessionId(),
                            request.sessionEpoch(),
                            request.hasTopicIds(),
                            request.partitionCount() == 0,
                            follower);
        } catch (FetchSessionException e) {
            answer.error(e.error());
            return;
        }
        tell(session, request);
        replicas.sessions().recount(session);
        FetchParams params = params(request, context);
        boolean incremental = request.sessionEpoch() > 0;
        DelayedFetch fetch = new DelayedFetch(replicas, context.executor(), params, session, incremental, answer);
        if (!fetch.start()) {
            context.whenClosed(fetch::hurry);
        }
    }

    private static void tell(FetchSession session, FetchRequestView request) {
        while (request.nextTopic()) {
            while (request.nextPartition()) {
                session.want(
                        request.hasTopicIds() ? request.topicId() : null,
                        request.hasTopicIds() ? null : request.topic(),
                        request.partition(),
                        request.currentLeaderEpoch(),
                        request.fetchOffset(),
                        request.lastFetchedEpoch(),
                        request.logStartOffset(),
                        request.partitionMaxBytes());
            }
        }
        while (request.nextForgottenTopic()) {
            while (request.nextForgottenPartition()) {
                session.forget(request.hasTopicIds() ? request.topicId() : request.topic(), request.partition());
            }
        }
    }

    private FetchParams params(FetchRequestView request, RequestContext context) {
        int limit = replicas.config().fetchMaxBytes();
        if (request.version() <= LAST_CONVERTED) {
            limit = Math.min(limit, MAX_CONVERTED_BYTES);
        }
        int maxBytes = Math.max(0, Math.min(request.maxBytes(), limit));
        boolean follower = request.replicaId() >= 0;
        boolean rackAware = replicas.config().rackAware();
        return new FetchParams(
                request.replicaId(),
                request.replicaEpoch(),
                follower ? replicas.followerWaitMs(request.maxWaitMs()) : request.maxWaitMs(),
                Math.min(request.minBytes(), maxBytes),
                maxBytes,
                request.version() <= LAST_WITH_HARD_LIMIT,
                request.isolationLevel() == READ_COMMITTED,
                rackAware && request.replicaId() == CONSUMER ? request.rackId() : "",
                context.listenerName(),
                // Without it they hear with their next fetch, and nobody minds.
                rackAware && follower,
                follower || request.version() < FIRST_FROM_FOLLOWERS);
    }
}
