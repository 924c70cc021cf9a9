package io.millrace.broker.replica;

import io.millrace.broker.replica.ReplicationRules.Verdict;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a leader has its ISR changed: it proposes, and what it proposed holds only once the controller has said so. Until then
 * those who are to join count already, and those who are to leave still do (KIP-497). One for each partition; state is guarded
 * by the partition's lock, which is never held while anybody is told.
 */
final class IsrControl {
    private static final Logger LOG = LoggerFactory.getLogger(IsrControl.class);

    /**
     * How long a leader waits before it proposes again what the controller has refused, or could not decide on. A follower that is
     * refused again and again is proposed ever more seldom, down to once in the lag time: each proposal costs the controller a
     * request, from each partition.
     */
    private static final long BACKOFF_MS = 500;

    private final Partition partition;
    private final ReplicaHost host;
    private final ReentrantLock lock;
    private final Followers followers;
    private @Nullable IsrProposal open;
    private long nothingBeforeMs = Long.MIN_VALUE;

    IsrControl(Partition partition, ReplicaHost host, ReentrantLock lock, Followers followers) {
        this.partition = partition;
        this.host = host;
        this.lock = lock;
        this.followers = followers;
    }

    /** Under the lock: the role is another, or the controller has told the state anew. Answers to come are of no interest. */
    void reset() {
        open = null;
        nothingBeforeMs = Long.MIN_VALUE;
    }

    /**
     * Under the lock: makes a proposal if there is reason to, and puts it into the role.
     *
     * @return what is to be {@link #send sent} once the lock is released; or null
     */
    @Nullable
    IsrProposal propose(long logEndOffset, long highWatermark, long epochStartOffset) {
        Role now = partition.role();
        if (!now.isLeader() || now.changing() || followers.isEmpty() || host.nowMs() < nothingBeforeMs) {
            return null;
        }
        int[] proper = followers.properIsr(now, logEndOffset, highWatermark, epochStartOffset);
        if (proper == now.isr()) {
            return null;
        }
        partition.role(now.proposing(proper));
        open = new IsrProposal(
                partition.name(),
                partition.topicId(),
                now.leaderEpoch(),
                now.partitionEpoch(),
                proper,
                followers.brokerEpochs(proper),
                this::onAnswer);
        LOG.info(
                "Proposes another ISR partition={} isr={} proposed={} logEndOffset={} highWatermark={}",
                partition.name(),
                Arrays.toString(now.isr()),
                Arrays.toString(proper),
                logEndOffset,
                highWatermark);
        return open;
    }

    void send(@Nullable IsrProposal proposal) {
        if (proposal != null) {
            host.isrChanges().propose(proposal);
        }
    }

    private void onAnswer(IsrProposal made, IsrAnswer answer) {
        Verdict verdict;
        lock.lock();
        try {
            if (made != open) {
                return;
            }
            verdict = ReplicationRules.verdict(answer, made.leaderEpoch(), made.partitionEpoch());
            Role now = partition.role();
            if (verdict == Verdict.COMMITTED) {
                open = null;
                partition.role(now.committed(answer.partitionEpoch(), now.replicas(), answer.isr()));
                followers.accept(answer.isr(), now.isr());
            } else if (verdict == Verdict.REJECTED) {
                open = null;
                partition.role(now.withoutProposal());
                nothingBeforeMs = host.nowMs() + BACKOFF_MS;
                followers.refuse(now.isr(), made.isr(), BACKOFF_MS);
            }
            // Else it is unknown whether it came true, so all that it named go on counting.
        } finally {
            lock.unlock();
        }
        LOG.info(
                "The controller answered partition={} error={} {} {}",
                partition.name(),
                answer.error(),
                verdict,
                partition.role());
        switch (verdict) {
            case COMMITTED -> partition.onIsrChanged();
            case REJECTED -> {
                // Who was proposed is waited for no longer.
                partition.onIsrChanged();
                later(() -> true, partition::maybeChangeIsr);
            }
            case RETRY -> later(() -> made == open, () -> send(made));
            case OVERTAKEN -> {}
        }
    }

    private void later(BooleanSupplier stillDue, Runnable action) {
        host.loop().schedule("ISR of " + partition.name(), BACKOFF_MS, () -> {
            boolean due;
            lock.lock();
            try {
                due = stillDue.getAsBoolean();
            } finally {
                lock.unlock();
            }
            if (due) {
                action.run();
            }
        });
    }
}
