package io.millrace.bench.micro;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A fetch that finds nothing, waits, and is answered by the next append: session, look at the logs, waiting, append, look at the log again,
 * answer. Of both the whole way between a request that was read and a response that is to be written.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ParkedFetchBenchmark {
    /** Partitions that the fetch waits for. */
    @Param({"1", "100", "1000", "10000"})
    public int partitions;

    private final ByteBuffer batch = Batches.oneRecord();
    private int last = -1;

    private int fetch(FetchConsumer consumer) {
        int partition = (last + 1) % partitions;
        // The consumer names the partition whose position has moved since the last answer.
        consumer.request(last, true);
        consumer.append(partition, batch);
        last = partition;
        return consumer.run();
    }

    @Benchmark
    public int millraceParkedFetch(FetchSides.Millrace millrace) {
        return fetch(millrace.consumer);
    }

    @Benchmark
    public int kafkaParkedFetch(FetchSides.Kafka kafka) {
        return fetch(kafka.consumer);
    }
}
