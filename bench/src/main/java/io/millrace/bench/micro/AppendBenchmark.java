package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
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
 * Appending to a log: a batch with one record of 100 B, and a batch of 16 KiB. Every invocation appends the same amount to a
 * new log, so that the disk holds and neither side pays for the other's pages.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10)
@Measurement(iterations = 15)
@Fork(1)
public class AppendBenchmark {
    private static final int SMALL_APPENDS = 200_000;
    private static final int LARGE_APPENDS = 8_000;
    private static final int LARGE_BYTES = 16 * 1024;

    /** The batches, and a log of ours for each invocation. */
    @State(Scope.Thread)
    public static class Millrace {
        private final ByteBuffer small = Batches.oneRecord();
        private final ByteBuffer large = Batches.uncompressed(LARGE_BYTES);
        private MillraceLog log;

        @Setup(Level.Invocation)
        public void open() throws IOException {
            log = new MillraceLog();
        }

        @TearDown(Level.Invocation)
        public void close() throws IOException {
            log.close();
        }
    }

    /** The batches, and a log of Kafka's for each invocation. */
    @State(Scope.Thread)
    public static class Kafka {
        private final ByteBuffer small = Batches.oneRecord();
        private final ByteBuffer large = Batches.uncompressed(LARGE_BYTES);
        private KafkaLog log;

        @Setup(Level.Invocation)
        public void open() throws IOException {
            log = new KafkaLog();
        }

        @TearDown(Level.Invocation)
        public void close() throws IOException {
            log.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(SMALL_APPENDS)
    public long millraceAppend100B(Millrace state) {
        long offsets = 0;
        for (int i = 0; i < SMALL_APPENDS; i++) {
            offsets += state.log.append(state.small);
        }
        return offsets;
    }

    @Benchmark
    @OperationsPerInvocation(SMALL_APPENDS)
    public long kafkaAppend100B(Kafka state) {
        long offsets = 0;
        for (int i = 0; i < SMALL_APPENDS; i++) {
            offsets += state.log.append(state.small);
        }
        return offsets;
    }

    @Benchmark
    @OperationsPerInvocation(LARGE_APPENDS)
    public long millraceAppend16KiB(Millrace state) {
        long offsets = 0;
        for (int i = 0; i < LARGE_APPENDS; i++) {
            offsets += state.log.append(state.large);
        }
        return offsets;
    }

    @Benchmark
    @OperationsPerInvocation(LARGE_APPENDS)
    public long kafkaAppend16KiB(Kafka state) {
        long offsets = 0;
        for (int i = 0; i < LARGE_APPENDS; i++) {
            offsets += state.log.append(state.large);
        }
        return offsets;
    }
}
