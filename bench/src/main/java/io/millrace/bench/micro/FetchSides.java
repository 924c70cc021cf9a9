package io.millrace.bench.micro;

import java.io.IOException;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/** Who serves the fetches of a benchmark, over as many partitions as its parameter {@code partitions} says. */
public final class FetchSides {
    private FetchSides() {}

    private static int partitions(BenchmarkParams params) {
        return Integer.parseInt(params.getParam("partitions"));
    }

    /** Ours. */
    @State(Scope.Thread)
    public static class Millrace {
        FetchConsumer consumer;

        @Setup(Level.Trial)
        public void open(BenchmarkParams params) throws IOException {
            open(partitions(params));
        }

        void open(int partitions) throws IOException {
            consumer = new MillraceFetch(partitions);
            consumer.prepare(partitions);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            consumer.close();
        }
    }

    /** Kafka's. */
    @State(Scope.Thread)
    public static class Kafka {
        FetchConsumer consumer;

        @Setup(Level.Trial)
        public void open(BenchmarkParams params) throws IOException {
            open(partitions(params));
        }

        void open(int partitions) throws IOException {
            consumer = new KafkaFetch(partitions);
            consumer.prepare(partitions);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            consumer.close();
        }
    }
}
