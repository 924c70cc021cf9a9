package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.SegmentView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code __consumer_offsets} as this broker's replicas hold it. Appends wait for all replicas in sync; partitions are read
 * on a thread of their own, {@code group-loader}, which comes when there is something to read and goes after.
 */
public final class ReplicatedOffsetLog implements OffsetLog, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedOffsetLog.class);

    private static final short ALL_IN_SYNC = -1;
    private static final int LOADER_IDLE_S = 5;

    /** Bytes read at a time; a larger batch is read nevertheless. More would only cost memory: the disk reads ahead. */
    private static final int READ_BYTES = 1 << 20;

    private final GroupConfig.Offsets config;
    private final OffsetsTopic topic;
    private final ReplicaManager replicas;
    // At most one entry a partition that is led, and those are read one after the other, as the disk would anyway.
    private final ThreadPoolExecutor loader = new ThreadPoolExecutor(
            1, 1, LOADER_IDLE_S, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ReplicatedOffsetLog::newLoader);

    public ReplicatedOffsetLog(GroupConfig.Offsets config, OffsetsTopic topic, ReplicaManager replicas) {
        this.config = config;
        this.topic = topic;
        this.replicas = replicas;
        loader.allowCoreThreadTimeOut(true);
    }

    private static Thread newLoader(Runnable task) {
        Thread thread = new Thread(task, "group-loader");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public int partitionCount() {
        return topic.partitionCount();
    }

    @Override
    public int maxBatchBytes(int partition) {
        Partition replica = replicas.partition(InternalTopics.CONSUMER_OFFSETS, partition);
        // Without a replica there is no append either.
        return replica == null ? Integer.MAX_VALUE : replica.log().config().maxMessageBytes();
    }

    @Override
    public void append(int partition, int leaderEpoch, ByteBuffer batch, AppendListener listener) {
        replicas.append(
                name(partition),
                leaderEpoch,
                batch,
                ALL_IN_SYNC,
                config.commitTimeoutMs(),
                (error, baseOffset) -> listener.onAppended(error));
    }

    @Override
    public void replay(int partition, int leaderEpoch, ReplayReader reader) {
        try {
            loader.execute(() -> read(partition, leaderEpoch, reader));
        } catch (RejectedExecutionException e) {
            LOG.debug("Not read any more, the broker is closing partition={}", partition);
        }
    }

    private void read(int partition, int leaderEpoch, ReplayReader reader) {
        LogSlice slice = new LogSlice();
        Throwable failure = null;
        try {
            readAll(partition, leaderEpoch, reader, slice);
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            slice.release();
        }
        reader.onEnd(failure);
    }

    private void readAll(int partition, int leaderEpoch, ReplayReader reader, LogSlice slice) throws IOException {
        PartitionLog log = leaderLog(partition, leaderEpoch);
        long offset = log.logStartOffset();
        long end = log.logEndOffset();
        ByteBuffer buffer = ByteBuffer.allocate(0);
        while (offset < end) {
            log.read(offset, READ_BYTES, true, end, slice);
            if (slice.length() == 0) {
                requireNothingLeft(log, offset, end);
                return;
            }
            if (buffer.capacity() < slice.length()) {
                buffer = ByteBuffer.allocate(slice.length());
            }
            slice.copyTo(buffer.clear());
            slice.release();
            buffer.flip();
            offset = cutToWholeBatches(buffer, partition);
            reader.onBatches(buffer);
            leaderLog(partition, leaderEpoch);
        }
    }

    /**
     * Makes sure that a reading may end before its end: compaction removes batches, but none of the active segment. If that
     * begins below the end, there is a hole, perhaps since the log was cut meanwhile, and offsets in it would be lost.
     */
    private static void requireNothingLeft(PartitionLog log, long offset, long end) throws IOException {
        List<SegmentView> segments = log.upkeep().segmentViews();
        if (segments.get(segments.size() - 1).baseOffset() < end) {
            throw new IOException("Nothing was read from offset " + offset + " of " + log.topicPartition()
                    + ", which should go up to offset " + end);
        }
    }

    /** Sets the limit behind the last whole batch; returns the offset behind that. */
    private static long cutToWholeBatches(ByteBuffer buffer, int partition) throws IOException {
        int index = 0;
        long nextOffset = -1;
        while (buffer.limit() - index >= BatchHeader.LOG_OVERHEAD
                && buffer.limit() - index >= BatchHeader.sizeInBytes(buffer, index)) {
            int size = BatchHeader.requireWhole(buffer, index);
            if (!BatchHeader.crcIsValid(buffer, index)) {
                throw new IOException("The batch at offset " + BatchHeader.baseOffset(buffer, index) + " of "
                        + name(partition) + " has a wrong checksum");
            }
            nextOffset = BatchHeader.nextOffset(buffer, index);
            index += size;
        }
        if (index == 0) {
            throw new IOException("No whole batch was read from " + name(partition));
        }
        buffer.limit(index);
        return nextOffset;
    }

    private PartitionLog leaderLog(int partition, int leaderEpoch) throws IOException {
        Partition replica = replicas.partition(InternalTopics.CONSUMER_OFFSETS, partition);
        if (replica == null || !replica.isLeader() || replica.leaderEpoch() < leaderEpoch) {
            throw new IOException("This broker does not lead " + name(partition) + " in epoch " + leaderEpoch);
        }
        return replica.log();
    }

    private static TopicPartition name(int partition) {
        return new TopicPartition(InternalTopics.CONSUMER_OFFSETS, partition);
    }

    /** Ends the reading. The groups must have been closed before, since what is not read yet will not be. */
    @Override
    public void close() {
        loader.shutdownNow();
        boolean interrupted = false;
        try {
            if (!loader.awaitTermination(LOADER_IDLE_S, TimeUnit.SECONDS)) {
                LOG.warn("The reading of groups has not ended in {} s", LOADER_IDLE_S);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
