package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.EpochEndOffset;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a partition in the hands of its fetcher, for as long as the broker follows in one leader epoch. Every change takes
 * the partition's lock and looks at the epoch first, so that a fetcher which has not heard yet of another leader does no harm.
 * One thread, the fetcher's.
 *
 * <p>Logs are brought into line by epochs and never by high watermarks (KIP-101, KIP-279): the leader says where its part
 * in the last epoch of this log ended, what lies behind that is cut off, and the same again until both agree. A high
 * watermark is taken over only from an answer that found the logs in agreement.
 */
public final class FollowerLog {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerLog.class);

    private final Partition partition;
    private final int leaderEpoch;

    FollowerLog(Partition partition, int leaderEpoch) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
    }

    public TopicPartition name() {
        return partition.name();
    }

    public Uuid topicId() {
        return partition.topicId();
    }

    /** The epoch of the leader that is followed. */
    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** Where to go on. */
    public FollowerPosition position() {
        PartitionLog log = partition.log();
        return new FollowerPosition(log.logEndOffset(), log.leaderEpochs().latestEpoch(), log.logStartOffset());
    }

    public long logStartOffset() {
        return partition.log().logStartOffset();
    }

    /** Whether all that was appended may be told to the leader, as the sync policy has it. */
    public boolean isDurable() {
        PartitionLog log = partition.log();
        return log.durableOffset() >= log.logEndOffset();
    }

    /** Has what is there made durable soon, as the sync policy has it; never waits. */
    public void requestSync() {
        partition.log().requestSync();
    }

    /** Has a task run, which must not wait, whenever that may have changed. */
    public void onDurable(Runnable task) {
        partition.onDurableAsFollower(task);
    }

    /**
     * Makes the log ready to be compared with the leader's. One that has records but no epochs, which only versions of Kafka
     * from before epochs leave behind, can be compared by nothing but its high watermark; an unknown one says nothing.
     *
     * @return false if the broker follows in this epoch no longer
     */
    public boolean prepare() {
        return change(log -> {
            boolean comparable = log.leaderEpochs().latestEpoch() >= 0 || log.logEndOffset() == log.logStartOffset();
            if (!comparable && log.highWatermark() > log.logStartOffset()) {
                truncate(log, log.highWatermark(), "it has no leader epochs");
            }
        });
    }

    /**
     * Appends what the leader sent, then takes over its high watermark and the start of its log.
     *
     * @param records as the leader stores them; left unchanged
     * @param highWatermark of the leader
     * @param logStartOffset of the leader
     * @return false if the broker follows in this epoch no longer
     * @throws StorageException CORRUPT_MESSAGE, and nothing is appended; OFFSET_OUT_OF_RANGE if they begin within this
     *     log; KAFKA_STORAGE_ERROR
     */
    public boolean append(ByteBuffer records, long highWatermark, long logStartOffset, AppendInfo out) {
        return change(log -> {
            if (records.hasRemaining()) {
                append(log, records, out);
            }
            // What was once known to be committed stays so, even if the leader has yet to find out.
            log.updateHighWatermark(Math.max(highWatermark, log.highWatermark()));
            if (logStartOffset > log.logStartOffset()) {
                log.deleteRecords(Math.min(logStartOffset, log.highWatermark()));
            }
        });
    }

    private void append(PartitionLog log, ByteBuffer records, AppendInfo out) {
        long end = log.logEndOffset();
        int index = records.position();
        boolean first = end == log.logStartOffset() && records.remaining() >= BatchHeader.RECORDS;
        if (first && BatchHeader.baseOffset(records, index) < end && BatchHeader.nextOffset(records, index) > end) {
            // The leader's log starts within a batch, of which it gives the whole.
            log.truncateFullyAndStartAt(BatchHeader.baseOffset(records, index));
        }
        log.appendAsFollower(records, out);
        if (out.validBytes() == 0) {
            throw new StorageException(
                    ErrorCode.CORRUPT_MESSAGE,
                    "The leader sent " + records.remaining() + " bytes for " + name() + " and no whole batch");
        }
    }

    /**
     * The leader's log departs from this one: cuts off what the leader is known not to have. Where the leader's part ended in
     * an epoch that this log lacks, that is all from the end of the epoch before, and the logs have to be compared again.
     *
     * @param epoch newest epoch of the leader that is not newer than the last one here
     * @param endOffset where it ended there
     * @return false if the broker follows in this epoch no longer
     */
    public boolean truncate(int epoch, long endOffset) {
        return change(log -> {
            EpochEndOffset own = log.leaderEpochs().endOffsetFor(epoch, log.logEndOffset());
            long target =
                    ReplicationRules.truncationOffset(new EpochEndOffset(epoch, endOffset), own, log.logEndOffset());
            truncate(log, target, "the leader's epoch " + epoch + " ends at " + endOffset);
        });
    }

    /** The leader's log ends before this one, and epochs do not say where they part: cuts it off there. */
    public boolean truncateTo(long leaderEndOffset) {
        return change(log -> truncate(log, leaderEndOffset, "the leader's log ends there"));
    }

    /** The leader's log starts behind the end of this one: begins there with an empty log. */
    public boolean restartAt(long leaderStartOffset) {
        return change(log -> {
            LOG.info(
                    "Starts over behind what the leader has deleted partition={} leaderStart={} logEndOffset={}",
                    name(),
                    leaderStartOffset,
                    log.logEndOffset());
            log.truncateFullyAndStartAt(leaderStartOffset);
        });
    }

    private boolean change(Consumer<PartitionLog> change) {
        return partition.changeAsFollower(leaderEpoch, change);
    }

    private void truncate(PartitionLog log, long offset, String reason) {
        if (offset < log.highWatermark()) {
            LOG.warn(
                    "Cuts off records that were committed, as the leader lacks them partition={} from={} highWatermark={}"
                            + " leaderEpoch={}",
                    name(),
                    offset,
                    log.highWatermark(),
                    leaderEpoch);
        }
        LOG.info(
                "Truncates partition={} to={} logEndOffset={} leaderEpoch={} because {}",
                name(),
                offset,
                log.logEndOffset(),
                leaderEpoch,
                reason);
        // Also at the very end, where there is nothing to cut off but epochs that never had a record.
        log.truncateTo(offset);
    }

    @Override
    public String toString() {
        return partition.name() + " in epoch " + leaderEpoch;
    }
}
