package io.millrace.client.producer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the {@link BatchAccumulator} has gathered. It runs in turns on the event loop, one whenever something may
 * have become possible: a batch was begun, an answer came, the cluster changed, a moment that was waited for has come.
 * Between turns it does nothing.
 */
public final class Sender {
    private final BrokerClient client;
    private final SenderConfig config;
    private final BatchAccumulator accumulator;
    private final BatchVerdict verdict;
    private final @Nullable ProducerIdentity identity;
    private final AtomicBoolean woken = new AtomicBoolean();

    // On the event loop only.
    private final List<PartitionQueue> active = new ArrayList<>();
    private final Map<Integer, Integer> requestsInFlight = new HashMap<>();
    private int firstQueue;
    private long timerNs;
    private boolean timerArmed;
    private long wakeNs;
    private boolean wakeWanted;
    private boolean stopped;

    public Sender(BrokerClient client, SenderConfig config, BatchAccumulator accumulator) {
        this.client = client;
        this.config = config;
        this.accumulator = accumulator;
        this.identity = config.idempotent() ? new ProducerIdentity(client, config, this::turn) : null;
        this.verdict = new BatchVerdict(client, config, accumulator);
        client.view().addListener(snapshot -> wake());
    }

    /** Lets a turn follow soon. From any thread; cheap when one is coming already. */
    public void wake() {
        if (woken.compareAndSet(false, true)) {
            try {
                client.loop().execute(this::turn);
            } catch (RejectedExecutionException e) {
                // The producer is closed; what was left has been failed by then.
                woken.set(false);
            }
        }
    }

    /** Fails everything that is not completed, and sends nothing more. From any thread but the event loop. */
    public void stop(ClientException reason) {
        client.loop()
                .submit(() -> {
                    stopped = true;
                    for (ProducerBatch batch : accumulator.incomplete()) {
                        batch.fail(reason);
                        accumulator.release(batch);
                    }
                })
                .awaitUninterruptibly();
    }

    private void turn() {
        woken.set(false);
        if (stopped) {
            return;
        }
        long nowNs = System.nanoTime();
        wakeWanted = false;
        accumulator.drainAnnounced(active);
        expireLate(nowNs);
        if (!active.isEmpty() && mayStamp()) {
            ClusterSnapshot cluster = client.view().snapshot();
            boolean hurried = accumulator.hurried();
            while (sendRound(cluster, nowNs, hurried)) {
                hurried = accumulator.hurried();
            }
        }
        dropIdle();
        armTimer();
    }

    /** Whether batches can get what brokers recognise them by, or need nothing of the kind. */
    private boolean mayStamp() {
        if (identity == null || identity.isKnown()) {
            return true;
        }
        ClientException refusal = identity.refusal();
        if (refusal != null) {
            for (ProducerBatch batch : accumulator.incomplete()) {
                batch.fail(refusal);
            }
            for (PartitionQueue queue : active) {
                queue.removeAll().forEach(accumulator::release);
            }
            return false;
        }
        identity.request();
        return false;
    }

    /** Sends at most one request to each broker. Returns whether another round may send more. */
    private boolean sendRound(ClusterSnapshot cluster, long nowNs, boolean hurried) {
        Map<Node, List<ProducerBatch>> requests = new HashMap<>();
        Map<Node, Integer> sizes = new HashMap<>();
        for (int i = 0; i < active.size(); i++) {
            PartitionQueue queue = active.get((firstQueue + i) % active.size());
            ProducerBatch head = queue.head();
            if (head == null || !isDue(queue, head, nowNs, hurried) || !sequencesAreSound(queue)) {
                continue;
            }
            Node leader = cluster.leader(queue.partition);
            if (leader == null) {
                client.view().requestRefresh();
                continue;
            }
            int size = sizes.getOrDefault(leader, 0);
            if (requestsInFlight.getOrDefault(leader.id(), 0) < config.maxInFlight()
                    && (size == 0 || size + head.sizeInBytes() <= config.maxRequestSize())
                    && queue.maySend(head, leader, config.maxInFlight())) {
                ProducerBatch batch = queue.take(leader, identity);
                requests.computeIfAbsent(leader, node -> new ArrayList<>()).add(batch);
                sizes.put(leader, size + batch.sizeInBytes());
            }
        }
        firstQueue = active.isEmpty() ? 0 : (firstQueue + 1) % active.size();
        requests.forEach(this::send);
        return !requests.isEmpty();
    }

