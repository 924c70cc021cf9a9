package io.millrace.storage.crash;

import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * Appends to a log, and tries to do everything else, on a disk that fills up and gets room again; until it is killed. Says on its
 * standard output:
 *
 * <pre>
 *  a END    appended; the log ends there now
 *  f CODE   the first append refused after one that was not, with this error code
 *  x TEXT   something that must not happen
 * </pre>
 */
final class FullDiskChild {
    private FullDiskChild() {}

    public static void main(String[] args) throws InterruptedException {
        LogManager manager = new LogManager(config(Path.of(args[0]), Boolean.parseBoolean(args[1])), Clock.systemUTC());
        manager.lockDirs();
        manager.start(1, CrashChild.CLUSTER, topic -> logConfig()).join();
        PartitionLog log = manager.getOrCreate(CrashChild.partition(0), Uuid.ZERO, logConfig());
        BatchBuilder builder = new BatchBuilder();
        AppendInfo info = new AppendInfo();
        boolean refused = false;
        for (long seed = log.logEndOffset(); ; seed++) {
            try {
                builder.begin(Compression.NONE);
                builder.append(System.currentTimeMillis(), null, CrashChild.value(log.logEndOffset(), 0));
                log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, info);
                log.updateHighWatermark(log.logEndOffset());
                System.out.println("a " + log.logEndOffset() + " .");
                refused = false;
            } catch (StorageException e) {
                if (!refused) {
                    System.out.println("f " + e.error() + " .");
                }
                refused = true;
                doEverythingElse(manager, log);
                // As a producer that is refused pauses before it sends again. It is another process that makes room, of
                // which nothing tells; without a pause this one would take the processor from it.
                Thread.sleep(20);
            }
        }
    }

    static StorageConfig config(Path dir, boolean mapped) {
        return new StorageConfig.Builder(List.of(dir))
                .retentionCheckIntervalMs(500)
                .initialTaskDelayMs(0)
                .flushSchedulerIntervalMs(100)
                .flushOffsetCheckpointIntervalMs(100)
                .flushStartOffsetCheckpointIntervalMs(100)
                .highWatermarkCheckpointIntervalMs(100)
                .cleanerBackoffMs(100)
                .maxOpenFiles(10)
                .mappedMaxBytes(mapped ? CrashChild.MAPPED_MAX_BYTES : 0)
                .scrubIntervalMs(100)
                .recoveryMarkBytes(20_000)
                .build();
    }

    static LogConfig logConfig() {
        return new LogConfig.Builder()
                .segmentBytes(300_000)
                .flushMs(50)
                .indexIntervalBytes(200)
                .build();
    }

    // On a full disk: fetches go on, the rest is refused or works, and nothing takes the directory out of service.
    private static void doEverythingElse(LogManager manager, PartitionLog log) {
        LogSlice slice = new LogSlice();
        log.read(log.logStartOffset(), 10_000, true, log.logEndOffset(), slice);
        if (slice.length() == 0) {
            System.out.println("x no bytes .");
        }
        slice.release();
        quietly(log::flush);
        quietly(() -> manager.getOrCreate(CrashChild.partition(1), Uuid.random(), logConfig()));
        quietly(() -> manager.delete(CrashChild.partition(1)));
        manager.sweepNow();
        manager.compactNow();
        if (!manager.dirs().stream().allMatch(LogDirStatus::online)) {
            System.out.println("x the directory is out of service .");
        }
    }

    private static void quietly(Runnable task) {
        try {
            task.run();
        } catch (StorageException e) {
            // Refused: just what is wanted.
            return;
        }
    }
}
