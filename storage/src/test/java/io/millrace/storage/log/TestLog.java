package io.millrace.storage.log;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.LogConfig;
import io.millrace.storage.SyncPolicy;
import io.millrace.storage.TestClock;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.FileMaps;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One log with real files and real background threads, that can be closed, killed and opened again. */
public final class TestLog implements AutoCloseable {
    public static final TopicPartition PARTITION = new TopicPartition("topic", 0);
    public static final long NOW = 1_700_000_000_000L;

    /** As a broker has it. */
    private static final int MAPPED_MAX_BYTES = 4096;

    public final TestClock clock = new TestClock(NOW);
    public final AppendInfo info = new AppendInfo();
    public final List<Path> failures = new CopyOnWriteArrayList<>();
    public final List<TopicPartition> damaged = new CopyOnWriteArrayList<>();
    public final Path dir;

    /** How often a read had damage looked for. */
    public final AtomicInteger looks = new AtomicInteger();

    /** What recovery marks are made and believed under, from the next opening on; null for none. */
    public String boot;

    /** As if the log manager had been asked to close. */
    public volatile boolean stopping;

    /** Is told when the log is cut. */
    public CutCheckpoints checkpoints = (partition, offset) -> {};

    /** What maps its files, from the next opening on. */
    public FileMaps maps = new FileMaps();

    /** What room there is on its disk, from the next opening on. */
    public SpaceGuard space;

    public LogConfig config;
    public PartitionLog log;

    private final Path logDir;
    private final int mappedMaxBytes;
    private final boolean syncs;
    private ScheduledThreadPoolExecutor scheduler;
    private ScheduledThreadPoolExecutor spaceThread;
    private LogHost host;
    private OpenFiles openFiles;

    public TestLog(Path logDir, LogConfig config) {
        this(logDir, config, true);
    }

    public TestLog(Path logDir, LogConfig config, boolean mapped) {
        this(logDir, config, mapped, false);
    }

    /** @param mappedMaxBytes size from which batches are written by calls */
    public TestLog(Path logDir, LogConfig config, int mappedMaxBytes) {
        this(logDir, config, mappedMaxBytes, false);
    }

    /** @param syncs whether the sync policy is "group" */
    public TestLog(Path logDir, LogConfig config, boolean mapped, boolean syncs) {
        this(logDir, config, mapped ? MAPPED_MAX_BYTES : 0, syncs);
    }

    private TestLog(Path logDir, LogConfig config, int mappedMaxBytes, boolean syncs) {
        this.logDir = logDir;
        this.syncs = syncs;
        this.mappedMaxBytes = mappedMaxBytes;
        this.config = config;
        this.dir = logDir.resolve(PARTITION.toString());
        try {
            Files.createDirectories(dir);
            space = new SpaceGuard(Files.getFileStore(logDir), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open(LogHints.NEW);
    }

    public static LogConfig.Builder config() {
        return new LogConfig.Builder().fileDeleteDelayMs(0);
    }

    public LogHost host() {
        return host;
    }

    public void open(LogHints hints) {
        scheduler = new ScheduledThreadPoolExecutor(2, TestLog::daemon);
        spaceThread = new ScheduledThreadPoolExecutor(1, TestLog::daemon);
        try {
            openFiles = new OpenFiles(16, this::background);
            LogDirHealth health = new LogDirHealth(logDir, failures::add);
            FileHost files = new FileHost(openFiles, this::background, space, mappedMaxBytes, maps, health::fail);
            host = new LogHost(
                    files,
                    scheduler,
                    this::look,
                    clock,
                    health,
                    86_400_000,
                    (partition, offset) -> checkpoints.lower(partition, offset),
                    syncs ? SyncPolicy.GROUP : SyncPolicy.NONE,
                    this::background,
                    damaged::add,
                    boot == null ? null : new RecoveryMarks(boot, 700),
                    () -> stopping);
            log = PartitionLog.open(PARTITION, dir, config, host, hints);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Thread daemon(Runnable runnable) {
        Thread thread = new Thread(runnable, "storage-test");
        thread.setDaemon(true);
        return thread;
    }

    private void look(Runnable look) {
        looks.incrementAndGet();
        scheduler.execute(look);
    }

    private void background(Runnable task) {
        if (spaceThread.isShutdown()) {
            task.run();
        } else {
            spaceThread.execute(task);
        }
    }

    /** Leaves everything as it is on disk, as a killed process would, and opens the directory again without a clean marker. */
    public void kill(long recoveryPoint) {
        kill(recoveryPoint, -1);
    }

    /** Likewise, with a log start that had reached its checkpoint. */
    public void kill(long recoveryPoint, long logStartOffset) {
        stopThreads();
        openFiles.closeIdle();
        open(new LogHints(recoveryPoint, logStartOffset, log.highWatermark(), false));
    }

    /** Closes in order and opens again. */
    public void restart() {
        restartHurt(() -> {});
    }

    /** Closes in order, has something done to the files, and opens again as if nothing had happened. */
    public void restartHurt(Runnable damage) {
        long highWatermark = log.highWatermark();
        long logStartOffset = log.logStartOffset();
        close();
        damage.run();
        open(new LogHints(log.recoveryPoint(), logStartOffset, highWatermark, true));
    }

    private void stopThreads() {
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        stop(scheduler);
        stop(spaceThread);
    }

    private static void stop(ScheduledThreadPoolExecutor executor) {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(20, TimeUnit.SECONDS)) {
                throw new AssertionError("Storage threads do not stop");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public AppendInfo append(ByteBuffer batch) {
        return append(batch, 0);
    }

    public AppendInfo append(ByteBuffer batch, int leaderEpoch) {
        log.appendAsLeader(batch, leaderEpoch, AppendOrigin.CLIENT, info);
        return info;
    }

    public AppendInfo appendMarker(ByteBuffer batch) {
        return appendMarker(batch, 0);
    }

    public AppendInfo appendMarker(ByteBuffer batch, int leaderEpoch) {
        log.appendAsLeader(batch, leaderEpoch, AppendOrigin.COORDINATOR, info);
        return info;
    }

    /** Removes as many segments, as retention does. */
    public void removeOldest(int count) {
        try {
            log.upkeep().removeUpTo(log.upkeep().segmentViews().get(count - 1).endOffset());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All records from an offset to the log end, one read after another. */
    public List<String> records(long from) {
        return records(from, log.logEndOffset(), 1024 * 1024);
    }

    public List<String> records(long from, long upperBound, int maxBytes) {
        List<String> found = new ArrayList<>();
        LogSlice slice = new LogSlice();
        long next = from;
        while (true) {
            log.read(next, maxBytes, true, upperBound, slice);
            if (slice.length() == 0) {
                return found;
            }
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            bytes.flip();
            long wanted = next;
            // Compaction leaves batches whose last records are gone.
            next = Math.max(next, Batches.endOffset(bytes));
            for (String record : Batches.records(bytes)) {
                long offset = Long.parseLong(record.substring(0, record.indexOf(':')));
                if (offset >= wanted) {
                    found.add(record);
                }
            }
        }
    }

    /** Names of the files in the partition's directory, sorted. */
    public List<String> files() {
        try (var paths = Files.list(dir)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        log.close();
        stopThreads();
        log.finish();
        openFiles.closeIdle();
    }
}
