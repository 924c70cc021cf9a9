package io.millrace.client.consumer;

import io.millrace.client.net.Backoff;
import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds where to begin reading partitions that have no position: at what the group has committed, else where
 * {@code auto.offset.reset} says, else it is an error that {@code poll} throws. On the event loop.
 */
public final class PositionFinder {
    /** Instead of a timestamp: begin where {@code auto.offset.reset} says, whatever is committed. */
    static final Long BY_POLICY = Long.MIN_VALUE;

    private final BrokerClient client;
    private final OffsetTracker tracker;
    private final OffsetLookup lookup;
    private final @Nullable GroupOffsets groupOffsets;
    private final @Nullable Long policyTimestamp;
    private final long timeoutMs;
    private final Backoff retry;
    private final Runnable onFound;

    /**
     * @param groupOffsets what the group has committed, or null without a group
     * @param policyTimestamp {@link OffsetLookup#EARLIEST}, {@link OffsetLookup#LATEST}, or null to refuse
     * @param onFound called on the event loop when there are positions to fetch from
     */
    public PositionFinder(
            BrokerClient client,
            OffsetTracker tracker,
            OffsetLookup lookup,
            @Nullable GroupOffsets groupOffsets,
            @Nullable Long policyTimestamp,
            long timeoutMs,
            Backoff retry,
            Runnable onFound) {
        this.client = client;
        this.tracker = tracker;
        this.lookup = lookup;
        this.groupOffsets = groupOffsets;
        this.policyTimestamp = policyTimestamp;
        this.timeoutMs = timeoutMs;
        this.retry = retry;
        this.onFound = onFound;
    }

    /**
     * Looks for the positions that are missing and not looked for yet, and again for those that could not be found, unless the
     * error of that still waits to be thrown. From the application's thread.
     */
    public void wake() {
        tracker.retryRefused();
        look();
    }

    /** Looks for the positions that are missing, not looked for yet and not refused. From any thread. */
    public void look() {
        try {
            client.loop().execute(this::turn);
        } catch (RejectedExecutionException e) {
            // the consumer is closed, nobody needs positions any more
        }
    }

    private void turn() {
        Map<TopicPartition, Integer> epochs = new HashMap<>();
        Map<TopicPartition, Integer> committed = new HashMap<>();
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        tracker.forEach(state -> {
            if (!state.needsPosition()) {
                return;
            }
            state.findingPosition = true;
            epochs.put(state.partition, state.epoch);
            Long timestamp = state.resetTimestamp;
            if (timestamp == null && groupOffsets != null) {
                committed.put(state.partition, state.epoch);
            } else if (timestamp == null || timestamp.equals(BY_POLICY)) {
                byPolicy(state.partition, timestamps, epochs);
            } else {
                timestamps.put(state.partition, timestamp);
            }
        });
        find(timestamps, epochs);
        if (groupOffsets != null && !committed.isEmpty()) {
            groupOffsets
                    .fetch(committed.keySet(), timeoutMs)
                    .whenComplete((offsets, failure) -> client.loop().execute(() -> {
                        if (offsets == null) {
                            onFailure(committed, ClientException.of(java.util.Objects.requireNonNull(failure)));
                        } else {
                            onCommitted(committed, offsets);
                        }
                    }));
        }
    }

    private void onCommitted(Map<TopicPartition, Integer> asked, Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        asked.forEach((partition, epoch) -> {
            OffsetAndMetadata offset = offsets.get(partition);
            if (offset == null) {
                byPolicy(partition, timestamps, asked);
            } else {
                tracker.ifCurrent(partition, epoch, state -> state.moveTo(offset.offset()));
            }
        });
        find(timestamps, asked);
        onFound.run();
    }

    private void byPolicy(
            TopicPartition partition, Map<TopicPartition, Long> timestamps, Map<TopicPartition, Integer> epochs) {
        if (policyTimestamp != null) {
            timestamps.put(partition, policyTimestamp);
        } else {
            onFailure(
                    Map.of(partition, epochs.getOrDefault(partition, 0)),
                    new ClientException(
                            ErrorCode.OFFSET_OUT_OF_RANGE,
                            "There is no offset to begin reading " + partition
                                    + " at, and auto.offset.reset=none; commit one or seek"));
        }
    }

    private void find(Map<TopicPartition, Long> timestamps, Map<TopicPartition, Integer> epochs) {
        if (timestamps.isEmpty()) {
            return;
        }
        lookup.find(timestamps, timeoutMs)
                .whenComplete((offsets, failure) -> client.loop().execute(() -> {
                    if (offsets == null) {
                        Map<TopicPartition, Integer> asked = new HashMap<>(epochs);
                        asked.keySet().retainAll(timestamps.keySet());
                        onFailure(asked, ClientException.of(java.util.Objects.requireNonNull(failure)));
                        return;
                    }
                    offsets.forEach((partition, found) ->
                            tracker.ifCurrent(partition, epochs.get(partition), state -> state.moveTo(found.offset())));
                    onFound.run();
                }));
    }

    private void onFailure(Map<TopicPartition, Integer> asked, ClientException failure) {
        if (!failure.retriable()) {
            // Only the application can mend that. Were it tried again before the next poll, the error would be raised
            // again and thrown after the application has sought to another place.
            tracker.refuse(asked, failure);
            return;
        }
        long delayMs = Math.max(1, retry.delayMs(1));
        client.loop()
                .schedule(
                        () -> {
                            asked.forEach((partition, epoch) ->
                                    tracker.ifCurrent(partition, epoch, state -> state.findingPosition = false));
                            turn();
                        },
                        delayMs,
                        TimeUnit.MILLISECONDS);
    }
}
