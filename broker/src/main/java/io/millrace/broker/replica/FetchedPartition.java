package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.EpochEndOffset;
import io.millrace.storage.file.ColdRead;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a fetch, or of a fetch session: what the client wants of it, what it was told last, and what was found
 * this time. It watches the partition and puts itself among those that its {@link FetchSet} looks at next.
 *
 * <p>Everything but {@link #onChange} happens on the event loop of the request that holds the set.
 */
public final class FetchedPartition extends LogWatcher implements FollowerFetch {
    /** As the client named them first. */
    static final Comparator<FetchedPartition> ORDER_OF_REQUEST = Comparator.comparingInt(found -> found.position);

    private static final int NONE_KNOWN = -1;

    private final FetchSet set;
    private final int position;
    private final @Nullable Uuid topicId;
    private final int partition;
    private @Nullable String topic;

    private int currentLeaderEpoch;
    private long fetchOffset;
    private int lastFetchedEpoch;
    private long followerStartOffset;
    private int maxBytes;

    private long toldHighWatermark = -1;
    private long toldLogStartOffset = -1;

    private ErrorCode error = ErrorCode.NONE;
    private boolean found;
    private long highWatermark;
    private long lastStableOffset;
    private long logStartOffset;
    private @Nullable List<AbortedTransaction> abortedTransactions;
    private int divergingEpoch;
    private long divergingEndOffset;
    private int leaderId;
    private int leaderEpoch;
    private int preferredReadReplica = NONE_KNOWN;
    private boolean available;
    private final LogSlice slice = new LogSlice();
    private int withheld;
    private @Nullable ColdRead readAhead;
    private boolean leftOut;

    /** The request that a follower's position was last counted for: a fetch that waits is one fetch however often it looks. */
    private int countedRequest;

    private volatile long forgottenMs = -1;
    private @Nullable Partition watched;
    // Guarded by the set.
    boolean queued;

    @Nullable
    FetchedPartition nextQueued;

    /**
     * @param position rises with each that the client names for the first time
     * @param topicId null if the client names topics
     * @param topic null as long as nobody knows a topic of this id
     */
    FetchedPartition(FetchSet set, int position, @Nullable Uuid topicId, @Nullable String topic, int partition) {
        this.set = set;
        this.position = position;
        this.topicId = topicId;
        this.topic = topic;
        this.partition = partition;
    }

    /** Name of the topic; null if the client gave an id that nobody knows. */
    public @Nullable String topic() {
        return topic;
    }

    /** Id of the topic; null if the client names topics. */
    public @Nullable Uuid topicId() {
        return topicId;
    }

    public int partition() {
        return partition;
    }

    /** What the client wants from now on. */
    void want(int leaderEpochKnown, long offset, int epochOfLast, long startOffset, int bytes) {
        currentLeaderEpoch = leaderEpochKnown;
        fetchOffset = offset;
        lastFetchedEpoch = epochOfLast;
        followerStartOffset = startOffset;
        maxBytes = bytes;
    }

    int currentLeaderEpoch() {
        return currentLeaderEpoch;
    }

    /** Where the client reads. */
    @Override
    public long fetchOffset() {
        return fetchOffset;
    }

    /** NONE, or why there are no records. */
    public ErrorCode error() {
        return error;
    }

    /** Whether this broker has the partition, even if it cannot be read here. */
    public boolean found() {
        return found;
    }

    /** -1 with an error. */
    public long highWatermark() {
        return highWatermark;
    }

    /** -1 with an error. */
    public long lastStableOffset() {
        return lastStableOffset;
    }

    /** -1 with an error. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** Null unless only committed records are read. */
    public @Nullable List<AbortedTransaction> abortedTransactions() {
        return abortedTransactions;
    }

    /** The newest epoch not above the client's that this log has, if the logs have parted; else -1. */
    public int divergingEpoch() {
        return divergingEpoch;
    }

    /** Where that epoch ends, or -1. */
    public long divergingEndOffset() {
        return divergingEndOffset;
    }

    /** With an error, who leads as far as is known here; else -1. */
    public int leaderId() {
        return leaderId;
    }

    /** With an error, the epoch of that leader; else -1. */
    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** The records found; empty with an error. To be released or moved by who answers. */
    public LogSlice slice() {
        return slice;
    }

    /** The records found cannot be given to this client, which is told so now. */
    public void refuse(ErrorCode why) {
        fail(why, -1, -1);
        tell();
    }

    /** Bytes that were found and are not given, because they are not even one batch. */
    int withheld() {
        return withheld;
    }

    /** Broker that the client had better read from, which then gets no records here; or -1. */
    public int preferredReadReplica() {
        return preferredReadReplica;
    }

    /** Whether there is an answer that is not to wait for more records. */
    boolean isUrgent(FetchParams params) {
        return error != ErrorCode.NONE
                || isDiverging()
                || preferredReadReplica != NONE_KNOWN
                || (params.hurriesHighWatermark() && highWatermark > toldHighWatermark)
                || (params.isFollower() && toldLogStartOffset >= 0 && logStartOffset > toldLogStartOffset);
    }

    boolean isDiverging() {
        return divergingEpoch != -1 || divergingEndOffset != -1;
    }

    /** Reads again, in place of what was found before. */
    void read(ReplicaManager replicas, FetchParams params, int limitBytes, boolean minOneBatch) {
        clear();
        if (maxBytes < 0) {
            fail(ErrorCode.INVALID_REQUEST, -1, -1);
            return;
        }
        if (topic == null && topicId != null) {
            topic = replicas.topicName(topicId);
        }
        String name = topic;
        Partition present = name == null ? null : replicas.partition(name, partition);
        watch(present);
        if (name == null) {
            fail(ErrorCode.UNKNOWN_TOPIC_ID, -1, -1);
        } else if (present == null) {
            failAbsent(replicas, name);
        } else {
            found = true;
            if (topicId != null
                    && !topicId.equals(present.topicId())
                    && !present.topicId().equals(Uuid.ZERO)) {
                fail(ErrorCode.INCONSISTENT_TOPIC_ID, -1, -1);
                return;
            }
            int closest = params.rackId().isEmpty() ? NONE_KNOWN : replicas.closestReplica(present, this, params);
            present.read(this, params, closest == NONE_KNOWN ? limitBytes : 0, closest == NONE_KNOWN && minOneBatch);
            if (closest != NONE_KNOWN && error == ErrorCode.NONE) {
                slice.release();
                preferredReadReplica = closest;
            }
            // A position from where the logs have parted says nothing (KAFKA-13141).
            if (params.isFollower() && error == ErrorCode.NONE && !isDiverging()) {
                count(present, params);
            }
        }
    }

    private void count(Partition present, FetchParams params) {
        if (countedRequest == set.requestNumber()) {
            return;
        }
        countedRequest = set.requestNumber();
        ErrorCode refusal =
                present.onFollowerFetch(params.replicaId(), params.replicaEpoch(), currentLeaderEpoch, this);
        if (refusal != ErrorCode.NONE) {
            fail(refusal, present.leaderId(), present.leaderEpoch());
        }
    }

    @Override
    public long followerStartOffset() {
        return followerStartOffset;
    }

    @Override
    public long beforeMs() {
        // What changed while the request was waiting had not changed when it came.
        return set.hasWaited() ? set.requestMs() : set.previousRequestMs();
    }

    @Override
    public long lastFetchMs() {
        long forgotten = forgottenMs;
        return forgotten >= 0 ? forgotten : set.requestMs();
    }

    /** The client does without this partition from now on. */
    void onForgotten() {
        forgottenMs = set.requestMs();
        unwatch();
    }

    /** The reading itself; called by the partition between two looks at its role. */
    void readFrom(PartitionLog log, FetchParams params, int limitBytes, boolean minOneBatch) {
        long end = log.logEndOffset();
        highWatermark = log.highWatermark();
        lastStableOffset = log.lastStableOffset();
        logStartOffset = log.logStartOffset();
        if (hasParted(log, end)) {
            return;
        }
        long bound = params.isFollower() ? end : params.readCommitted() ? lastStableOffset : highWatermark;
        available = bound > fetchOffset;
        log.read(fetchOffset, Math.min(maxBytes, limitBytes), minOneBatch, bound, slice);
        if (slice.isFirstBatchCut() && !params.hardMaxBytes()) {
            // Clients take records of which not one batch is whole for an error: it gets its turn as the
            // first of an answer.
            withheld = slice.length();
            slice.release();
        }
        if (params.readCommitted()) {
            abortedTransactions =
                    slice.length() == 0 ? List.of() : log.abortedTransactions(fetchOffset, lastStableOffset);
        }
    }

    /** Has the records found read from the disk; false if that is not to be had now. */
    boolean readAhead(Runnable onEnd) {
        readAhead = slice.readAhead(onEnd);
        return readAhead != null;
    }

    void cancelReadAhead() {
        ColdRead begun = readAhead;
        if (begun != null) {
            readAhead = null;
            begun.cancel();
        }
    }

    /** What was found, again, is given if it is in memory or was read, and left for the next answer otherwise. */
    void settleReadAhead() {
        ColdRead begun = readAhead;
        if (!slice.mayBeCold() || begun != null && slice.keepReadBy(begun)) {
            return;
        }
        if (begun != null && begun.failed()) {
            fail(ErrorCode.KAFKA_STORAGE_ERROR, -1, -1);
        } else {
            leaveOut();
        }
    }

    /** The records found are not given this time. */
    void leaveOut() {
        leftOut = true;
        slice.release();
        if (abortedTransactions != null) {
            abortedTransactions = List.of();
        }
    }

    /** Whether records were found at the last look and are not given, as they would have to come from the disk. */
    boolean isLeftOut() {
        return leftOut;
    }

    /** There is an error instead of records. */
    void fail(ErrorCode why, int knownLeaderId, int knownLeaderEpoch) {
        boolean wasFound = found;
        clear();
        found = wasFound;
        error = why;
        highWatermark = -1;
        lastStableOffset = -1;
        logStartOffset = -1;
        if (why == ErrorCode.NOT_LEADER_OR_FOLLOWER || why == ErrorCode.FENCED_LEADER_EPOCH) {
            leaderId = knownLeaderId;
            leaderEpoch = knownLeaderEpoch;
        }
    }

    /** Whether there are records for the client, perhaps more than the limits let it have this time, or an error. */
    boolean hasMore() {
        return error != ErrorCode.NONE || isDiverging() || available;
    }

    /** Whether an incremental answer has anything to say about this partition. */
    boolean hasNews() {
        return error != ErrorCode.NONE
                || slice.length() > 0
                || isDiverging()
                || preferredReadReplica != NONE_KNOWN
                || highWatermark != toldHighWatermark
                || logStartOffset != toldLogStartOffset;
    }

    /** The client is told now. */
    void tell() {
        // One whose log has parted takes no high watermark over (KAFKA-14704), so it has to be told once more.
        toldHighWatermark = isDiverging() ? NONE_KNOWN : highWatermark;
        toldLogStartOffset = logStartOffset;
    }

    void unwatch() {
        watch(null);
    }

    @Override
    void onChange(boolean logEnd, boolean highWatermarkMoved, boolean role) {
        set.onChange(this, logEnd, highWatermarkMoved, role);
    }

    private boolean hasParted(PartitionLog log, long logEndOffset) {
        if (lastFetchedEpoch < 0) {
            return false;
        }
        if (fetchOffset < log.logStartOffset()) {
            throw new StorageException(ErrorCode.OFFSET_OUT_OF_RANGE, "The log starts behind offset " + fetchOffset);
        }
        EpochEndOffset end = log.leaderEpochs().endOffsetFor(lastFetchedEpoch, logEndOffset);
        if (end.leaderEpoch() < 0 || end.endOffset() < 0) {
            throw new StorageException(
                    ErrorCode.OFFSET_OUT_OF_RANGE, "No record of epoch " + lastFetchedEpoch + " or before is left");
        }
        if (end.leaderEpoch() >= lastFetchedEpoch && end.endOffset() >= fetchOffset) {
            return false;
        }
        divergingEpoch = end.leaderEpoch();
        divergingEndOffset = end.endOffset();
        return true;
    }

    private void failAbsent(ReplicaManager replicas, String name) {
        var known = replicas.metadata().snapshot().partition(name, partition);
        if (known == null) {
            fail(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
        } else {
            fail(ErrorCode.NOT_LEADER_OR_FOLLOWER, known.leader(), known.leaderEpoch());
        }
    }

    private void watch(@Nullable Partition present) {
        if (!set.keepsWatching() && present != null) {
            return;
        }
        Partition before = watched;
        if (before == present) {
            return;
        }
        if (before != null) {
            before.unwatch(this);
        }
        watched = present;
        if (present != null) {
            present.watch(this);
        }
    }

    private void clear() {
        slice.release();
        withheld = 0;
        leftOut = false;
        error = ErrorCode.NONE;
        found = false;
        available = false;
        abortedTransactions = null;
        divergingEpoch = NONE_KNOWN;
        divergingEndOffset = NONE_KNOWN;
        leaderId = NONE_KNOWN;
        leaderEpoch = NONE_KNOWN;
        preferredReadReplica = NONE_KNOWN;
    }
}
