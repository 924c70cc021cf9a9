package io.millrace.bench.micro;

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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Looking up an offset, at random or the last one, and cutting a slice of 64 KiB: what a fetch does before the kernel sends the bytes. Of
 * batches of several sizes, as those of less than {@code index.interval.bytes} have no index entry each, and of a log that this process
 * has written as of one that was opened again, of whose index it knows nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReadBenchmark {
    private static final long LOG_BYTES = 64L << 20;
    private static final int SMALL = 1_000;
    private static final int SLICE_BYTES = 64 * 1024;
    private static final long SEED = 4711;

    /** The same batches for both. */
    private static void fill(AppendTarget log, int batchBytes) {
        ByteBuffer batch = batchBytes < SMALL ? Batches.oneRecord() : Batches.uncompressed(batchBytes);
        for (long bytes = 0; bytes < LOG_BYTES; bytes += batch.capacity()) {
            log.append(batch);
        }
    }

    private static boolean isReopened(String log) {
        return log.equals("reopened");
    }

    /** A log of ours. */
    @State(Scope.Thread)
    public static class Millrace {
        @Param({"170", "1024", "16384"})
        public int batchBytes;

        @Param({"own", "reopened"})
        public String log = "own";

        private final SplittableRandom random = new SplittableRandom(SEED);
        private MillraceLog opened;

        @Setup
        public void open() throws IOException {
            opened = new MillraceLog();
            fill(opened, batchBytes);
            if (isReopened(log)) {
                opened = opened.reopened();
            }
        }

        @Setup(Level.Iteration)
        public void begin() {
            LoopMeter.begin();
        }

        @TearDown(Level.Iteration)
        public void end() {
            LoopMeter.endIteration();
        }

        @TearDown
        public void close() throws IOException {
            opened.close();
        }
    }

    /** A log of Kafka's, likewise. */
    @State(Scope.Thread)
    public static class Kafka {
        @Param({"170", "1024", "16384"})
        public int batchBytes;

        @Param({"own", "reopened"})
        public String log = "own";

        private final SplittableRandom random = new SplittableRandom(SEED);
        private KafkaLog opened;

        @Setup
        public void open() throws IOException {
            opened = new KafkaLog();
            fill(opened, batchBytes);
            if (isReopened(log)) {
                opened = opened.reopened();
            }
        }

        @Setup(Level.Iteration)
        public void begin() {
            LoopMeter.begin();
        }

        @TearDown(Level.Iteration)
        public void end() {
            LoopMeter.endIteration();
        }

        @TearDown
        public void close() throws IOException {
            opened.close();
        }
    }

    @Benchmark
    public int millraceLookupAndSlice(Millrace state) {
        return state.opened.find(state.random.nextLong(state.opened.logEndOffset()), SLICE_BYTES);
    }

    @Benchmark
    public int millraceAtTheTail(Millrace state) {
        return state.opened.find(state.opened.logEndOffset() - 1, SLICE_BYTES);
    }

    @Benchmark
    public int kafkaAtTheTail(Kafka state) {
        return state.opened.find(state.opened.logEndOffset() - 1, SLICE_BYTES);
    }

    @Benchmark
    public int kafkaLookupAndSlice(Kafka state) {
        return state.opened.find(state.random.nextLong(state.opened.logEndOffset()), SLICE_BYTES);
    }
}
