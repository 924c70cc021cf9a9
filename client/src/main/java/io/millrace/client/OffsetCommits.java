package io.millrace.client;

import io.millrace.client.consumer.GroupMembership;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.consumer.OffsetTracker;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits what a {@link Consumer} has handed out: when told to, every so often, and before partitions go. */
final class OffsetCommits {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetCommits.class);

    private final ConsumerConfig config;
    private final OffsetTracker tracker;
    private final GroupMembership group;
    private long nextAutoCommitNs;

    OffsetCommits(ConsumerConfig config, OffsetTracker tracker, GroupMembership group) {
        this.config = config;
        this.tracker = tracker;
        this.group = group;
        scheduleAutoCommit();
    }

    /** The positions that are known: the next offset to be handed out of each partition. */
    Map<TopicPartition, OffsetAndMetadata> handedOut() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        tracker.positions().forEach((partition, position) -> offsets.put(partition, new OffsetAndMetadata(position)));
        return offsets;
    }

    /** @param retrying whether to try again what may pass, because somebody waits for the outcome */
    CompletableFuture<Void> commit(Map<TopicPartition, OffsetAndMetadata> offsets, boolean retrying) {
        return group.offsets().commit(offsets, retrying, config.apiTimeoutMs()).whenComplete((done, failure) -> {
            if (failure != null) {
                group.onCommitFailed(ClientException.of(failure));
            }
        });
    }

    /** Commits if that is automatic and the time has come. What fails is made good by the next time. */
    void commitIfDue() {
        if (config.autoCommit() && System.nanoTime() - nextAutoCommitNs >= 0) {
            scheduleAutoCommit();
            commit(handedOut(), false).exceptionally(failure -> {
                LOG.debug("An automatic commit failed", failure);
                return null;
            });
        }
    }

    /** Commits and waits, if that is automatic, because the partitions are about to go. */
    void commitBeforeRevoking() {
        commitBeforeRevoking(config.apiTimeoutMs());
    }

    /** Like {@link #commitBeforeRevoking()} with another patience. */
    void commitBeforeRevoking(long timeoutMs) {
        if (!config.autoCommit()) {
            return;
        }
        scheduleAutoCommit();
        try {
            commit(handedOut(), true).get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException e) {
            warnOfRepetition(ClientException.of(e).getMessage());
        } catch (java.util.concurrent.TimeoutException e) {
            warnOfRepetition("no answer within " + timeoutMs + " ms");
        }
    }

    private static void warnOfRepetition(@Nullable String reason) {
        LOG.warn("Offsets could not be committed before partitions go; some records will be read again ({})", reason);
    }

    private void scheduleAutoCommit() {
        nextAutoCommitNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.autoCommitIntervalMs());
    }
}
