package io.millrace.bench.micro;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kafka.log.UnifiedLog;
import kafka.server.RequestLocal;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Creating 1,000 partitions, directories and all: time and memory of one; and the same with one record in each, as some of the files may be
 * made by the first record only. Kafka's is without its log manager, which takes its side.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(1)
public class CreatePartitionsBenchmark {
    private static final int PARTITIONS = 1_000;

    /** A log manager of ours without logs. */
    @State(Scope.Thread)
    public static class Millrace {
        private final ByteBuffer batch = Batches.oneRecord();
        private final AppendInfo info = new AppendInfo();
        private Path dir;
        private LogManager manager;

        @Setup(Level.Invocation)
        public void open() throws IOException {
            dir = Files.createTempDirectory("millrace-bench");
            manager = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
            manager.lockDirs();
            manager.start(0, "bench", topic -> LogConfig.DEFAULT).join();
        }

        @TearDown(Level.Invocation)
        public void close() throws IOException {
            manager.close();
            TempDirs.delete(dir);
        }
    }

    /** A directory for logs of Kafka's. */
    @State(Scope.Thread)
    public static class Kafka {
        private final ByteBuffer batch = Batches.oneRecord();
        private final RequestLocal requestLocal = RequestLocal.withThreadConfinedCaching();
        private Path dir;
        private final KafkaScheduler scheduler = new KafkaScheduler(1);
        private final List<UnifiedLog> logs = new ArrayList<>();

        @Setup
        public void start() {
            scheduler.startup();
        }

        @Setup(Level.Invocation)
        public void open() throws IOException {
            dir = Files.createTempDirectory("kafka-bench");
        }

        @TearDown(Level.Invocation)
        public void close() throws IOException {
            logs.forEach(UnifiedLog::close);
            logs.clear();
            TempDirs.delete(dir);
        }

        @TearDown
        public void stop() throws InterruptedException {
            scheduler.shutdown();
        }
    }

    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public int millrace(Millrace state) {
        Uuid topicId = new Uuid(1, 2);
        for (int i = 0; i < PARTITIONS; i++) {
            state.manager.getOrCreate(new TopicPartition("bench", i), topicId, LogConfig.DEFAULT);
        }
        return state.manager.logs().size();
    }

    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public long millraceWithRecord(Millrace state) {
        Uuid topicId = new Uuid(1, 2);
        long sum = 0;
        for (int i = 0; i < PARTITIONS; i++) {
            PartitionLog log = state.manager.getOrCreate(new TopicPartition("bench", i), topicId, LogConfig.DEFAULT);
            log.appendAsLeader(Batches.anew(state.batch), 0, AppendOrigin.CLIENT, state.info);
            sum += log.logEndOffset();
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public long kafkaWithRecord(Kafka state) throws IOException {
        long sum = 0;
        for (int i = 0; i < PARTITIONS; i++) {
            Path path = Files.createDirectory(state.dir.resolve("bench-" + i));
            UnifiedLog log = KafkaLog.open(path, state.scheduler, true);
            state.logs.add(log);
            log.appendAsLeader(
                    MemoryRecords.readableRecords(Batches.anew(state.batch)),
                    0,
                    org.apache.kafka.storage.internals.log.AppendOrigin.CLIENT,
                    MetadataVersion.latestProduction(),
                    state.requestLocal,
                    VerificationGuard.SENTINEL);
            sum += log.logEndOffset();
        }
        return sum;
    }

    /** Making the directories alone. */
    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public Path limitMkdir(Kafka state) throws IOException {
        Path path = state.dir;
        for (int i = 0; i < PARTITIONS; i++) {
            path = Files.createDirectory(state.dir.resolve("bench-" + i));
        }
        return path;
    }

    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public int kafka(Kafka state) throws IOException {
        for (int i = 0; i < PARTITIONS; i++) {
            Path path = Files.createDirectory(state.dir.resolve("bench-" + i));
            state.logs.add(KafkaLog.open(path, state.scheduler, true));
        }
        return state.logs.size();
    }
}
