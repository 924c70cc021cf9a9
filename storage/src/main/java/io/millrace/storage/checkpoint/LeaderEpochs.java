package io.millrace.storage.checkpoint;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which leader epoch began at which offset: how a follower finds where its log departs from its leader's. Epochs and
 * start offsets both rise. Kept in {@code leader-epoch-checkpoint}.
 *
 * <p>Reads are lock-free and see one state as a whole. The log's writer changes it in memory; {@link #save} brings it to disk and must
 * have been called before the log's recovery point passes what was changed.
 */
public final class LeaderEpochs {
    private final Path dir;
    private volatile Table table;
    private volatile boolean dirty;
    private final boolean known;

    private LeaderEpochs(Path dir, boolean known) {
        this.dir = dir;
        this.known = known;
        this.table = Table.EMPTY;
    }

    /** Of a directory without files. */
    public static LeaderEpochs ofNew(Path partitionDir) {
        return new LeaderEpochs(partitionDir, false);
    }

    /** Reads the file of a partition's directory; empty and not {@link #known} if there is none or it makes no sense. */
    public static LeaderEpochs load(Path partitionDir) throws IOException {
        List<EpochStart> entries = CheckpointFile.readIfWhole(
                partitionDir.resolve(SegmentFiles.LEADER_EPOCH_CHECKPOINT), LeaderEpochs::parse);
        LeaderEpochs epochs = new LeaderEpochs(partitionDir, entries != null);
        if (entries != null) {
            entries.forEach(entry -> epochs.assign(entry.epoch, entry.startOffset));
        }
        epochs.dirty = false;
        return epochs;
    }

    /** Why nothing can be known from the file of a partition's directory, for people; null if it is missing or in order. */
    public static @Nullable String fault(Path partitionDir) throws IOException {
        return CheckpointFile.fault(partitionDir.resolve(SegmentFiles.LEADER_EPOCH_CHECKPOINT), LeaderEpochs::parse);
    }

    /** Whether there was a file to read; else the batches have to be asked. */
    public boolean known() {
        return known;
    }

    private static EpochStart parse(String[] words) {
        if (words.length != 2) {
            throw new IllegalArgumentException("a line has " + words.length + " words instead of 2");
        }
        return new EpochStart(Integer.parseInt(words[0]), Long.parseLong(words[1]));
    }

    /** The newest epoch; -1 if there is none. */
    public int latestEpoch() {
        Table now = table;
        return now.size() == 0 ? -1 : now.epochs[now.size() - 1];
    }

    /** Start offset of the newest epoch; -1 if there is none. */
    public long latestStartOffset() {
        Table now = table;
        return now.size() == 0 ? -1 : now.starts[now.size() - 1];
    }

    /**
     * The largest epoch at or below {@code leaderEpoch} and the offset where the next one begins: OffsetForLeaderEpoch.
     *
     * @param leaderEpoch -1 and epochs newer than the newest are unknown; one older than the oldest ends where the oldest begins
     * @param logEndOffset answer for the newest epoch
     */
    public EpochEndOffset endOffsetFor(int leaderEpoch, long logEndOffset) {
        Table now = table;
        if (leaderEpoch < 0 || now.size() == 0 || leaderEpoch > now.epochs[now.size() - 1]) {
            return EpochEndOffset.UNKNOWN;
        }
        int slot = now.floorEpoch(leaderEpoch);
        if (slot < 0) {
            return new EpochEndOffset(leaderEpoch, now.starts[0]);
        }
        long end = slot == now.size() - 1 ? logEndOffset : now.starts[slot + 1];
        return new EpochEndOffset(now.epochs[slot], end);
    }

    /** The epoch of the record at {@code offset}; -1 if unknown. */
    public int epochForOffset(long offset) {
        Table now = table;
        int slot = now.size() - 1;
        while (slot >= 0 && now.starts[slot] > offset) {
            slot--;
        }
        return slot < 0 ? -1 : now.epochs[slot];
    }

    /**
     * Notes that {@code epoch} begins at {@code startOffset}. One that is not newer than the newest is ignored unless it begins
     * earlier, in which case it replaces what contradicts it. The writer.
     */
    public void assign(int epoch, long startOffset) {
        Table now = table;
        int last = now.size() - 1;
        if (epoch < 0 || (last >= 0 && epoch <= now.epochs[last] && startOffset >= now.starts[last])) {
            return;
        }
        int keep = now.size();
        while (keep > 0 && (now.epochs[keep - 1] >= epoch || now.starts[keep - 1] >= startOffset)) {
            keep--;
        }
        table = keep == 0 && epoch == 0 && startOffset == 0
                ? Table.FIRST
                : now.copyOf(0, keep).plus(epoch, startOffset);
        dirty = true;
    }

    /** Forgets epochs that begin at {@code offset} or later. The writer. */
    public void truncateFromEnd(long offset) {
        Table now = table;
        int keep = now.size();
        while (keep > 0 && now.starts[keep - 1] >= offset) {
            keep--;
        }
        if (keep < now.size()) {
            table = now.copyOf(0, keep);
            dirty = true;
        }
    }

    /** Forgets epochs that end at or before {@code offset}; the one that holds it begins there. The writer. */
    public void truncateFromStart(long offset) {
        Table now = table;
        int from = now.size() - 1;
        while (from > 0 && now.starts[from] > offset) {
            from--;
        }
        if (from >= 0 && now.starts[from] < offset) {
            Table kept = now.copyOf(from, now.size());
            kept.starts[0] = offset;
            table = kept;
            dirty = true;
        }
    }

    /** Forgets everything. The writer. */
    public void clear() {
        table = Table.EMPTY;
        dirty = true;
    }

    /** Whether there is something to {@link #save}. */
    public boolean dirty() {
        return dirty;
    }

    /** Brings the epochs to disk if they have changed. Any thread that may wait for the disk. */
    public synchronized void save() throws IOException {
        if (!dirty || Files.notExists(dir)) {
            return;
        }
        dirty = false;
        Table now = table;
        List<String> lines = new ArrayList<>(now.size());
        for (int i = 0; i < now.size(); i++) {
            lines.add(now.epochs[i] + " " + now.starts[i]);
        }
        try {
            CheckpointFile.write(dir.resolve(SegmentFiles.LEADER_EPOCH_CHECKPOINT), lines);
        } catch (IOException e) {
            dirty = true;
            throw e;
        }
    }

    private record EpochStart(int epoch, long startOffset) {}

    private static final class Table {
        static final Table EMPTY = new Table(new int[0], new long[0]);

        /** What the partitions have in common that had one leader since they were created. */
        static final Table FIRST = new Table(new int[1], new long[1]);

        // Not to be written to.
        final int[] epochs;
        final long[] starts;

        Table(int[] epochs, long[] starts) {
            this.epochs = epochs;
            this.starts = starts;
        }

        int size() {
            return epochs.length;
        }

        int floorEpoch(int epoch) {
            int slot = Arrays.binarySearch(epochs, epoch);
            return slot >= 0 ? slot : -slot - 2;
        }

        Table copyOf(int from, int to) {
            return new Table(Arrays.copyOfRange(epochs, from, to), Arrays.copyOfRange(starts, from, to));
        }

        Table plus(int epoch, long start) {
            int size = size();
            Table longer = new Table(Arrays.copyOf(epochs, size + 1), Arrays.copyOf(starts, size + 1));
            longer.epochs[size] = epoch;
            longer.starts[size] = start;
            return longer;
        }
    }
}
