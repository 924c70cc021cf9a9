package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kafka.server.DelayedOperation;
import kafka.server.DelayedOperationPurgatory;
import kafka.server.TopicPartitionOperationKey;
import org.apache.kafka.server.util.timer.SystemTimer;
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
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A fetch that finds nothing, waits, and is answered by the next append. Ours is the whole way, with the append and the look at
 * the log; Kafka's is its purgatory alone: an operation is watched under each partition's key and completed by one of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ParkedFetchBenchmark {
    private static final long DELAY_MS = 60_000;
    private static final int PURGE_INTERVAL = 1_000;

    /** Partitions that the fetch waits for. */
    @Param({"1", "100"})
    public int partitions;

    private int next;

    private int nextPartition() {
        next = (next + 1) % partitions;
        return next;
    }

    /** Ours. */
    @State(Scope.Thread)
    public static class Millrace {
        private final ByteBuffer batch = Batches.oneRecord();
        private MillraceFetch consumer;
        private int last = -1;

        @Setup(Level.Trial)
        public void open(ParkedFetchBenchmark benchmark) throws IOException {
            consumer = new MillraceFetch(benchmark.partitions);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            consumer.close();
        }
    }

    @Benchmark
    public int millraceParkedFetch(Millrace millrace) {
        int partition = nextPartition();
        millrace.consumer.request(millrace.last, true);
        millrace.consumer.append(partition, millrace.batch);
        millrace.last = partition;
        return millrace.consumer.run();
    }

    /** Kafka's. */
    @State(Scope.Thread)
    public static class Kafka {
        private final DelayedOperationPurgatory<Waiting> purgatory =
                new DelayedOperationPurgatory<>("bench", new SystemTimer("bench"), 0, PURGE_INTERVAL, true, true);

        @TearDown(Level.Trial)
        public void close() {
            purgatory.shutdown();
        }

        private int waitAndComplete(int partitions, int partition) {
            List<Object> keys = new ArrayList<>(partitions);
            for (int i = 0; i < partitions; i++) {
                keys.add(new TopicPartitionOperationKey("bench", i));
            }
            Waiting waiting = new Waiting();
            purgatory.tryCompleteElseWatch(
                    waiting, CollectionConverters.asScala(keys).toSeq());
            waiting.enough = true;
            return purgatory.checkAndComplete(new TopicPartitionOperationKey("bench", partition));
        }
    }

    /** Complete as soon as it is told that there is enough. */
    private static final class Waiting extends DelayedOperation {
        private boolean enough;

        Waiting() {
            super(DELAY_MS, Option.empty());
        }

        @Override
        public void onExpiration() {}

        @Override
        public void onComplete() {}

        @Override
        public boolean tryComplete() {
            return enough && forceComplete();
        }
    }

    @Benchmark
    public int kafkaParkedFetch(Kafka kafka) {
        return kafka.waitAndComplete(partitions, nextPartition());
    }
}