    /** Whether the first batch of a queue may leave now; if not, the turn that it may is wished for. */
    private boolean isDue(PartitionQueue queue, ProducerBatch head, long nowNs, boolean hurried) {
        long dueNs;
        if (head.attempts > 0) {
            dueNs = head.notBeforeNs;
        } else if (hurried || queue.headIsFull()) {
            return true;
        } else {
            dueNs = head.createdNs + TimeUnit.MILLISECONDS.toNanos(config.lingerMs());
        }
        if (dueNs - nowNs <= 0) {
            return true;
        }
        wishTurn(dueNs);
        return false;
    }

    private boolean sequencesAreSound(PartitionQueue queue) {
        if (identity == null || !queue.needsNewEpoch() || queue.beginNewEpoch(identity)) {
            return true;
        }
        identity.request();
        return false;
    }

    private void send(Node leader, List<ProducerBatch> batches) {
        requestsInFlight.merge(leader.id(), 1, Integer::sum);
        new ProduceExchange(client, config, leader, batches)
                .send()
                .whenComplete((outcomes, failure) -> onReturn(leader, batches, outcomes, failure));
    }

    private void onReturn(
            Node leader,
            List<ProducerBatch> batches,
            @Nullable List<ProduceExchange.Outcome> outcomes,
            @Nullable Throwable failure) {
        requestsInFlight.merge(leader.id(), -1, Integer::sum);
        long nowNs = System.nanoTime();
        for (int i = 0; i < batches.size(); i++) {
            ProducerBatch batch = batches.get(i);
            PartitionQueue queue = queueOf(batch);
            queue.onReturned(batch);
            if (stopped) {
                continue;
            }
            ProduceExchange.Outcome outcome = outcomes == null
                    ? ProduceExchange.Outcome.of(ClientException.of(java.util.Objects.requireNonNull(failure)))
                    : outcomes.get(i);
            verdict.pass(queue, batch, outcome, nowNs);
        }
        wake();
    }

    private PartitionQueue queueOf(ProducerBatch batch) {
        return accumulator.queue(batch.partition);
    }

    /** Fails the records whose delivery timeout is over, wherever their batches are. */
    private void expireLate(long nowNs) {
        long timeoutNs = TimeUnit.MILLISECONDS.toNanos(config.deliveryTimeoutMs());
        for (PartitionQueue queue : active) {
            for (ProducerBatch batch : queue.removeCreatedBefore(nowNs - timeoutNs)) {
                if (batch.hasSequence()) {
                    queue.onSequenceGap();
                }
                batch.fail(late(batch));
                accumulator.release(batch);
            }
            for (ProducerBatch batch : queue.inFlight()) {
                if (batch.createdNs - (nowNs - timeoutNs) < 0) {
                    // Its memory is still read by the connection, so it stays on the books until the call has ended.
                    batch.fail(late(batch));
                }
            }
            Long oldestNs = queue.oldestCreatedNs();
            if (oldestNs != null) {
                wishTurn(oldestNs + timeoutNs + 1);
            }
        }
    }

    private ClientException late(ProducerBatch batch) {
        return new ClientException(
                ErrorCode.REQUEST_TIMED_OUT,
                batch.recordCount() + " records for " + batch.partition + " were not acknowledged within"
                        + " delivery.timeout.ms=" + config.deliveryTimeoutMs() + ", after " + batch.attempts
                        + " attempts");
    }

    private void dropIdle() {
        for (int i = active.size() - 1; i >= 0; i--) {
            PartitionQueue queue = active.get(i);
            if (queue.isIdle()) {
                active.remove(i);
                queue.active.set(false);
                if (!queue.isIdle()) {
                    accumulator.announce(queue); // a record slipped in between
                    wake();
                }
            }
        }
    }

    private void wishTurn(long atNs) {
        if (!wakeWanted || atNs - wakeNs < 0) {
            wakeWanted = true;
            wakeNs = atNs;
        }
    }

    private void armTimer() {
        if (!wakeWanted || (timerArmed && timerNs - wakeNs <= 0)) {
            return;
        }
        timerArmed = true;
        timerNs = wakeNs;
        long armedForNs = wakeNs;
        client.loop()
                .schedule(() -> onTimer(armedForNs), Math.max(0, wakeNs - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void onTimer(long armedForNs) {
        if (timerArmed && timerNs == armedForNs) {
            timerArmed = false;
            turn();
        }
    }
}
