package io.millrace.client.consumer;

import io.millrace.client.net.Backoff;
import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.record.InvalidRecordException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Fetches ahead: at most one request a broker at a time, for those of its partitions that have little fetched ahead. It
 * runs in turns on the event loop, whenever something may have become possible.
 */
public final class RecordFetcher {
    /** While the application reads one chunk the next one is on its way. */
    private static final int MAX_CHUNKS = 2;

    private final BrokerClient client;
    private final FetchConfig config;
    private final Backoff retry;
    private final OffsetTracker tracker;
    private final Runnable positionsNeeded;
    private final AtomicBoolean woken = new AtomicBoolean();

    // On the event loop only.
    private final Set<Integer> busyNodes = new HashSet<>();
    private boolean stopped;

    /** @param positionsNeeded called when a position turned out to be invalid; any thread */
    public RecordFetcher(
            BrokerClient client, FetchConfig config, Backoff retry, OffsetTracker tracker, Runnable positionsNeeded) {
        this.client = client;
        this.config = config;
        this.retry = retry;
        this.tracker = tracker;
        this.positionsNeeded = positionsNeeded;
        client.view().addListener(snapshot -> wake());
    }

    /** Lets a turn follow soon. From any thread. */
    public void wake() {
        if (woken.compareAndSet(false, true)) {
            try {
                client.loop().execute(this::turn);
            } catch (RejectedExecutionException e) {
                woken.set(false); // the consumer is closed
            }
        }
    }

    /** Fetches no more. From any thread. */
    public void stop() {
        client.loop().execute(() -> stopped = true);
    }

    private void turn() {
        woken.set(false);
        if (stopped || tracker.bufferedBytes() >= config.maxBytes()) {
            return;
        }
        long nowNs = System.nanoTime();
        ClusterSnapshot cluster = client.view().snapshot();
        Map<Node, List<FetchExchange.Wanted>> requests = new HashMap<>();
        boolean[] leaderless = {false};
        tracker.forEach(state -> {
            if (!state.wantsFetch(MAX_CHUNKS, nowNs)) {
                return;
            }
            Node leader = cluster.leader(state.partition);
            if (leader == null) {
                leaderless[0] = true;
            } else if (!busyNodes.contains(leader.id())) {
                state.fetching = true;
                requests.computeIfAbsent(leader, node -> new ArrayList<>())
                        .add(new FetchExchange.Wanted(state, state.epoch, state.fetchOffset));
            }
        });
        if (leaderless[0]) {
            client.view().requestRefresh();
        }
        requests.forEach((leader, wanted) -> send(leader, wanted, cluster));
    }

    private void send(Node leader, List<FetchExchange.Wanted> wanted, ClusterSnapshot cluster) {
        busyNodes.add(leader.id());
        new FetchExchange(client, config, leader, wanted, cluster).send().whenComplete((answer, failure) -> {
            busyNodes.remove(leader.id());
            wanted.forEach(w -> tracker.fetchEnded(w.state()));
            if (stopped) {
                return;
            }
            if (answer == null) {
                backOff(wanted, ClientException.of(java.util.Objects.requireNonNull(failure)));
            } else {
                answer.partitions().forEach((asked, data) -> onAnswer(asked, data, answer.frame()));
            }
            wake();
        });
    }

    private void onAnswer(FetchExchange.Wanted wanted, Fetch.Response.PartitionData data, FetchedFrame frame) {
        ErrorCode error = ErrorCode.of(data.errorCode);
        if (error != ErrorCode.NONE) {
            onError(wanted, error);
            return;
        }
        tracker.ifCurrent(wanted.state().partition, wanted.epoch(), state -> {
            state.highWatermark = data.highWatermark;
            state.lastStableOffset = data.lastStableOffset;
            state.backingOff = false;
            if (FetchExchange.hasRecords(data)) {
                List<Fetch.Response.AbortedTransaction> aborted =
                        data.abortedTransactions == null ? List.of() : data.abortedTransactions;
                try {
                    tracker.addChunk(state, FetchedChunk.of(data.records, wanted.offset(), aborted, frame));
                } catch (InvalidRecordException e) {
                    state.backOff(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(retry.delayMs(1)));
                    tracker.raise(new ClientException(
                            ErrorCode.CORRUPT_MESSAGE,
                            "The message set of " + state.partition + " from offset " + wanted.offset()
                                    + " is damaged; seek past it to go on without it",
                            e));
                }
            }
        });
    }

    private void onError(FetchExchange.Wanted wanted, ErrorCode error) {
        ClientException failure = new ClientException(
                error, "Cannot fetch " + wanted.state().partition + " from offset " + wanted.offset());
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE) {
            // What lies fetched ahead is handed out first: only when the application has come to the offset that is not
            // there does it matter.
            tracker.ifCurrent(wanted.state().partition, wanted.epoch(), state -> {
                if (state.chunks.isEmpty() && state.position == wanted.offset()) {
                    state.reset(PositionFinder.BY_POLICY);
                } else {
                    state.backOff(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(retry.delayMs(1)));
                }
            });
            positionsNeeded.run();
            wakeLater(retry.delayMs(1));
        } else if (error.retriable()) {
            backOff(List.of(wanted), failure);
        } else {
            backOff(List.of(wanted), failure);
            tracker.raise(failure);
        }
    }

    private void backOff(List<FetchExchange.Wanted> wanted, ClientException failure) {
        long delayMs = retry.delayMs(1);
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs);
        for (FetchExchange.Wanted w : wanted) {
            tracker.ifCurrent(w.state().partition, w.epoch(), state -> state.backOff(untilNs));
        }
        if (!failure.retriable() && failure.error() == ErrorCode.UNSUPPORTED_VERSION) {
            tracker.raise(failure);
        }
        client.view().requestRefresh();
        wakeLater(delayMs);
    }

    private void wakeLater(long delayMs) {
        if (!client.loop().isShuttingDown()) {
            client.loop().schedule(this::wake, delayMs + 1, TimeUnit.MILLISECONDS);
        }
    }
}
