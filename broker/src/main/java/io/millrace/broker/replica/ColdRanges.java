package io.millrace.broker.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The ranges of one fetch that are read on threads of their log directories before the fetch looks again and answers, so that its event
 * loop does not wait for the disk. A fetch has one such round at most, with a deadline of its own: that of the fetch may be due this
 * very moment, and must not be moved then. On the event loop of the fetch, but for {@link #onEnd} and the timer.
 */
final class ColdRanges extends Timeout {
    private final DelayedFetch fetch;
    private final List<FetchedPartition> reading = new ArrayList<>();

    // One more than there are while they are begun.
    private final AtomicInteger left = new AtomicInteger(1);

    private volatile boolean overdue;

    ColdRanges(DelayedFetch fetch) {
        this.fetch = fetch;
    }

    /** Whether one of these may have to come from the disk. */
    static boolean areAmong(List<FetchedPartition> looked) {
        for (int i = 0; i < looked.size(); i++) {
            if (looked.get(i).slice().mayBeCold()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Has what may have to come from the disk read; where too much is being read already it is left out of the answer.
     *
     * @return false if that is all of it
     */
    boolean begin(List<FetchedPartition> looked) {
        for (int i = 0; i < looked.size(); i++) {
            FetchedPartition partition = looked.get(i);
            if (partition.slice().mayBeCold()) {
                left.incrementAndGet();
                if (partition.readAhead(this::onEnd)) {
                    reading.add(partition);
                } else {
                    left.decrementAndGet();
                    partition.leaveOut();
                }
            }
        }
        return !reading.isEmpty();
    }

    /** From now on the fetch is woken when all are read, at once if they are. */
    void onBegun() {
        onEnd();
    }

    /** Whether some are not read yet, and there is time left for them. */
    boolean areAwaited() {
        return left.get() > 0 && !overdue;
    }

    @Override
    public void onTimeout() {
        overdue = true;
        fetch.wake();
    }

    /** Leaves out what may have to come from the disk. */
    static void leaveOut(List<FetchedPartition> looked) {
        for (int i = 0; i < looked.size(); i++) {
            if (looked.get(i).slice().mayBeCold()) {
                looked.get(i).leaveOut();
            }
        }
    }

    /** Ends the round; what it has not brought is left out of the answer. */
    void settle(List<FetchedPartition> looked) {
        for (int i = 0; i < looked.size(); i++) {
            looked.get(i).settleReadAhead();
        }
        cancel();
    }

    /** Nobody wants what is not read yet. */
    void cancel() {
        for (int i = 0; i < reading.size(); i++) {
            reading.get(i).cancelReadAhead();
        }
        reading.clear();
    }

    private void onEnd() {
        if (left.decrementAndGet() == 0) {
            try {
                fetch.wake();
            } catch (RejectedExecutionException e) {
                // The event loop has stopped, and its connections are closed.
                return;
            }
        }
    }
}
