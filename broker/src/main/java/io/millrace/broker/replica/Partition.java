package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.EpochEndOffset;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One partition of which this broker has a replica: its role, its log, and who waits for it.
 *
 * <p>{@code lock} is the one lock on the data path. Appends, changes of role and of the ISR, and truncation hold it; it is
 * never held while anybody is told. Reads do without: they take the role, read, and look whether the role still holds, which
 * amounts to having read under the lock.
 */
public final class Partition {
    private static final int ANY_EPOCH = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Partition.class);

    private final TopicPartition name;
    private final ReplicaHost host;
    private final PartitionLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final PartitionWaiters waiters = new PartitionWaiters(this);
    private final LogWatchers watchers = new LogWatchers();
    private volatile Role role = Role.NONE;
    private volatile int minInsyncReplicas;

    // These belong to whoever applies the controller's requests.
    private long namedInBrokerEpoch = -1;
    private int namedInControllerEpoch = -1;

    private volatile Runnable onDurableAsFollower = () -> {};

    // Guarded by the lock.
    private final Followers followers;
    private final IsrControl isrControl;

    /** Written under the lock. */
    private volatile long epochStartOffset;

    /**
     * @param log its replica
     * @param minInsyncReplicas of the topic
     */
    Partition(TopicPartition name, ReplicaHost host, PartitionLog log, int minInsyncReplicas) {
        this.name = name;
        this.host = host;
        this.log = log;
        this.minInsyncReplicas = minInsyncReplicas;
        this.followers = new Followers(host);
        this.isrControl = new IsrControl(this, host, lock, followers);
        log.onDurable(this::onDurable);
    }

    public TopicPartition name() {
        return name;
    }

    public Uuid topicId() {
        return log.topicId();
    }

    /** A controller has named this replica, in these epochs. */
    void onNamed(long brokerEpoch, int controllerEpoch) {
        namedInBrokerEpoch = Math.max(namedInBrokerEpoch, brokerEpoch);
        namedInControllerEpoch = Math.max(namedInControllerEpoch, controllerEpoch);
    }

    /**
     * Whether no controller has named this replica since this broker has registered, or the controller was elected, that has
     * these epochs.
     */
    boolean isUnnamedIn(long brokerEpoch, int controllerEpoch) {
        return namedInBrokerEpoch < brokerEpoch || namedInControllerEpoch < controllerEpoch;
    }

    /** Its replica; to be written to by this class only. */
    public PartitionLog log() {
        return log;
    }

    public boolean isLeader() {
        return role.isLeader();
    }

    /** Broker that leads, or -1. */
    public int leaderId() {
        return role.leaderId();
    }

    /** Epoch of the present leader, or -1. */
    public int leaderEpoch() {
        return role.leaderEpoch();
    }

    Role role() {
        return role;
    }

    /** Under the lock. */
    void role(Role next) {
        role = next;
    }

    void minInsyncReplicas(int replicas) {
        minInsyncReplicas = replicas;
    }

    /** Whether this is the first state of a partition that has no record yet: one of thousands, as a rule. */
    boolean isNewIn(LeaderAndIsrPartitionState state) {
        return role == Role.NONE && state.leaderEpoch == 0 && log.logEndOffset() == 0;
    }

    /** Leads from now on. Appends that were waiting under an earlier epoch of the same leadership go on waiting. */
    void becomeLeader(LeaderAndIsrPartitionState state) {
        Level level = levelOf(state);
        long highWatermark;
        lock.lock();
        try {
            log.assignEpochStart(state.leaderEpoch);
            epochStartOffset = log.logEndOffset();
            followers.reset(state, host.nowMs());
            isrControl.reset();
            role = Role.leader(state);
            if (log.durableOffset() < log.logEndOffset()) {
                // Left so by a kill, perhaps: nobody may append for long, and until then what is there is to count.
                log.requestSync();
            }
            advanceHighWatermark();
            highWatermark = log.highWatermark();
        } finally {
            lock.unlock();
        }
        LOG.atLevel(level)
                .log(
                        "Became leader partition={} epoch={} logEndOffset={} highWatermark={} isr={}",
                        name,
                        state.leaderEpoch,
                        log.logEndOffset(),
                        highWatermark,
                        state.isr);
        waiters.completeAppends(highWatermark);
        watchers.changed(false, true, true);
    }

    /**
     * Whether this leader does not know yet how far its predecessors had committed: its high watermark is below the end of the log
     * it began with, so consumers may have read beyond it. Takes no lock.
     */
    public boolean isCatchingUpWithPredecessors() {
        return role.isLeader() && epochStartOffset > log.highWatermark();
    }

    /** Leads on in the same epoch, with other replicas, or with an ISR whose commitment this leader has not heard of. */
    void updateLeader(LeaderAndIsrPartitionState state) {
        lock.lock();
        try {
            followers.assign(state.replicas, state.isr, host.nowMs());
            followers.accept(state.isr, role.isr());
            isrControl.reset();
            role = role.committed(state.partitionEpoch, state.replicas, state.isr);
        } finally {
            lock.unlock();
        }
        LOG.info("Goes on leading partition={} {}", name, role);
        onIsrChanged();
    }

    /** Follows from now on. Who waits for the high watermark of a leader is told that this is none. */
    FollowerLog becomeFollower(LeaderAndIsrPartitionState state) {
        Level level = levelOf(state);
        lock.lock();
        try {
            followers.clear();
            isrControl.reset();
            role = Role.follower(state);
        } finally {
            lock.unlock();
        }
        LOG.atLevel(level)
                .log("Became follower partition={} epoch={} leader={}", name, state.leaderEpoch, state.leader);
        refuseWaiters(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        return new FollowerLog(this, state.leaderEpoch);
    }

    // See FirstRoles.
    private Level levelOf(LeaderAndIsrPartitionState state) {
        return isNewIn(state) ? Level.DEBUG : Level.INFO;
    }

    /** Serves no longer, because the controller says so or its disk failed. */
    void resign(Role.Kind kind) {
        lock.lock();
        try {
            followers.clear();
            isrControl.reset();
            onDurableAsFollower = () -> {};
            role = role.as(kind);
        } finally {
            lock.unlock();
        }
        LOG.info("Stopped serving partition={} reason={}", name, kind);
        refuseWaiters(kind == Role.Kind.OFFLINE ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    /**
     * Appends as the leader, and wakes those who waited for it.
     *
     * @param records position to limit; changed in place
     * @param acks -1 if enough replicas must be in sync
     * @param out what became of it
     * @throws StorageException with the error that the producer is told
     */
    public void appendAsLeader(ByteBuffer records, AppendOrigin origin, short acks, AppendInfo out) {
        appendAsLeaderIn(ANY_EPOCH, records, origin, acks, out);
    }

    /** As {@link #appendAsLeader}, but only in this epoch: what was decided in another may not hold any more. */
    void appendAsLeaderIn(int leaderEpoch, ByteBuffer records, AppendOrigin origin, short acks, AppendInfo out) {
        requireLeader();
        log.validate(records, origin, out);
        boolean highWatermarkMoved;
        lock.lock();
        try {
            Role now = requireLeader();
            if (leaderEpoch != ANY_EPOCH && leaderEpoch != now.leaderEpoch()) {
                throw new StorageException(
                        ErrorCode.NOT_LEADER_OR_FOLLOWER,
                        name + " is led in epoch " + now.leaderEpoch() + " and not in " + leaderEpoch);
            }
            if (acks == -1 && !hasEnoughInSync(now)) {
                throw new StorageException(
                        ErrorCode.NOT_ENOUGH_REPLICAS,
                        name + " has " + now.isr().length + " replicas in sync, fewer than " + effectiveMinIsr(now));
            }
            log.appendAsLeader(out, now.leaderEpoch());
            highWatermarkMoved = advanceHighWatermark();
        } finally {
            lock.unlock();
        }
        if (!out.duplicate()) {
            wake(true, highWatermarkMoved);
        }
    }

    /**
     * Reads for a consumer or a follower, without a lock.
     *
     * @param wanted what is wanted, and where the result goes
     * @param limitBytes what the answer as a whole has left
     * @param minOneBatch whether the first batch is given even if it is larger
     */
    void read(FetchedPartition wanted, FetchParams params, int limitBytes, boolean minOneBatch) {
        Role now = role;
        ErrorCode refusal = refusal(now, wanted.currentLeaderEpoch(), params.onlyLeader());
        if (refusal == ErrorCode.NONE && params.isFollower() && !hasFollower(params.replicaId())) {
            refusal = notAFollower(wanted.currentLeaderEpoch());
        }
        if (refusal != ErrorCode.NONE) {
            wanted.fail(refusal, now.leaderId(), now.leaderEpoch());
            return;
        }
        try {
            wanted.readFrom(log, params, limitBytes, minOneBatch);
        } catch (StorageException e) {
            wanted.fail(e.error(), now.leaderId(), now.leaderEpoch());
            return;
        }
        Role after = role;
        if (after != now && !sameEpoch(after, now)) {
            // What was read may since have been cut off: under the lock it would not have been read.
            ErrorCode changed = refusal(after, now.leaderEpoch(), params.onlyLeader());
            wanted.fail(
                    changed == ErrorCode.NONE ? ErrorCode.NOT_LEADER_OR_FOLLOWER : changed,
                    after.leaderId(),
                    after.leaderEpoch());
        }
    }

    /**
     * Notes how far a follower has come, which its fetch tells.
     *
     * @param brokerEpoch under which the follower is registered, -1 if it does not say
     * @param fetch how far it is, and when it was
     * @return NONE, or why it may not fetch here
     */
    ErrorCode onFollowerFetch(int replicaId, long brokerEpoch, int currentLeaderEpoch, FollowerFetch fetch) {
        boolean highWatermarkMoved;
        IsrProposal change;
        lock.lock();
        try {
            ErrorCode refusal = refusal(role, currentLeaderEpoch, true);
            if (refusal != ErrorCode.NONE) {
                return refusal;
            }
            FollowerProgress follower = followers.find(replicaId);
            if (follower == null) {
                return notAFollower(currentLeaderEpoch);
            }
            if (!follower.onFetch(brokerEpoch, fetch, log.logEndOffset())) {
                LOG.info(
                        "Ignored a fetch of a former life of broker {} partition={} brokerEpoch={} newest={}",
                        replicaId,
                        name,
                        brokerEpoch,
                        follower.brokerEpoch());
                return ErrorCode.NOT_LEADER_OR_FOLLOWER;
            }
            highWatermarkMoved = advanceHighWatermark();
            change = changeOfIsr();
        } finally {
            lock.unlock();
        }
        wake(false, highWatermarkMoved);
        waiters.completeDeletions();
        isrControl.send(change);
        return ErrorCode.NONE;
    }

    /** The error for a broker that fetches as a follower and is none. */
    private static ErrorCode notAFollower(int currentLeaderEpoch) {
        // With the right epoch in its request it may be one of which this leader has not heard yet: it shall try again.
        return currentLeaderEpoch >= 0 ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** Proposes another ISR if this leader has reason to. */
    void maybeChangeIsr() {
        IsrProposal change;
        lock.lock();
        try {
            change = changeOfIsr();
        } finally {
            lock.unlock();
        }
        isrControl.send(change);
    }

    /** Whether time alone may change the ISR: a follower may fall behind, or one that is behind catch up. */
    boolean watchesIsr() {
        Role now = role;
        return now.isLeader() && now.replicas().length > 1;
    }

    /** Under the lock: what is to be proposed, or null. */
    private @Nullable IsrProposal changeOfIsr() {
        return isrControl.propose(log.logEndOffset(), log.highWatermark(), epochStartOffset);
    }

    /** With fewer in sync more may be committed, and while this change was under way another may have become due. */
    void onIsrChanged() {
        onDurable();
        maybeChangeIsr();
    }

    /** More of the log may count now: of a leader's for the high watermark, of a follower's for its leader. */
    private void onDurable() {
        boolean highWatermarkMoved;
        lock.lock();
        try {
            highWatermarkMoved = role.isLeader() && advanceHighWatermark();
        } finally {
            lock.unlock();
        }
        wake(false, highWatermarkMoved);
        waiters.completeDeletions();
        onDurableAsFollower.run();
    }

    /** Has a task run, which must not wait, when more of the log is as safe as the sync policy wants it. */
    void onDurableAsFollower(Runnable task) {
        onDurableAsFollower = task;
    }

    /**
     * The replica in a rack that a consumer is best read from.
     *
     * @param brokersInRack the live brokers there
     * @return broker id; -1 for this one, or if there is none
     */
    int closestReplica(long fetchOffset, IntPredicate brokersInRack) {
        // A follower holds the lock for as long as it cuts its log, and event loops ask.
        if (!role.isLeader() || brokersInRack.test(host.brokerId())) {
            return -1;
        }
        lock.lock();
        try {
            Role now = role;
            return now.isLeader() ? followers.mostCaughtUp(now.isr(), fetchOffset, brokersInRack) : -1;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a broker is one of the followers of this leader. */
    boolean hasFollower(int replicaId) {
        return replicaId != host.brokerId() && ReplicationRules.contains(role.replicas(), replicaId);
    }

    /**
     * Where an epoch ended in this log.
     *
     * @throws StorageException with the error to be answered
     */
    public EpochEndOffset endOffsetFor(int currentLeaderEpoch, int leaderEpoch, boolean fetchOnlyLeader) {
        Role now = role;
        ErrorCode refusal = refusal(now, currentLeaderEpoch, fetchOnlyLeader);
        if (refusal != ErrorCode.NONE) {
            throw refused(refusal);
        }
        return log.leaderEpochs().endOffsetFor(leaderEpoch, log.logEndOffset());
    }

    /** NONE if this broker may answer a request that names this leader epoch (-1 for none), or the error to be answered. */
    public ErrorCode check(int currentLeaderEpoch, boolean onlyLeader) {
        return refusal(role, currentLeaderEpoch, onlyLeader);
    }

    /**
     * Moves the start of the log, as its leader.
     *
     * @param offset new start; -1 is the high watermark
     * @return the start afterwards
     * @throws StorageException with the error to be answered
     */
    public long deleteRecords(long offset) {
        long logStartOffset;
        requireLeader();
        lock.lock();
        try {
            requireLeader();
            logStartOffset = log.deleteRecords(offset);
        } finally {
            lock.unlock();
        }
        // Followers are to hear of it at once: who asked for the deletion waits for them.
        watchers.changed(true, true, false);
        return logStartOffset;
    }

    /** Below this offset no live replica has records any more; of no meaning unless this broker leads. */
    public long lowWatermark() {
        lock.lock();
        try {
            return followers.lowWatermark(log.logStartOffset());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether what was appended below this offset is as safe as acks=all asks for: then nobody has to wait. False says
     * nothing: {@link DelayedAppend} finds out why.
     */
    public boolean isCommitted(long endOffset) {
        Role now = role;
        return now.isLeader() && log.highWatermark() >= endOffset && hasEnoughInSync(now);
    }

    PartitionWaiters waiters() {
        return waiters;
    }

    void watch(LogWatcher watcher) {
        watchers.add(watcher);
    }

    void unwatch(LogWatcher watcher) {
        watchers.remove(watcher);
    }

    /**
     * Changes the log as a follower, under the lock and only if the broker still follows in this epoch; wakes those who wait.
     *
     * @return false if it does not
     * @throws StorageException of the log
     */
    boolean changeAsFollower(int leaderEpoch, Consumer<PartitionLog> change) {
        long logEndBefore;
        long highWatermarkBefore;
        lock.lock();
        try {
            Role now = role;
            if (!now.isFollower() || now.leaderEpoch() != leaderEpoch) {
                return false;
            }
            logEndBefore = log.logEndOffset();
            highWatermarkBefore = log.highWatermark();
            change.accept(log);
        } finally {
            lock.unlock();
        }
        watchers.changed(log.logEndOffset() > logEndBefore, log.highWatermark() > highWatermarkBefore, false);
        return true;
    }

    private void wake(boolean logEnd, boolean highWatermark) {
        if (highWatermark) {
            waiters.completeAppends(log.highWatermark());
        }
        if (logEnd || highWatermark) {
            watchers.changed(logEnd, highWatermark, false);
        }
    }

    private void refuseWaiters(ErrorCode error) {
        waiters.refuseAll(error);
        watchers.changed(false, false, true);
    }

    /** Under the lock. */
    private boolean advanceHighWatermark() {
        Role now = role;
        long before = log.highWatermark();
        // Not its end: what a loss of power could take away does not count, if the sync policy says so.
        long next = followers.highWatermark(before, log.durableOffset(), now, !hasEnoughInSync(now));
        return next > before && log.updateHighWatermark(next) > before;
    }

    /** Whether as many replicas are in sync as the topic asks for. */
    boolean hasEnoughInSync(Role now) {
        return now.isr().length >= effectiveMinIsr(now);
    }

    private int effectiveMinIsr(Role now) {
        return ReplicationRules.effectiveMinIsr(minInsyncReplicas, now.replicas().length);
    }

    private Role requireLeader() {
        Role now = role;
        ErrorCode refusal = refusal(now, -1, true);
        if (refusal != ErrorCode.NONE) {
            throw refused(refusal);
        }
        return now;
    }

    private static ErrorCode refusal(Role now, int currentLeaderEpoch, boolean onlyLeader) {
        if (now.kind() == Role.Kind.OFFLINE) {
            return ErrorCode.KAFKA_STORAGE_ERROR;
        }
        if (currentLeaderEpoch >= 0 && currentLeaderEpoch < now.leaderEpoch()) {
            return ErrorCode.FENCED_LEADER_EPOCH;
        }
        if (currentLeaderEpoch > now.leaderEpoch()) {
            return ErrorCode.UNKNOWN_LEADER_EPOCH;
        }
        boolean serves = now.isLeader() || (!onlyLeader && now.isFollower());
        return serves ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    private static boolean sameEpoch(Role some, Role other) {
        return some.kind() == other.kind() && some.leaderEpoch() == other.leaderEpoch();
    }

    private StorageException refused(ErrorCode error) {
        return new StorageException(error, "Broker " + host.brokerId() + " answers " + error + " for " + name);
    }
}
