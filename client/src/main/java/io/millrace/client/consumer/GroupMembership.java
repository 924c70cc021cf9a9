package io.millrace.client.consumer;

import io.millrace.client.net.Backoff;
import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a consumer in its group. The application's thread drives it from {@code poll}: gives partitions up, joins,
 * takes partitions on, and calls the listener for each. The event loop only notes that a rebalance is due or that the
 * membership was lost; the next {@code poll} acts on it.
 */
public final class GroupMembership implements Heartbeats.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMembership.class);

    /** How long a consumer that is closed while it joins waits to be told who it is. */
    private static final long NAMING_MS = 5_000;

    private final BrokerClient client;
    private final CoordinatorLink coordinator;
    private final GroupConfig config;
    private final OffsetTracker tracker;
    private final Backoff retry;
    private final MembershipProtocol protocol;
    private final Heartbeats heartbeats;
    private final GroupOffsets offsets;
    private final boolean cooperative;

    // Written by both threads, each write whole.
    private volatile MemberIdentity member = MemberIdentity.NONE;
    private volatile boolean rejoinNeeded = true;
    private volatile String rejoinReason = "";
    private volatile boolean lost;
    private volatile boolean joining;
    private volatile boolean closed;
    private volatile long lastPollNs = System.nanoTime();

    // On the application's thread only.
    private Set<String> topics = Set.of();
    private @Nullable Map<String, Integer> countsAssignedBy;
    private RebalanceListener listener = RebalanceListener.NONE;
    private Runnable beforeRevoking = () -> {};
    private @Nullable CompletableFuture<MembershipProtocol.Joined> pending;
    // Set on the application's thread; the event loop asks whether it is still the same.
    private volatile CompletableFuture<String> named = CompletableFuture.completedFuture("");
    private boolean prepared;
    private int failures;

    public GroupMembership(BrokerClient client, GroupConfig config, OffsetTracker tracker, Backoff retry) {
        this.client = client;
        this.config = config;
        this.tracker = tracker;
        this.retry = retry;
        this.coordinator = new CoordinatorLink(client, config.groupId());
        this.protocol = new MembershipProtocol(client, coordinator, config);
        this.heartbeats = new Heartbeats(client, coordinator, config, this::memberToBeat, this);
        this.offsets = new GroupOffsets(client, coordinator, config.groupId(), config.instanceId(), () -> member);
        this.cooperative = config.assignors().stream().allMatch(Assignor::cooperative);
    }

    /** The group's offsets, committed in the name of this member if it is one. */
    public GroupOffsets offsets() {
        return offsets;
    }

    /**
     * Wants these topics from the next {@link #poll} on.
     *
     * @param beforeRevoking commits what is to be committed while the partitions are still this member's
     */
    public void subscribe(Collection<String> wanted, RebalanceListener listener, Runnable beforeRevoking) {
        this.listener = listener;
        this.beforeRevoking = beforeRevoking;
        if (!topics.equals(Set.copyOf(wanted))) {
            topics = Set.copyOf(wanted);
            requestRejoin("the subscription has changed");
        }
    }

    public Set<String> topics() {
        return topics;
    }

    private void requestRejoin(String reason) {
        rejoinReason = reason;
        rejoinNeeded = true;
        tracker.signal();
    }

    /**
     * Does what is due: gives up partitions, joins, takes on partitions. Returns when this member is settled or the time
     * is over; then the next call goes on.
     *
     * @throws ClientException if the group cannot be joined for good
     */
    public void poll(long deadlineNs) throws InterruptedException {
        lastPollNs = System.nanoTime();
        rejoinIfPartitionsChanged(client.view().snapshot());
        while (rejoinNeeded || pending != null) {
            CompletableFuture<MembershipProtocol.Joined> attempt = pending;
            if (attempt == null) {
                attempt = begin();
            }
            if (!awaitDone(attempt, deadlineNs)) {
                return;
            }
            pending = null;
            settle(attempt);
        }
    }

    private void rejoinIfPartitionsChanged(ClusterSnapshot cluster) {
        Map<String, Integer> counts = countsAssignedBy;
        if (counts != null && !rejoinNeeded && pending == null) {
            Set<String> all = new HashSet<>(topics);
            all.addAll(counts.keySet());
            if (!MembershipProtocol.partitionCounts(cluster, all).equals(counts)) {
                requestRejoin("the partitions of the topics have changed");
            }
        }
    }

    private CompletableFuture<MembershipProtocol.Joined> begin() {
        if (!prepared) {
            prepare();
            prepared = true;
        }
        rejoinNeeded = false;
        joining = true;
        String reason = rejoinReason;
        MemberIdentity before = member;
        CompletableFuture<String> name = new CompletableFuture<>();
        if (!before.memberId().isEmpty()) {
            name.complete(before.memberId());
        }
        named = name;
        CompletableFuture<MembershipProtocol.Joined> attempt = afterBackoff()
                .thenCompose(waited -> protocol.join(before, topics, tracker.assigned(), reason, name::complete))
                .whenComplete((joined, failure) -> {
                    if (named != name) {
                        return; // the group was left meanwhile
                    }
                    if (joined != null) {
                        onJoined(joined);
                    }
                    joining = false;
                    name.complete("");
                });
        pending = attempt;
        attempt.whenComplete((joined, failure) -> tracker.signal());
        return attempt;
    }

    private CompletableFuture<Void> afterBackoff() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        long delayMs = retry.delayMs(failures);
        if (delayMs == 0) {
            over.complete(null);
        } else {
            client.loop().schedule(() -> over.complete(null), delayMs, TimeUnit.MILLISECONDS);
        }
        return over;
    }

    /** On the event loop: heartbeats begin at once, however long the application takes to come back. */
    private void onJoined(MembershipProtocol.Joined joined) {
        member = joined.member();
        if (!closed) {
            client.loop().execute(heartbeats::arm);
        }
    }

    private void prepare() {
        Set<TopicPartition> owned = tracker.assigned();
        if (lost) {
            lost = false;
            tracker.assign(Set.of());
            if (!owned.isEmpty()) {
                listener.onPartitionsLost(owned);
            }
            return;
        }
        if (!owned.isEmpty()) {
            beforeRevoking.run();
            if (!cooperative) {
                listener.onPartitionsRevoked(owned);
                tracker.assign(Set.of());
            }
        }
    }

    private boolean awaitDone(CompletableFuture<?> attempt, long deadlineNs) throws InterruptedException {
        long seen = tracker.events();
        return attempt.isDone() || (tracker.await(seen, deadlineNs) && attempt.isDone());
    }

    private void settle(CompletableFuture<MembershipProtocol.Joined> attempt) {
        MembershipProtocol.Joined joined;
        try {
            joined = attempt.join();
        } catch (RuntimeException e) {
            onJoinFailed(ClientException.of(e));
            return;
        }
        failures = 0;
        prepared = false;
        countsAssignedBy = joined.partitionCounts();
        take(joined);
    }

    private void take(MembershipProtocol.Joined joined) {
        Set<TopicPartition> before = tracker.assigned();
        Set<TopicPartition> now = new HashSet<>(joined.assignment());
        List<TopicPartition> gone = new ArrayList<>(before);
        gone.removeAll(now);
        if (!gone.isEmpty()) {
            listener.onPartitionsRevoked(gone);
            // Others may only have them when they know that this member has let go.
            requestRejoin("partitions were given up");
        }
        List<TopicPartition> added = new ArrayList<>(now);
        added.removeAll(before);
        tracker.assign(now);
        LOG.info(
                "Joined group={} member={} generation={} assignor={} partitions={}",
                config.groupId(),
                joined.member().memberId(),
                joined.member().generation(),
                joined.assignor(),
                joined.assignment().size());
        listener.onPartitionsAssigned(added);
    }

    private void onJoinFailed(ClientException failure) {
        switch (failure.error()) {
            case UNKNOWN_MEMBER_ID -> loseMembership(MemberIdentity.NONE);
            case ILLEGAL_GENERATION -> loseMembership(member.outsideGeneration());
            case REBALANCE_IN_PROGRESS -> {
                // others have joined meanwhile: join once more
            }
            default -> {
                if (!failure.retriable()) {
                    rejoinNeeded = true;
                    throw failure.rethrown();
                }
                failures++;
                LOG.debug("Joining group {} again after a failure", config.groupId(), failure);
            }
        }
        rejoinNeeded = true;
    }

    private void loseMembership(MemberIdentity left) {
        member = left;
        if (!tracker.assigned().isEmpty()) {
            lost = true;
            prepared = false;
        }
    }

    private @Nullable MemberIdentity memberToBeat() {
        MemberIdentity current = member;
        return current.isMember() && !joining ? current : null;
    }

    @Override
    public void onHeartbeatError(MemberIdentity beaten, ErrorCode error) {
        if (joining || !beaten.equals(member)) {
            return; // overtaken by a new generation
        }
        switch (error) {
            case REBALANCE_IN_PROGRESS -> requestRejoin("the group is rebalancing");
            case UNKNOWN_MEMBER_ID -> onLost(MemberIdentity.NONE, "the coordinator does not know this member");
            case ILLEGAL_GENERATION -> onLost(beaten.outsideGeneration(), "the generation is over");
            case FENCED_INSTANCE_ID -> {
                member = MemberIdentity.NONE;
                tracker.raise(new ClientException(
                        error, "Another consumer has joined group " + config.groupId() + " as " + config.instanceId()));
            }
            default -> LOG.debug("A heartbeat in group {} failed with {}", config.groupId(), error);
        }
    }

    @Override
    public boolean onHeartbeatDue() {
        if (closed || !member.isMember()) {
            return false;
        }
        long silentMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastPollNs);
        if (silentMs > config.maxPollIntervalMs() && !joining) {
            LOG.warn(
                    "Leaving group={} because the application has not polled for {} ms, longer than"
                            + " max.poll.interval.ms={}",
                    config.groupId(),
                    silentMs,
                    config.maxPollIntervalMs());
            MemberIdentity leaving = member;
            onLost(MemberIdentity.NONE, "the application did not poll");
            protocol.leave(leaving, "max.poll.interval.ms is over");
            return false;
        }
        return true;
    }

    private void onLost(MemberIdentity left, String reason) {
        member = left;
        lost = true;
        requestRejoin(reason);
    }

    /** Whether a commit failed because this is not, or may not be, the owner any more; then the next poll joins again. */
    public void onCommitFailed(ClientException failure) {
        switch (failure.error()) {
            case UNKNOWN_MEMBER_ID -> onLost(MemberIdentity.NONE, "a commit was refused");
            case ILLEGAL_GENERATION -> onLost(member.outsideGeneration(), "a commit was refused");
            case REBALANCE_IN_PROGRESS -> requestRejoin("a commit was refused");
            default -> {
                // says nothing about the membership
            }
        }
    }

    /**
     * Gives all partitions up and leaves, also if it is only about to join; a member with a name of its own stays until its
     * session is over.
     */
    public void close(long timeoutMs) {
        closed = true;
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        Set<TopicPartition> owned = tracker.assigned();
        try {
            if (!owned.isEmpty()) {
                if (lost) {
                    listener.onPartitionsLost(owned);
                } else {
                    listener.onPartitionsRevoked(owned);
                }
            }
        } finally {
            tracker.assign(Set.of());
            topics = Set.of();
            depart(deadlineNs);
        }
    }

    private void depart(long deadlineNs) {
        try {
            MemberIdentity leaving = member;
            if (leaving.memberId().isEmpty() && pending != null) {
                // A coordinator that is there says at once who one is, long before the others have joined.
                leaving = new MemberIdentity(
                        named.get(Math.min(NAMING_MS, leftMs(deadlineNs)), TimeUnit.MILLISECONDS), -1);
            }
            if (config.instanceId() == null && !leaving.memberId().isEmpty()) {
                protocol.leave(leaving, "the consumer is being closed").get(leftMs(deadlineNs), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            LOG.debug("Leaving group {} without a word, its session will run out", config.groupId(), e);
        } finally {
            named = CompletableFuture.completedFuture("");
            member = MemberIdentity.NONE;
        }
    }

    private static long leftMs(long deadlineNs) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()));
    }

    /** Forgets the subscription and leaves, so that another one can be made. */
    public void leave(long timeoutMs) {
        close(timeoutMs);
        closed = false;
        prepared = false;
        joining = false;
        pending = null;
        countsAssignedBy = null;
        rejoinNeeded = true;
        lost = false;
    }
}
