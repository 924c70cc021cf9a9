package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Looking up an offset, at random or the last one, and cutting a slice of 64 KiB: what a fetch does before the kernel sends the bytes. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReadBenchmark {
    private static final int BATCHES = 10_000;
    private static final int BATCH_BYTES = 16 * 1024;
    private static final int SLICE_BYTES = 64 * 1024;
    private static final long SEED = 4711;

    /** A log of ours with 160 MiB. */
    @State(Scope.Thread)
    public static class Millrace {
        private final SplittableRandom random = new SplittableRandom(SEED);
        private MillraceLog log;

        @Setup
        public void open() throws IOException {
            log = new MillraceLog();
            ByteBuffer batch = Batches.uncompressed(BATCH_BYTES);
            for (int i = 0; i < BATCHES; i++) {
                log.append(batch);
            }
        }

        @TearDown
        public void close() throws IOException {
            log.close();
        }
    }

    /** A log of Kafka's with 160 MiB. */
    @State(Scope.Thread)
    public static class Kafka {
        private final SplittableRandom random = new SplittableRandom(SEED);
        private KafkaLog log;

        @Setup
        public void open() throws IOException {
            log = new KafkaLog();
            ByteBuffer batch = Batches.uncompressed(BATCH_BYTES);
            for (int i = 0; i < BATCHES; i++) {
                log.append(batch);
            }
        }

        @TearDown
        public void close() throws IOException {
            log.close();
        }
    }

    @Benchmark
    public int millraceLookupAndSlice(Millrace state) {
        return state.log.find(state.random.nextLong(state.log.logEndOffset()), SLICE_BYTES);
    }

    @Benchmark
    public int millraceAtTheTail(Millrace state) {
        return state.log.find(state.log.logEndOffset() - 1, SLICE_BYTES);
    }

    @Benchmark
    public int kafkaAtTheTail(Kafka state) {
        return state.log.find(state.log.logEndOffset() - 1, SLICE_BYTES);
    }

    @Benchmark
    public int kafkaLookupAndSlice(Kafka state) {
        return state.log.find(state.random.nextLong(state.log.logEndOffset()), SLICE_BYTES);
    }
}
