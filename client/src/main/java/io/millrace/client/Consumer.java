package io.millrace.client;

import io.millrace.client.consumer.ChunkReader;
import io.millrace.client.consumer.GroupConfig;
import io.millrace.client.consumer.GroupMembership;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.consumer.OffsetAndTimestamp;
import io.millrace.client.consumer.OffsetLookup;
import io.millrace.client.consumer.OffsetTracker;
import io.millrace.client.consumer.PositionFinder;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.client.consumer.RecordFetcher;
import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads records from topics.
 *
 * <pre>{@code
 * try (Consumer<String, String> consumer = Consumer.ofStrings("localhost:9092", "billing")) {
 *     consumer.subscribe(List.of("clicks"));
 *     while (running) {
 *         for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
 *             System.out.println(record.key() + ": " + record.value());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>It fetches ahead in the background, up to {@code fetch.max.bytes}. With {@link #subscribe} partitions are divided among
 * the consumers of the group; with {@link #assign} they are chosen. How far the group has come is committed every
 * {@code auto.commit.interval.ms} and when partitions go, unless {@code enable.auto.commit=false}; only what was handed out by an
 * earlier poll is committed.
 *
 * <p>A consumer is used by one thread at a time, and says so when it is not; only {@link #wakeup} may be called by others. It
 * runs one daemon thread, named after its client id.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class Consumer<K, V> implements AutoCloseable {
    private static final ClientIds CLIENT_IDS = new ClientIds("consumer");
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);
    /** A century: longer than anybody waits, and nanoseconds can still be reckoned with. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final ConsumerConfig config;
    private final BrokerClient client;
    private final OffsetTracker tracker = new OffsetTracker();
    private final OffsetLookup lookup;
    private final PositionFinder finder;
    private final RecordFetcher fetcher;
    private final RecordDecoder<K, V> decoder;
    private final @Nullable GroupMembership membership;

    private final @Nullable OffsetCommits commits;
    private final SoleUser user = new SoleUser();
    private final AtomicBoolean wakeupWanted = new AtomicBoolean();

    // On the application's thread only.
    private boolean subscribed;
    private @Nullable Pattern pattern;
    private @Nullable ClusterSnapshot matchedAgainst;
    private RebalanceListener listener = RebalanceListener.NONE;

    /** One with these settings; it connects when there is something to read. The deserializers are called in {@link #poll}. */
    public Consumer(
            ConsumerConfig config,
            Deserializer<? extends K> keyDeserializer,
            Deserializer<? extends V> valueDeserializer) {
        this.config = config;
        String clientId = CLIENT_IDS.orNext(config.clientId());
        this.client = new BrokerClient(
                clientId, config.cluster(), config.connections().withClientId(clientId));
        lookup = new OffsetLookup(client, config.fetch().readCommitted());
        GroupConfig group = config.group();
        membership = group == null ? null : new GroupMembership(client, group, tracker, config.retry());
        commits = membership == null ? null : new OffsetCommits(config, tracker, membership);
        // The two wake each other; the field is read when there is something to wake.
        finder = new PositionFinder(
                client,
                tracker,
                lookup,
                membership == null ? null : membership.offsets(),
                config.resetTimestamp(),
                config.apiTimeoutMs(),
                config.retry(),
                this::wakeFetcher);
        fetcher = new RecordFetcher(client, config.fetch(), config.retry(), tracker, finder::look);
        decoder = new RecordDecoder<>(new ChunkReader(tracker, config.fetch()), keyDeserializer, valueDeserializer);
    }

    /** A consumer of strings in a group, with the default configuration but for reading from the start at first. */
    public static Consumer<String, String> ofStrings(String bootstrapServers, String groupId) {
        return new Consumer<>(
                ConsumerConfig.of(bootstrapServers).with("group.id", groupId).with("auto.offset.reset", "earliest"),
                Deserializer.string(),
                Deserializer.string());
    }

    private void wakeFetcher() {
        fetcher.wake();
    }

    /** Reads what the group gives to this consumer of these topics, from the next poll on. Replaces what was read before. */
    public void subscribe(Collection<String> topics) {
        subscribe(topics, RebalanceListener.NONE);
    }

    /** Like {@link #subscribe(Collection)}, with somebody who is told which partitions come and go. */
    public void subscribe(Collection<String> topics, RebalanceListener listener) {
        exclusively(() -> {
            GroupMembership group = requireGroup("subscribe");
            pattern = null;
            beginSubscription(listener);
            client.view().track(topics);
            group.subscribe(topics, listener, requireCommits()::commitBeforeRevoking);
        });
    }

    /** Reads what the group gives to this consumer of all topics whose whole name matches, also of those created later. */
    public void subscribe(Pattern topics) {
        subscribe(topics, RebalanceListener.NONE);
    }

    /** Like {@link #subscribe(Collection)}, of all topics whose whole name matches, also of those created later. */
    public void subscribe(Pattern topics, RebalanceListener listener) {
        exclusively(() -> {
            requireGroup("subscribe");
            pattern = topics;
            matchedAgainst = null;
            beginSubscription(listener);
            client.view().trackAll();
        });
    }

    private void beginSubscription(RebalanceListener newListener) {
        if (!subscribed) {
            tracker.assign(Set.of());
        }
        subscribed = true;
        listener = newListener;
    }

    /** Reads these partitions, whatever others read. Replaces what was read before; a group is left. */
    public void assign(Collection<TopicPartition> partitions) {
        exclusively(() -> {
            leaveGroup();
            tracker.assign(Set.copyOf(partitions));
            client.view().track(partitions.stream().map(TopicPartition::topic).collect(Collectors.toSet()));
            finder.wake();
        });
    }

    /** Reads nothing any more; a group is left. */
    public void unsubscribe() {
        exclusively(() -> {
            leaveGroup();
            tracker.assign(Set.of());
        });
    }

    private void leaveGroup() {
        if (subscribed && membership != null) {
            requireCommits().commitBeforeRevoking();
            membership.leave(config.apiTimeoutMs());
        }
        subscribed = false;
        pattern = null;
    }

    /** The topics subscribed to; of a pattern those found so far. */
    public Set<String> subscription() {
        return subscribed && membership != null ? membership.topics() : Set.of();
    }

    /** The partitions being read. */
    public Set<TopicPartition> assignment() {
        return tracker.assigned();
    }

    /**
     * The next records: at once if some are fetched ahead, else as soon as some come, at most {@code max.poll.records}.
     *
     * @param timeout how long to wait for the first one
     * @return empty if none came in time, or {@link #wakeup} was called
     * @throws ClientException if something is wrong that waiting does not mend: a topic that may not be read, a damaged
     *     batch, no offset to begin at, a group that cannot be joined. Polling on tries again.
     */
    public ConsumerRecords<K, V> poll(Duration timeout) {
        user.enter();
        try {
            long deadlineNs = deadlineNs(timeout);
            while (true) {
                long seen = tracker.events();
                step(deadlineNs);
                List<ConsumerRecord<K, V>> records = decoder.next(config.maxPollRecords());
                fetcher.wake();
                if (!records.isEmpty() || wakeupWanted.getAndSet(false) || !tracker.await(seen, deadlineNs)) {
                    return new ConsumerRecords<>(records);
                }
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            user.leave();
        }
    }

    private void step(long deadlineNs) throws InterruptedException {
        ClientException error = tracker.takeError();
        if (error != null) {
            throw error.rethrown();
        }
        if (subscribed && membership != null) {
            matchPattern();
            membership.poll(deadlineNs);
        }
        if (commits != null) {
            commits.commitIfDue();
        }
        finder.wake();
    }

    private void matchPattern() {
        Pattern wanted = pattern;
        ClusterSnapshot cluster = client.view().snapshot();
        if (wanted == null
                || membership == null
                || cluster == matchedAgainst
                || cluster.nodes().isEmpty()) {
            return;
        }
        matchedAgainst = cluster;
        Set<String> matching = cluster.topics().stream()
                .filter(topic ->
                        !topic.internal() && wanted.matcher(topic.name()).matches())
                .map(ClusterSnapshot.TopicInfo::name)
                .collect(Collectors.toSet());
        membership.subscribe(matching, listener, requireCommits()::commitBeforeRevoking);
    }

    /** Makes a poll that waits, or else the next one, return at once. From any thread. */
    public void wakeup() {
        wakeupWanted.set(true);
        tracker.signal();
    }

    /** Reads on from an offset. */
    public void seek(TopicPartition partition, long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
        exclusively(() -> requireAssigned(partition, tracker.seek(partition, offset)));
        fetcher.wake();
    }

    /** Reads on from the oldest record there is; which one that is turns out later. */
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        seekTo(partitions, OffsetLookup.EARLIEST);
    }

    /** Reads only what is written from now on; where that begins turns out later. */
    public void seekToEnd(Collection<TopicPartition> partitions) {
        seekTo(partitions, OffsetLookup.LATEST);
    }

    private void seekTo(Collection<TopicPartition> partitions, long timestamp) {
        exclusively(() -> {
            for (TopicPartition partition : partitions) {
                requireAssigned(partition, tracker.reset(partition, timestamp));
            }
            finder.wake();
        });
    }

    /** Hands nothing out of these partitions until {@link #resume}; they stay assigned. */
    public void pause(Collection<TopicPartition> partitions) {
        exclusively(() -> partitions.forEach(p -> requireAssigned(p, tracker.pause(p, true))));
    }

    /** Hands out what lies in these partitions again, from where it stopped. */
    public void resume(Collection<TopicPartition> partitions) {
        exclusively(() -> partitions.forEach(p -> requireAssigned(p, tracker.pause(p, false))));
        fetcher.wake();
    }

    /** The assigned partitions out of which nothing is handed at the moment. */
    public Set<TopicPartition> paused() {
        return tracker.paused();
    }

    private static void requireAssigned(TopicPartition partition, boolean assigned) {
        if (!assigned) {
            throw new IllegalStateException("Partition " + partition + " is not assigned to this consumer");
        }
    }

    /**
     * The offset of the next record to be handed out; waits until it is known.
     *
     * @throws ClientException REQUEST_TIMED_OUT if that takes longer than {@code default.api.timeout.ms}
     */
    public long position(TopicPartition partition) {
        user.enter();
        try {
            long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.apiTimeoutMs());
            while (true) {
                long seen = tracker.events();
                Long position = tracker.position(partition);
                if (position != null) {
                    return position;
                }
                requireAssigned(partition, tracker.assigned().contains(partition));
                ClientException error = tracker.takeError();
                if (error != null) {
                    throw error.rethrown();
                }
                finder.wake();
                if (!tracker.await(seen, deadlineNs)) {
                    throw new ClientException(
                            ErrorCode.REQUEST_TIMED_OUT, "The position of " + partition + " was not found in time");
                }
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            user.leave();
        }
    }

    /**
     * How many offsets lie between the position and the end of the partition as the last fetch saw it.
     *
     * @return null if nothing was fetched yet
     */
    public @Nullable Long lag(TopicPartition partition) {
        return tracker.lag(partition, config.fetch().readCommitted());
    }

    /** Commits what was handed out so far, and waits for it. */
    public void commitSync() {
        commitSync(requireCommits().handedOut());
    }

    /**
     * Commits offsets, each the next one to be read, and waits for it.
     *
     * @throws ClientException ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID or REBALANCE_IN_PROGRESS if the partitions may belong
     *     to another consumer by now: then what was read is read again by whoever has them
     */
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        await(requireCommits().commit(offsets, true));
    }

    /** Commits what was handed out so far, in the background. */
    public CompletableFuture<Void> commitAsync() {
        return commitAsync(requireCommits().handedOut());
    }

    /** Commits offsets in the background, trying once; see {@link #commitSync(Map)}. */
    public CompletableFuture<Void> commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        return requireCommits().commit(offsets, false);
    }

    private OffsetCommits requireCommits() {
        if (commits == null) {
            throw new IllegalStateException("To commit, a consumer needs group.id");
        }
        return commits;
    }

    /** What the group has committed; partitions without a committed offset are missing in the answer. */
    public Map<TopicPartition, OffsetAndMetadata> committed(Collection<TopicPartition> partitions) {
        return await(requireGroup("look at committed offsets").offsets().fetch(partitions, config.apiTimeoutMs()));
    }

    /** The oldest offset of each partition. */
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetLookup.EARLIEST);
    }

    /** The next offset to be written to each partition; for readers of committed records, the last stable one. */
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        return offsets(partitions, OffsetLookup.LATEST);
    }

    private Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, long timestamp) {
        Map<TopicPartition, Long> timestamps = new HashMap<>();
        partitions.forEach(partition -> timestamps.put(partition, timestamp));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        offsetsForTimes(timestamps).forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /**
     * The first record at or after a moment.
     *
     * @param timestamps in ms since the epoch
     * @return partitions that have no record that young are missing
     */
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> timestamps) {
        return await(lookup.find(timestamps, config.apiTimeoutMs()));
    }

    /** How many partitions a topic has; 0 if there is no such topic. */
    public int partitionCount(String topic) {
        return await(client.view().track(List.of(topic))).partitionCount(topic);
    }

    private GroupMembership requireGroup(String what) {
        if (membership == null) {
            throw new IllegalStateException("To " + what + ", a consumer needs group.id");
        }
        return membership;
    }

    private <T> T await(CompletableFuture<T> asked) {
        try {
            return asked.get(config.apiTimeoutMs() + 1_000L, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new ClientException(ErrorCode.REQUEST_TIMED_OUT, "No answer in time", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw ClientException.of(e).rethrown();
        }
    }

    private static ClientException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ClientException(ErrorCode.REQUEST_TIMED_OUT, "Interrupted while waiting", e);
    }

    /** Commits if that is automatic, gives partitions up, leaves the group and stops; waits for brokers half a minute at most. */
    @Override
    public void close() {
        close(CLOSE_PATIENCE);
    }

    /** Like {@link #close()} with another patience. */
    public void close(Duration timeout) {
        if (user.isClosed()) {
            return;
        }
        user.enter();
        try {
            long deadlineNs = deadlineNs(timeout);
            if (commits != null && !tracker.assigned().isEmpty()) {
                commits.commitBeforeRevoking(leftMs(deadlineNs));
            }
            if (subscribed && membership != null) {
                membership.close(leftMs(deadlineNs));
            }
        } finally {
            user.close();
            fetcher.stop();
            client.close();
            user.leave();
        }
    }

    private static long deadlineNs(Duration timeout) {
        return System.nanoTime()
                + (timeout.compareTo(FOREVER) < 0 ? Math.max(0, timeout.toNanos()) : FOREVER.toNanos());
    }

    private static long leftMs(long deadlineNs) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()));
    }

    private void exclusively(Runnable action) {
        user.enter();
        try {
            action.run();
        } finally {
            user.leave();
        }
    }
}
