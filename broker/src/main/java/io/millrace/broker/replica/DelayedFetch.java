package io.millrace.broker.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One Fetch request from its first look at the logs to its answer. It answers at once if there are enough bytes, an error, or
 * no time to wait; otherwise it waits for a change of one of its partitions and looks again. What it would answer with and may not be in
 * memory is read from the disk first, elsewhere, see {@link ColdRanges}.
 *
 * <p>It runs on the event loop of its connection. Only {@link #wake} and the timer come from elsewhere, and all that they do
 * is to have it run there.
 */
public final class DelayedFetch extends Timeout implements Runnable {
    /** No client waits so long; it bounds how long a fetch outlives its connection. */
    private static final int MAX_WAIT_MS = 300_000;

    /** What a disk has not given by then is left out of the answer: the other partitions are not to wait for one that hangs. */
    private static final int MAX_READ_MS = 5_000;

    /**
     * How long at most what could be answered waits because too much is being read already, of whose end nobody tells. Then it asks once
     * more to have it read, and if that is refused too, answers without it: however long a client would wait, what it waits for is there,
     * so it had better ask again.
     */
    private static final int REFUSED_WAIT_MS = 100;

    /** Takes the outcome, on the event loop. */
    public interface Answer {

        /** Answers with {@link #partitions}, whose slices it uses or moves away before it returns. */
        void onFetched(DelayedFetch fetch);

        /** This broker failed. */
        void onFailed(RuntimeException cause);
    }

    private final ReplicaManager replicas;
    private final Executor executor;
    private final FetchParams params;
    private final FetchSet set;
    private final FetchSession session;
    private final boolean incremental;
    private final Answer answer;
    private final List<FetchedPartition> looked = new ArrayList<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean expired;
    private boolean waiting;
    private boolean abandoned;
    private boolean refused;
    private boolean waitsShortly;
    private long dueMs;
    private @Nullable ColdRanges coldRanges;
    private boolean done;

    /**
     * @param replicas where to read
     * @param executor the event loop of the connection
     * @param session holds the partitions; released when the fetch is answered
     * @param incremental whether only partitions with news are answered
     * @param answer takes the outcome
     */
    public DelayedFetch(
            ReplicaManager replicas,
            Executor executor,
            FetchParams params,
            FetchSession session,
            boolean incremental,
            Answer answer) {
        this.replicas = replicas;
        this.executor = executor;
        this.params = params;
        this.set = session.set();
        this.session = session;
        this.incremental = incremental;
        this.answer = answer;
        this.expired = params.maxWaitMs() <= 0;
    }

    /** The partitions to answer, in this order. */
    public List<FetchedPartition> partitions() {
        return looked;
    }

    /** Id of the session that the client may go on with; 0 for none. */
    public int sessionId() {
        return session.continuedId();
    }

    /** Begins, on the event loop; answers before it returns if there is no need to wait, and says so. */
    public boolean start() {
        running.set(true);
        set.begin(replicas.nowMs(), params.hurriesHighWatermark());
        run();
        return done;
    }

    /** Answers with what there is, on the event loop: nobody waits any more. */
    public void hurry() {
        abandoned = true;
        expired = true;
        run();
    }

    /** Something changed. Any thread. */
    void wake() {
        if (running.compareAndSet(false, true)) {
            executor.execute(this);
        }
    }

    @Override
    public void onTimeout() {
        expired = true;
        wake();
    }

    /** Looks, and answers or waits. */
    @Override
    public void run() {
        running.set(false);
        if (done || isReading()) {
            return;
        }
        try {
            while (!answersNow() && !waits()) {
                // a partition changed between the look and the wait
            }
        } catch (RuntimeException e) {
            finish();
            answer.onFailed(e);
        }
    }

    private boolean answersNow() {
        boolean now = expired || coldRanges != null || set.size() == 0;
        int bytes = look();
        for (int i = 0; !now && i < looked.size(); i++) {
            now = looked.get(i).isUrgent(params);
        }
        if (!now && bytes < params.minBytes()) {
            return false;
        }
        ColdRanges read = coldRanges;
        if (read != null) {
            read.settle(looked);
        } else if (ColdRanges.areAmong(looked)) {
            return readsFirst(now);
        }
        answer();
        return true;
    }

    private boolean isReading() {
        ColdRanges read = coldRanges;
        return read != null && read.areAwaited() && !abandoned;
    }

    /**
     * Has what may have to come from the disk read before it answers, once: then it looks again, as the logs may have changed meanwhile.
     * Without what is too much to be read now it answers at once.
     *
     * @return false if nothing is left to answer with, and there is time to wait
     */
    private boolean readsFirst(boolean now) {
        ColdRanges ranges = new ColdRanges(this);
        if (abandoned) {
            ranges.settle(looked);
        } else if (ranges.begin(looked)) {
            coldRanges = ranges;
            putBack();
            replicas.timer().schedule(ranges, MAX_READ_MS);
            ranges.onBegun();
            return true;
        } else if (!givesAny()) {
            // What cannot be read now may have used up the bytes that others had a right to.
            putBack();
            look();
            ColdRanges.leaveOut(looked);
        }
        if (now || givesAny()) {
            answer();
            return true;
        }
        refused = true;
        return false;
    }

    private boolean givesAny() {
        for (int i = 0; i < looked.size(); i++) {
            if (looked.get(i).slice().length() > 0) {
                return true;
            }
        }
        return false;
    }

    /** Reads what is queued; returns the bytes found, those included that have to wait for the next answer. */
    private int look() {
        looked.clear();
        set.takeQueued(looked);
        if ((waiting || coldRanges != null) && !incremental) {
            // What changed during the last look stands before the rest in the queue, but it is the client
            // who sets the order.
            looked.sort(FetchedPartition.ORDER_OF_REQUEST);
        }
        int bytes = 0;
        int withheld = 0;
        for (int i = 0; i < looked.size(); i++) {
            FetchedPartition partition = looked.get(i);
            partition.read(replicas, params, params.maxBytes() - bytes, bytes == 0 && !params.hardMaxBytes());
            bytes += partition.slice().length();
            withheld = Math.max(withheld, partition.withheld());
            if (bytes > params.maxBytes()) {
                bytes = params.maxBytes();
            }
        }
        return bytes + withheld;
    }

    /** Waits for a change; false if there was one already, and it is to look again. */
    private boolean waits() {
        putBack();
        if (!waiting) {
            waiting = true;
            set.beginWait();
            waitsShortly = refused;
            int waitMs = Math.min(params.maxWaitMs(), refused ? REFUSED_WAIT_MS : MAX_WAIT_MS);
            dueMs = replicas.nowMs() + waitMs;
            replicas.timer().schedule(this, waitMs);
            if (!set.keepsWatching()) {
                // What changed before it watched is seen by looking once more.
                set.startWatching();
                return false;
            }
        } else if (refused && !waitsShortly && replicas.timer().cancel(this)) {
            waitsShortly = true;
            replicas.timer().schedule(this, Math.max(0, Math.min(REFUSED_WAIT_MS, dueMs - replicas.nowMs())));
        }
        return set.await(this);
    }

    private void putBack() {
        putBack(false);
        putBack(true);
        looked.clear();
    }

    private void putBack(boolean leftOut) {
        for (int i = 0; i < looked.size(); i++) {
            FetchedPartition partition = looked.get(i);
            if (partition.isLeftOut() == leftOut) {
                if (!incremental || partition.hasNews() || partition.hasMore()) {
                    set.queue(partition);
                }
                partition.slice().release();
            }
        }
    }

    private void answer() {
        // Those that got nothing although they have records come before those that got some, and last those of which
        // the disk is slow: they would use up the bytes of the next answer too, and get nothing again.
        queueAgain(false, false);
        queueAgain(true, false);
        queueAgain(false, true);
        if (incremental) {
            looked.removeIf(partition -> !partition.hasNews());
        }
        for (int i = 0; i < looked.size(); i++) {
            looked.get(i).tell();
        }
        answer.onFetched(this);
        finish();
    }

    private void queueAgain(boolean given, boolean leftOut) {
        for (int i = 0; i < looked.size(); i++) {
            FetchedPartition partition = looked.get(i);
            if (partition.hasMore() && partition.slice().length() > 0 == given && partition.isLeftOut() == leftOut) {
                set.queue(partition);
            }
        }
    }

    private void finish() {
        done = true;
        if (waiting) {
            set.endWait();
            replicas.timer().cancel(this);
        }
        ColdRanges read = coldRanges;
        if (read != null) {
            replicas.timer().cancel(read);
            read.cancel();
        }
        for (int i = 0; i < looked.size(); i++) {
            looked.get(i).slice().release();
        }
        session.release();
    }
}
