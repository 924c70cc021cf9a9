package io.millrace.storage.crash;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.ScrubPoint;
import io.millrace.storage.log.TestLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Lives through a disk that fails; prints {@code ok} if everything was as it must be, or what was not. A process of its own: the
 * disk's or its own end.
 */
final class FailingDiskChild {
    private static final long WAIT_NS = 20_000_000_000L;

    private FailingDiskChild() {}

    public static void main(String[] args) throws IOException {
        Path dir = Path.of(args[1]);
        switch (args[0]) {
            case "flush" -> failedFlush(dir);
            case "group" -> failedGroupSync(dir);
            case "parent" -> failedParentSync(dir);
            case "fetch" -> failedRead(dir, FailingDiskChild::fetch);
            case "copy" -> failedCopy(dir);
            case "timestamp" -> failedRead(dir, log -> log.offsetForTimestamp(TestLog.NOW));
            case "scrub" -> failedScrub(dir);
            case "list" -> failedListing(dir);
            case "listlog" -> failedListingOfALog(dir);
            default -> truncatedUnderTheMap(dir);
        }
        System.out.println("ok");
        // The log stays open: nothing more can be done with it.
        Runtime.getRuntime().halt(0);
    }

    private static Path trigger() {
        return Path.of(System.getenv("FAILSYNC_TRIGGER"));
    }

    private static void failedFlush(Path dir) throws IOException {
        TestLog test = new TestLog(dir, TestLog.config().build());
        test.append(Batches.of(TestLog.NOW, "a"));
        test.log.flush();
        require(test.log.recoveryPoint() == 1, "flushed");
        test.append(Batches.of(TestLog.NOW, "b"));
        Files.createFile(trigger());
        refused(test.log::flush, "a flush whose sync fails");
        Files.delete(trigger());
        require(test.failures.size() == 1, "the directory is out of service");
        refused(test.log::flush, "a sync that is tried again");
        refused(() -> test.append(Batches.of(TestLog.NOW, "c")), "an append after a failed sync");
        require(test.log.recoveryPoint() == 1, "the recovery point stays");
        require(test.records(0).size() == 2, "reads go on");
    }

    private static void failedGroupSync(Path dir) throws IOException {
        TestLog test = new TestLog(dir, TestLog.config().build(), true, true);
        test.append(Batches.of(TestLog.NOW, "a"));
        await(() -> test.log.durableOffset() == 1, "the first record is durable");
        Files.createFile(trigger());
        test.append(Batches.of(TestLog.NOW, "b"));
        await(() -> test.failures.size() == 1, "the directory goes out of service");
        Files.delete(trigger());
        refused(() -> test.append(Batches.of(TestLog.NOW, "c")), "an append after a failed sync");
        LockSupport.parkNanos(50_000_000);
        require(test.log.durableOffset() == 1, "what was not synced does not count");
    }

    // What was synced in the directory of a new log is gone after a loss of power if that directory itself is.
    private static void failedParentSync(Path dir) throws IOException {
        LogManager manager = CrashChild.open(dir);
        PartitionLog log = manager.getOrCreate(new TopicPartition("new", 0), Uuid.ZERO, LogConfig.DEFAULT);
        log.appendAsLeader(Batches.of(TestLog.NOW, "a"), 0, AppendOrigin.CLIENT, new AppendInfo());
        Files.writeString(trigger(), log.path().getParent().toRealPath().toString());
        refused(log::flush, "a flush of a log whose directory may be gone after a loss of power");
        require(log.recoveryPoint() == 0, "the recovery point stays");
        require(manager.dirs().stream().noneMatch(LogDirStatus::online), "the directory is out of service");
    }

    // Opened anew: what was appended a moment ago would be read from its map.
    private static TestLog unreadable(Path dir) throws IOException {
        TestLog test = opened(dir);
        refuseReads(test);
        return test;
    }

    private static TestLog opened(Path dir) {
        TestLog test = new TestLog(dir, TestLog.config().build());
        test.append(Batches.of(TestLog.NOW, "a"));
        test.restart();
        return test;
    }

    private static void refuseReads(TestLog test) throws IOException {
        refuseReadsOf(test.dir.resolve("00000000000000000000.log"));
    }

    private static void refuseReadsOf(Path path) throws IOException {
        Files.writeString(
                Path.of(System.getenv("FAILREAD_TRIGGER")), path.toRealPath().toString());
    }

    private static void failedRead(Path dir, Consumer<PartitionLog> read) throws IOException {
        TestLog test = unreadable(dir);
        refused(() -> read.accept(test.log), "a read that the disk refuses");
        require(test.failures.size() == 1, "the directory is out of service");
    }

    private static void fetch(PartitionLog log) {
        log.read(0, 1000, true, 1, new LogSlice());
    }

    private static void failedCopy(Path dir) throws IOException {
        TestLog test = opened(dir);
        LogSlice slice = new LogSlice();
        test.log.read(0, 1000, true, 1, slice);
        refuseReads(test);
        slice.checkReadable(0);
        require(test.failures.size() == 1, "the directory is out of service");
        refused(() -> slice.copyTo(ByteBuffer.allocate(1000)), "a read that the disk refuses");
    }

    private static void failedScrub(Path dir) throws IOException {
        TestLog test = unreadable(dir);
        test.log.upkeep().scrub(ScrubPoint.BEGINNING, 1000);
        require(test.failures.size() == 1, "the directory is out of service");
    }

    private static void failedListing(Path dir) throws IOException {
        Files.createDirectories(dir);
        refuseReadsOf(dir);
        require(!CrashChild.open(dir).anyDirOnline(), "the directory is out of service");
    }

    private static void failedListingOfALog(Path dir) throws IOException {
        LogManager manager = CrashChild.open(dir);
        PartitionLog log = manager.getOrCreate(new TopicPartition("hurt", 0), Uuid.ZERO, LogConfig.DEFAULT);
        log.appendAsLeader(Batches.of(TestLog.NOW, "a"), 0, AppendOrigin.CLIENT, new AppendInfo());
        manager.close();
        refuseReadsOf(log.path());
        require(!CrashChild.open(dir).anyDirOnline(), "the directory is out of service");
    }

    private static void truncatedUnderTheMap(Path dir) throws IOException {
        TestLog test = new TestLog(dir, TestLog.config().build());
        String value = "x".repeat(10_000);
        for (int i = 0; i < 20; i++) {
            test.append(Batches.of(TestLog.NOW, value));
        }
        try (FileChannel channel =
                FileChannel.open(test.dir.resolve("00000000000000000000.log"), StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
        long deadline = System.nanoTime() + WAIT_NS;
        boolean seen = false;
        while (!seen && System.nanoTime() < deadline) {
            try {
                test.append(Batches.of(TestLog.NOW, value));
                test.records(0);
                test.log.flush();
            } catch (StorageException | InternalError | AssertionError | IndexOutOfBoundsException e) {
                seen = true;
            }
        }
        require(seen, "a log whose file is gone is found out");
    }

    private static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + WAIT_NS;
        while (!condition.getAsBoolean()) {
            require(System.nanoTime() < deadline, what);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void refused(Runnable task, String what) {
        try {
            task.run();
        } catch (StorageException e) {
            return;
        }
        require(false, what + " is refused");
    }

    private static void require(boolean held, String what) {
        if (!held) {
            System.out.println("not so: " + what);
            Runtime.getRuntime().halt(1);
        }
    }
}
