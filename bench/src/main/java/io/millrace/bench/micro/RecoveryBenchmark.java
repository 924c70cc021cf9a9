package io.millrace.bench.micro;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.LogConfig;
import io.millrace.storage.SyncPolicy;
import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.log.LogDirHealth;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.LogHost;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.RecoveryMarks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Opening a log of 256 MiB that nobody closed: as after a kill, where our mark of the same boot counts, and as after another boot, where
 * every batch is read. Kafka reads what is behind its recovery point, here all of it, as the log has one segment that was never flushed.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(1)
public class RecoveryBenchmark {
    private static final long LOG_BYTES = 256L * 1024 * 1024;
    private static final long WAIT_NS = 60_000_000_000L;
    private static final String SEGMENT = "00000000000000000000.log";

    private static ByteBuffer batch(int bytes) {
        return bytes < 1000 ? Batches.oneRecord() : Batches.uncompressed(bytes);
    }

    private static long recovered(long end, long written) {
        if (end != written) {
            throw new IllegalStateException("Recovered up to " + end + " of " + written);
        }
        return end;
    }

    /** A log of ours, whose writer is still there but writes no more. */
    @State(Scope.Thread)
    public static class Millrace {
        @Param({"170", "16384"})
        public int batchBytes;

        private MillraceLog writer;
        private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);

        @Setup
        public void write() throws IOException {
            writer = new MillraceLog();
            ByteBuffer batch = batch(batchBytes);
            for (long bytes = 0; bytes < LOG_BYTES; bytes += batch.capacity()) {
                writer.append(batch);
            }
            long deadline = System.nanoTime() + WAIT_NS;
            while (Files.notExists(writer.partitionDir().resolve("recovery-mark")) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            if (Files.notExists(writer.partitionDir().resolve("recovery-mark"))) {
                throw new IllegalStateException("No recovery mark was written within " + WAIT_NS / 1_000_000_000
                        + " s, so that a scan would be measured");
            }
            // Nothing runs on it: what is measured ends when the log can be read and appended to.
            scheduler.shutdown();
        }

        @TearDown
        public void close() throws IOException {
            writer.close();
        }

        long open(boolean sameBoot) throws IOException {
            Path dir = writer.partitionDir();
            Path logDir = Objects.requireNonNull(dir.getParent());
            OpenFiles openFiles = new OpenFiles(10, Runnable::run);
            FileHost files =
                    new FileHost(openFiles, Runnable::run, new SpaceGuard(Files.getFileStore(logDir), 0), 4096);
            RecoveryMarks marks = new RecoveryMarks(
                    sameBoot ? Objects.requireNonNull(BootIdentity.of(logDir)) : "another boot", 1L << 40);
            LogHost host = new LogHost(
                    files,
                    scheduler,
                    Runnable::run,
                    Clock.systemUTC(),
                    new LogDirHealth(logDir, failed -> {}),
                    86_400_000,
                    (partition, offset) -> {},
                    SyncPolicy.NONE,
                    Runnable::run,
                    partition -> {},
                    marks,
                    () -> false);
            PartitionLog log = PartitionLog.open(
                    new TopicPartition("bench", 0), dir, LogConfig.DEFAULT, host, new LogHints(-1, -1, -1, false));
            openFiles.closeIdle();
            return recovered(log.logEndOffset(), writer.logEndOffset());
        }
    }

    /** A log of Kafka's, likewise. */
    @State(Scope.Thread)
    public static class Kafka {
        @Param({"170", "16384"})
        public int batchBytes;

        private KafkaLog writer;

        @Setup
        public void write() throws IOException {
            writer = new KafkaLog();
            ByteBuffer batch = batch(batchBytes);
            for (long bytes = 0; bytes < LOG_BYTES; bytes += batch.capacity()) {
                writer.append(batch);
            }
        }

        @TearDown
        public void close() throws IOException {
            writer.close();
        }
    }

    @Benchmark
    public long millraceSameBoot(Millrace state) throws IOException {
        return state.open(true);
    }

    @Benchmark
    public long millraceOtherBoot(Millrace state) throws IOException {
        return state.open(false);
    }

    /** Reading the file once and checking as much as it holds: what none can do without that trusts no mark. */
    @Benchmark
    public long limitReadAndCrc32c(Millrace state) throws IOException {
        CRC32C crc = new CRC32C();
        try (FileChannel channel = FileChannel.open(state.writer.partitionDir().resolve(SEGMENT))) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            while (channel.read(buffer.clear()) > 0) {
                crc.update(buffer.flip());
            }
        }
        return crc.getValue();
    }

    @Benchmark
    public long kafka(Kafka state) {
        return recovered(state.writer.recover(), state.writer.logEndOffset());
    }
}
