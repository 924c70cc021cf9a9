package io.millrace.bench.micro;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Appending one batch to a log: ours as it comes and in each of its two ways of writing alone, Kafka's, and the two limits that no log
 * beats. Every invocation appends the same amount to a new log, so that the disk holds and nobody pays for the pages of others. Ours has
 * pages provided by another thread, and Kafka's inside its own calls, so the CPU time of the process counts as well as that of the thread.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 20)
@Measurement(iterations = 10)
@Fork(1)
public class AppendBenchmark {
    private static final int SMALL = 200_000;
    private static final int MEDIUM = 8_000;
    private static final int LARGE = 100;

    /** What is appended to. */
    @Param({"millrace", "millrace-mapped", "millrace-write", "kafka", "copy+crc32c", "channel-write"})
    public String target;

    private final ByteBuffer batch1x100B = Batches.oneRecord();
    private final ByteBuffer batch16x1KiB = records(16, 1024);
    private final ByteBuffer batch160x100B = records(160, 100);
    private final ByteBuffer batch1MiB = records(1_000, 1_000);
    private AppendTarget log;

    private static ByteBuffer records(int count, int bytes) {
        BatchBuilder builder = new BatchBuilder().begin(Compression.NONE);
        SplittableRandom random = new SplittableRandom(count);
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[bytes];
            random.nextBytes(value);
            builder.append(1_700_000_000_000L, null, value);
        }
        return Batches.direct(builder.finish());
    }

    @Setup(Level.Invocation)
    public void open() throws IOException {
        log = AppendTarget.of(target);
        // The first append to a partition may make files; what that costs is measured where partitions are created.
        log.append(batch1x100B);
    }

    @TearDown(Level.Invocation)
    public void close() throws IOException {
        log.close();
    }

    @Benchmark
    @OperationsPerInvocation(SMALL)
    public long append1x100B() {
        return append(batch1x100B, SMALL);
    }

    @Benchmark
    @OperationsPerInvocation(MEDIUM)
    public long append16x1KiB() {
        return append(batch16x1KiB, MEDIUM);
    }

    @Benchmark
    @OperationsPerInvocation(MEDIUM)
    public long append160x100B() {
        return append(batch160x100B, MEDIUM);
    }

    @Benchmark
    @OperationsPerInvocation(LARGE)
    public long append1MiB() {
        return append(batch1MiB, LARGE);
    }

    private long append(ByteBuffer batch, int times) {
        long sum = 0;
        LoopMeter.begin();
        for (int i = 0; i < times; i++) {
            sum += log.append(batch);
        }
        LoopMeter.end(times);
        return sum;
    }
}
