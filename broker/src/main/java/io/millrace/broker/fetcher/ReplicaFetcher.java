package io.millrace.broker.fetcher;

import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.fetcher.FetchState.Phase;
import io.millrace.broker.loop.Loop;
import io.millrace.broker.replica.FollowerLog;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Response.FetchableTopicResponse;
import io.millrace.protocol.message.Fetch.Response.PartitionData;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Fetches partitions from one leader: one request on its way, and the next as soon as the answer is stored, because that is
 * what acknowledges it. Everything but handing partitions in and out happens on the loop of the link.
 */
final class ReplicaFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The first wait after a failure: a new leader often learns of its election a moment after its followers. */
    private static final long FIRST_BACKOFF_MS = 25;

    private static final int MOST_DOUBLINGS = 20;

    private final FetcherConfig config;
    private final int leaderId;
    private final LeaderLink link;
    private final Loop loop;
    private final LongSupplier brokerEpoch;
    private final LogBounds bounds;
    private final FollowerSession session;
    private final AppendInfo appendInfo = new AppendInfo();
    private final Map<TopicPartition, FetchState> states = new LinkedHashMap<>();
    private final Map<Uuid, Map<Integer, FetchState>> statesById = new HashMap<>();
    private final List<FetchState> resting = new ArrayList<>();

    /**
     * What was appended and is not on disk yet, though the sync policy wants it to be before the leader hears of it. All wait for
     * it: the next request would come a moment later in any case.
     */
    private final Set<FetchState> unsynced = new LinkedHashSet<>();

    /** What begins, or goes on, with records that are not on disk yet: after a kill they may be many, so only these wait. */
    private final Set<FetchState> syncing = new LinkedHashSet<>();

    private boolean busy;
    private int failures;

    /** @param brokerEpoch under which this broker is registered now */
    ReplicaFetcher(FetcherConfig config, int leaderId, LeaderLink link, LongSupplier brokerEpoch) {
        this.config = config;
        this.leaderId = leaderId;
        this.link = link;
        this.loop = link.loop();
        this.brokerEpoch = brokerEpoch;
        this.bounds = new LogBounds(config, link);
        this.session = new FollowerSession(config.maxBytes());
    }

    /** Fetches this partition, in place of what it fetched of it before. Any thread. */
    void add(FollowerLog log) {
        loop.post("fetch " + log, () -> {
            remove(log.name());
            if (log.topicId().equals(Uuid.ZERO)) {
                LOG.error("Cannot follow {}: its topic has no id, by which brokers fetch from each other", log);
                return;
            }
            begin(log);
        });
    }

    private void begin(FollowerLog log) {
        try {
            if (!log.prepare()) {
                return;
            }
        } catch (StorageException e) {
            LOG.error("Cannot follow {}", log, e);
            return;
        }
        log.onDurable(() -> loop.post("synced " + log, this::fetchNext));
        FetchState state = new FetchState(log);
        states.put(log.name(), state);
        statesById
                .computeIfAbsent(log.topicId(), id -> new HashMap<>())
                .put(log.name().partition(), state);
        fetchOnceSynced(state);
        fetchNext();
    }

    /** Fetches this partition no longer. Any thread. */
    void stop(TopicPartition name) {
        loop.post("stop fetching " + name, () -> {
            remove(name);
            fetchNext();
        });
    }

    private void remove(TopicPartition name) {
        FetchState state = states.remove(name);
        if (state == null) {
            return;
        }
        end(state);
        Map<Integer, FetchState> ofTopic = statesById.get(state.topicId());
        if (ofTopic != null) {
            ofTopic.remove(name.partition());
            if (ofTopic.isEmpty()) {
                statesById.remove(state.topicId());
            }
        }
    }

    /** Has nothing left to fetch, and ends soon. What is on its way to be appended is kept out by the epoch. */
    void end() {
        link.end();
    }

    /** Ends the connection; nothing is appended once this returns. Not on the loop. */
    void close() {
        link.close();
    }

    private void fetchNext() {
        // The next request says that what came with the last one is safe here.
        unsynced.removeIf(state -> state.log().isDurable());
        syncing.removeIf(this::hasSynced);
        if (busy || !unsynced.isEmpty() || !hasWork()) {
            return;
        }
        Fetch.Request request = new Fetch.Request();
        request.replicaState.replicaId = config.brokerId();
        request.replicaState.replicaEpoch = brokerEpoch.getAsLong();
        request.maxWaitMs = config.waitMaxMs();
        request.minBytes = config.minBytes();
        request.maxBytes = config.responseMaxBytes();
        session.tell(request, states.values());
        busy = true;
        link.send(
                request,
                InterBrokerVersions.LOWEST_FETCH,
                InterBrokerVersions.FETCH,
                Fetch.Response::new,
                this::onAnswer);
    }

    // The position counts from the moment that the leader hears of it, whatever it was appended under: a former
    // leader, or a former life of this broker.
    private void fetchOnceSynced(FetchState state) {
        if (state.log().isDurable()) {
            fetch(state);
        } else {
            session.forget(state);
            state.become(Phase.SYNCING);
            syncing.add(state);
            state.log().requestSync();
        }
    }

    private void fetch(FetchState state) {
        state.become(Phase.FETCHING);
        state.moved();
        session.changed(state);
    }

    private boolean hasSynced(FetchState state) {
        if (state.phase() == Phase.SYNCING) {
            if (!state.log().isDurable()) {
                return false;
            }
            fetch(state);
        }
        return true;
    }

    private boolean hasWork() {
        for (FetchState state : states.values()) {
            if (state.isFetching()) {
                return true;
            }
        }
        return false;
    }

    private void onAnswer(Fetch.@Nullable Response response, @Nullable Throwable failure) {
        if (response == null) {
            session.onFailure();
            pause(failure);
            return;
        }
        ErrorCode error = ErrorCode.of(response.errorCode);
        if (!session.onAnswer(error, response.sessionId)) {
            LOG.debug("Begins another fetch session leader={} because of {}", leaderId, error);
            pause(error);
            return;
        }
        failures = 0;
        for (FetchableTopicResponse topic : response.responses) {
            Map<Integer, FetchState> ofTopic = statesById.get(topic.topicId);
            for (PartitionData answer : topic.partitions) {
                FetchState state = ofTopic == null ? null : ofTopic.get(answer.partitionIndex);
                // What a request did not name as it is now is not what the leader speaks of.
                if (state == null || !state.isFetching()) {
                    continue;
                }
                if (state.told) {
                    take(state, answer);
                } else {
                    // The leader counts as known what it said there, so all is to be said anew.
                    session.onFailure();
                }
            }
        }
        bounds.ask();
        busy = false;
        rest();
        fetchNext();
    }

    /** Takes in what the leader says of one partition; whatever goes wrong with it does not keep the others waiting. */
    private void take(FetchState state, PartitionData answer) {
        ErrorCode error = ErrorCode.of(answer.errorCode);
        try {
            switch (error) {
                case NONE -> follow(state, answer);
                case OFFSET_OUT_OF_RANGE -> {
                    session.forget(state);
                    state.become(Phase.ASKING);
                    bounds.add(state, reset -> onBounds(state, reset));
                }
                case FENCED_LEADER_EPOCH -> {
                    LOG.info("Stops fetching {}: the leader {} has a newer epoch", state.log(), leaderId);
                    end(state);
                }
                default -> {
                    LOG.debug("Rests before it fetches {} from {} again: {}", state.log(), leaderId, error);
                    delay(state);
                }
            }
        } catch (StorageException e) {
            // With thousands of partitions on a full disk one line each would fill it the more.
            boolean tell = !e.isDiskFull() && state.tellsOfFailure(loop.nowMs());
            LOG.atLevel(tell ? Level.WARN : Level.DEBUG)
                    .log("Cannot store what the leader {} sent for {}: {}", leaderId, state.log(), e.getMessage());
            delay(state);
        } catch (RuntimeException e) {
            if (state.tellsOfFailure(loop.nowMs())) {
                LOG.error("Cannot deal with what the leader {} sent for {}", leaderId, state.log(), e);
            }
            delay(state);
        }
    }

    private void follow(FetchState state, PartitionData answer) {
        boolean parted = answer.divergingEpoch.epoch != -1 || answer.divergingEpoch.endOffset != -1;
        ByteBuffer records = answer.records == null ? NOTHING : answer.records;
        // The high watermark of an answer that finds the logs parted is not for this log (KAFKA-14704).
        boolean follows = parted
                ? state.log().truncate(answer.divergingEpoch.epoch, answer.divergingEpoch.endOffset)
                : state.log().append(records, answer.highWatermark, answer.logStartOffset, appendInfo);
        state.failures = 0;
        if (!follows) {
            end(state);
        } else if (parted) {
            fetchOnceSynced(state);
        } else if (records.hasRemaining()) {
            state.moved();
            session.changed(state);
            unsynced.add(state);
        } else if (state.log().logStartOffset() != state.position().logStartOffset()) {
            // The leader may have somebody wait for it.
            state.moved();
            session.changed(state);
        }
    }

    /** The leader has said where its log starts and ends, or not. */
    private void onBounds(FetchState state, boolean reset) {
        if (state.phase() != Phase.ASKING) {
            return;
        }
        if (reset) {
            fetchOnceSynced(state);
            fetchNext();
        } else {
            delay(state);
            rest();
        }
    }

    private void end(FetchState state) {
        session.forget(state);
        unsynced.remove(state);
        syncing.remove(state);
        state.become(Phase.ENDED);
    }

    private void delay(FetchState state) {
        session.forget(state);
        unsynced.remove(state);
        state.become(Phase.DELAYED);
        resting.add(state);
    }

    /** Lets those rest that are to. */
    private void rest() {
        if (resting.isEmpty()) {
            return;
        }
        Map<Long, List<FetchState>> byDelay = new LinkedHashMap<>();
        for (FetchState state : resting) {
            byDelay.computeIfAbsent(backoffMs(++state.failures), delayMs -> new ArrayList<>())
                    .add(state);
        }
        resting.clear();
        byDelay.forEach((delayMs, together) -> loop.schedule("fetch again", delayMs, () -> {
            for (FetchState state : together) {
                if (state.phase() == Phase.DELAYED) {
                    fetchOnceSynced(state);
                }
            }
            fetchNext();
        }));
    }

    /** Longer from time to time, up to what is configured. */
    private long backoffMs(int failuresInARow) {
        return Math.min(config.backoffMs(), FIRST_BACKOFF_MS << Math.min(failuresInARow, MOST_DOUBLINGS));
    }

    /** The leader cannot be fetched from at the moment. */
    private void pause(@Nullable Object why) {
        if (failures++ == 0) {
            LOG.info("Cannot fetch from broker {} for now: {}", leaderId, String.valueOf(why));
        }
        loop.schedule("fetch again from " + leaderId, backoffMs(failures), () -> {
            busy = false;
            fetchNext();
        });
    }
}
