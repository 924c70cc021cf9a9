package io.millrace.broker.group;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.GroupRecords;
import io.millrace.protocol.message.GroupRecords.GroupMetadataKey;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import io.millrace.protocol.message.GroupRecords.OffsetCommitKey;
import io.millrace.protocol.message.GroupRecords.OffsetCommitValue;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a {@link LoadedShard} of the records of a partition. Used on the thread that reads the log, once.
 *
 * <p>Offsets committed in a transaction count from its commit marker on, unless newer ones were written before it ended; those of
 * a transaction that has not ended do not count. A single record that cannot be understood is passed over with an error in the
 * log of the broker: the groups beside it are worth having.
 */
final class ShardReader implements OffsetLog.ReplayReader {
    private static final Logger LOG = LoggerFactory.getLogger(ShardReader.class);

    private final int partition;
    private final BiConsumer<LoadedShard, @Nullable Throwable> onEnd;
    private final LoadedShard loaded = new LoadedShard();
    private final Map<Long, List<Runnable>> transactions = new HashMap<>();
    /** Where offsets were written while there are transactions, whose own may be older when they come to count. */
    private final Map<Place, Long> writtenAt = new HashMap<>();

    private final RecordCursor cursor = new RecordCursor();
    private long passedOver;

    private record Place(String group, TopicPartition partition) {}

    /** @param onEnd gets what was read, and what went wrong or null; on the reading thread */
    ShardReader(int partition, BiConsumer<LoadedShard, @Nullable Throwable> onEnd) {
        this.partition = partition;
        this.onEnd = onEnd;
    }

    @Override
    public void onBatches(ByteBuffer batches) {
        int index = batches.position();
        while (index < batches.limit()) {
            int size = BatchHeader.requireWhole(batches, index);
            read(batches, index);
            index += size;
        }
    }

    @Override
    public void onEnd(@Nullable Throwable failure) {
        if (!transactions.isEmpty()) {
            LOG.warn(
                    "Left out offsets of transactions that have not ended partition={} producerIds={}",
                    partition,
                    transactions.keySet());
        }
        if (passedOver > 0) {
            LOG.info("Passed over records of other kinds of groups partition={} records={}", partition, passedOver);
        }
        loaded.groups().values().removeIf(LoadedShard.LoadedGroup::isEmpty);
        onEnd.accept(loaded, failure);
    }

    private void read(ByteBuffer batches, int index) {
        long producerId = BatchHeader.producerId(batches, index);
        boolean transactional = BatchHeader.isTransactional(batches, index);
        boolean control = BatchHeader.isControl(batches, index);
        cursor.wrap(batches, index);
        while (cursor.next()) {
            if (control) {
                end(producerId);
                continue;
            }
            Runnable change = change();
            if (change != null && transactional) {
                transactions
                        .computeIfAbsent(producerId, id -> new ArrayList<>())
                        .add(change);
            } else if (change != null) {
                change.run();
            }
        }
    }

    private void end(long producerId) {
        List<Runnable> changes = transactions.get(producerId);
        if (changes != null && TransactionMarker.type(cursor) == TransactionMarker.COMMIT) {
            changes.forEach(Runnable::run);
        }
        transactions.remove(producerId);
        if (transactions.isEmpty()) {
            writtenAt.clear();
        }
    }

    /** What the record changes; null if nothing. */
    private @Nullable Runnable change() {
        ByteBuffer key = cursor.key();
        if (key == null) {
            return null;
        }
        try {
            return switch (GroupRecords.keyType(key)) {
                case GroupRecords.LEGACY_OFFSET_COMMIT_KEY, GroupRecords.OFFSET_COMMIT_KEY ->
                    offset(OffsetCommitKey.parse(key), cursor.value());
                case GroupRecords.GROUP_METADATA_KEY -> group(GroupMetadataKey.parse(key).group, cursor.value());
                default -> {
                    passedOver++;
                    yield null;
                }
            };
        } catch (WireException | InvalidRecordException e) {
            LOG.error(
                    "Passed over a record that cannot be read topic=__consumer_offsets partition={} offset={}",
                    partition,
                    cursor.offset(),
                    e);
            return null;
        }
    }

    private Runnable offset(OffsetCommitKey key, @Nullable ByteBuffer value) {
        Place place = new Place(key.group, new TopicPartition(key.topic, key.partition));
        long offset = cursor.offset();
        if (value == null) {
            return () -> change(place, offset, null);
        }
        OffsetCommitValue parsed = OffsetCommitValue.parse(value);
        CommittedOffset committed = new CommittedOffset(
                parsed.offset, parsed.leaderEpoch, parsed.metadata, parsed.commitTimestamp, parsed.expireTimestamp);
        return () -> change(place, offset, committed);
    }

    private void change(Place place, long offset, @Nullable CommittedOffset committed) {
        if (writtenAt.getOrDefault(place, -1L) > offset) {
            return;
        }
        if (!transactions.isEmpty()) {
            writtenAt.put(place, offset);
        }
        Map<TopicPartition, CommittedOffset> offsets = loaded.group(place.group()).offsets;
        if (committed == null) {
            offsets.remove(place.partition());
        } else {
            offsets.put(place.partition(), committed);
        }
    }

    private Runnable group(String id, @Nullable ByteBuffer value) {
        GroupMetadataValue metadata = value == null ? null : GroupMetadataValue.parse(value);
        return () -> loaded.group(id).metadata = metadata;
    }
}
