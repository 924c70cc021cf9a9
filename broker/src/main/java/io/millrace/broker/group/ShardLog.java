package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the records of one {@link Shard}. What is handed in during one turn of the loop goes into one batch, so that many
 * groups that commit at once cost one append. Any number of batches may be under way; their outcomes are told in the order
 * of the log, whatever the order in which they become known, so that whoever applies them ends with what a reader of the log
 * ends with. Group thread.
 */
final class ShardLog {
    private static final Logger LOG = LoggerFactory.getLogger(ShardLog.class);

    /** Of keys and values in a batch; larger ones would make those wait who come first. */
    private static final int MAX_BATCH_BYTES = 512 << 10;

    private final GroupLoop loop;
    private final OffsetLog log;
    private final Shard shard;
    private final Compression compression;
    private final BatchBuilder builder = new BatchBuilder();
    private final ArrayDeque<Batch> underWay = new ArrayDeque<>();
    private @Nullable Batch open;

    ShardLog(Shard shard, GroupLoop loop, OffsetLog log, Compression compression) {
        this.shard = shard;
        this.loop = loop;
        this.log = log;
        this.compression = compression;
    }

    /** Records that are stored together or not at all, and who wants to know. */
    private record Entry(List<GroupRecord> records, Consumer<ErrorCode> onStored) {}

    private static final class Batch {
        final List<Entry> entries = new ArrayList<>();
        int sizeInBytes;

        @Nullable
        ErrorCode outcome;
    }

    /**
     * How many bytes of keys and values go into a batch, unless what has to be stored together is more. A batch that the
     * topic refuses fails all in it; half of what it takes leaves room for what a record needs besides.
     */
    int maxBatchBytes() {
        return Math.min(MAX_BATCH_BYTES, log.maxBatchBytes(shard.partition) / 2);
    }

    /** Stores records; {@code onStored} is called in a later turn of the loop. */
    void append(List<GroupRecord> records, Consumer<ErrorCode> onStored) {
        int size = 0;
        for (GroupRecord record : records) {
            size += record.sizeInBytes();
        }
        Batch batch = open;
        if (batch != null && batch.sizeInBytes + size > maxBatchBytes()) {
            send(batch);
            batch = null;
        }
        if (batch == null) {
            Batch fresh = new Batch();
            open = fresh;
            batch = fresh;
            loop.execute(() -> send(fresh));
        }
        batch.entries.add(new Entry(records, onStored));
        batch.sizeInBytes += size;
    }

    private void send(Batch batch) {
        if (open != batch) {
            // It went earlier, to make room.
            return;
        }
        open = null;
        underWay.add(batch);
        try {
            log.append(
                    shard.partition,
                    shard.leaderEpoch,
                    encoded(batch),
                    error -> loop.execute(() -> onAppended(batch, error)));
        } catch (RuntimeException e) {
            // A batch without an outcome would hold back those of all batches behind it.
            LOG.error("Could not append what groups have decided partition={}", shard.partition, e);
            loop.execute(() -> onAppended(batch, ErrorCode.UNKNOWN_SERVER_ERROR));
        }
    }

    private ByteBuffer encoded(Batch batch) {
        long now = loop.wallClockMs();
        builder.begin(compression);
        for (Entry entry : batch.entries) {
            for (GroupRecord record : entry.records()) {
                builder.append(now, record.key(), record.value());
            }
        }
        return builder.finish();
    }

    private void onAppended(Batch batch, ErrorCode error) {
        if (batch.outcome != null) {
            // The log has told it and failed nevertheless.
            return;
        }
        batch.outcome = error;
        for (Batch first = underWay.peek(); first != null && first.outcome != null; first = underWay.peek()) {
            underWay.remove();
            for (Entry entry : first.entries) {
                tell(entry, first.outcome);
            }
        }
    }

    private void tell(Entry entry, ErrorCode outcome) {
        try {
            entry.onStored().accept(outcome);
        } catch (RuntimeException e) {
            LOG.error("A step after an append failed; other groups go on partition={}", shard.partition, e);
        }
    }
}
