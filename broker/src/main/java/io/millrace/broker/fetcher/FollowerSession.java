package io.millrace.broker.fetcher;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Request.FetchPartition;
import io.millrace.protocol.message.Fetch.Request.FetchTopic;
import io.millrace.protocol.message.Fetch.Request.ForgottenTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The follower's side of an incremental fetch session (KIP-227): what the leader has to be told with the next request. That
 * is everything when a session begins, and later the partitions that moved and those to be forgotten, so that a request costs
 * as much as there are changes. Belongs to the loop of the fetcher.
 */
final class FollowerSession {
    private static final int NO_ID = 0;
    private static final int FIRST_EPOCH = 0;

    private final int partitionMaxBytes;
    private final Set<FetchState> changed = new LinkedHashSet<>();
    private final Map<TopicPartition, Uuid> forgotten = new LinkedHashMap<>();
    private int id = NO_ID;
    private int epoch = FIRST_EPOCH;
    private long brokerEpoch = -1;

    FollowerSession(int partitionMaxBytes) {
        this.partitionMaxBytes = partitionMaxBytes;
    }

    /** The partition is new, or goes on elsewhere. */
    void changed(FetchState state) {
        changed.add(state);
    }

    /** The leader is to say nothing of the partition any more. */
    void forget(FetchState state) {
        changed.remove(state);
        state.told = false;
        if (state.inSession) {
            state.inSession = false;
            forgotten.put(state.name(), state.topicId());
        }
    }

    /** Fills in what the leader is to know, and counts it as known. The request names the follower's broker epoch. */
    void tell(Fetch.Request request, Collection<FetchState> all) {
        if (request.replicaState.replicaEpoch != brokerEpoch) {
            // What the leader keeps of partitions that it has no reason to look at names the former epoch, under which
            // none of them gets into the ISR again.
            brokerEpoch = request.replicaState.replicaEpoch;
            restart(id);
        }
        request.sessionId = id;
        request.sessionEpoch = epoch;
        boolean full = epoch == FIRST_EPOCH;
        Collection<FetchState> told = full ? all : changed;
        Map<Uuid, FetchTopic> topics = new LinkedHashMap<>();
        for (FetchState state : told) {
            state.inSession = state.isFetching();
            state.told = state.isFetching();
            if (state.isFetching()) {
                forgotten.remove(state.name(), state.topicId());
                topics.computeIfAbsent(state.topicId(), FollowerSession::topic)
                        .partitions
                        .add(partition(state));
            }
        }
        request.topics = new ArrayList<>(topics.values());
        request.forgottenTopicsData = full ? List.of() : forgottenTopics();
        changed.clear();
        forgotten.clear();
    }

    /**
     * The leader answered the request as a whole.
     *
     * @return whether the answer has something to say of partitions
     */
    boolean onAnswer(ErrorCode error, int sessionId) {
        if (error == ErrorCode.FETCH_SESSION_ID_NOT_FOUND) {
            restart(NO_ID);
            return false;
        }
        if (error != ErrorCode.NONE) {
            restart(id);
            return false;
        }
        if (sessionId == NO_ID) {
            restart(NO_ID);
        } else {
            id = sessionId;
            epoch = epoch == Integer.MAX_VALUE ? FIRST_EPOCH + 1 : epoch + 1;
        }
        return true;
    }

    /** Nobody knows whether the leader has heard the request: the next one begins a session anew, and ends this one. */
    void onFailure() {
        restart(id);
    }

    private void restart(int idToEnd) {
        id = idToEnd;
        epoch = FIRST_EPOCH;
    }

    private FetchPartition partition(FetchState state) {
        FetchPartition wanted = new FetchPartition();
        wanted.partition = state.name().partition();
        wanted.currentLeaderEpoch = state.log().leaderEpoch();
        wanted.fetchOffset = state.position().offset();
        wanted.lastFetchedEpoch = state.position().lastEpoch();
        wanted.logStartOffset = state.position().logStartOffset();
        wanted.partitionMaxBytes = partitionMaxBytes;
        return wanted;
    }

    private List<ForgottenTopic> forgottenTopics() {
        Map<Uuid, List<Integer>> partitions = new LinkedHashMap<>();
        forgotten.forEach((name, topicId) ->
                partitions.computeIfAbsent(topicId, id -> new ArrayList<>()).add(name.partition()));
        List<ForgottenTopic> topics = new ArrayList<>(partitions.size());
        partitions.forEach((topicId, numbers) -> {
            ForgottenTopic topic = new ForgottenTopic();
            topic.topicId = topicId;
            topic.partitions = numbers.stream().mapToInt(Integer::intValue).toArray();
            topics.add(topic);
        });
        return topics;
    }

    private static FetchTopic topic(Uuid id) {
        FetchTopic topic = new FetchTopic();
        topic.topicId = id;
        topic.partitions = new ArrayList<>();
        return topic;
    }
}
