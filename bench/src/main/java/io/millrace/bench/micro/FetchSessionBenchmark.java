package io.millrace.bench.micro;

import io.millrace.storage.LogConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import kafka.server.FetchContext;
import kafka.server.FetchManager;
import kafka.server.FetchSessionCacheShard;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.utils.Time;
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
import scala.runtime.BoxedUnit;

/**
 * One request of an incremental fetch session over many partitions, of which one has a new record. Ours is the whole way: the
 * append of the record, the session, the look at the log, the slice. Kafka's is its session alone, without appending and without
 * looking at a log, which it would do for every partition; so the comparison favours Kafka.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FetchSessionBenchmark {
    private static final int MAX_BYTES = 1 << 20;
    private static final int INDEX_INTERVAL_BYTES = LogConfig.DEFAULT.indexIntervalBytes();

    /** Partitions of the session. */
    @Param({"1000", "10000"})
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
        public void open(FetchSessionBenchmark benchmark) throws IOException {
            consumer = new MillraceFetch(benchmark.partitions);
            // The first record of a partition makes its files, the second maps them, and the first behind so many bytes
            // makes its index. Here it is about all others; and all partitions would come to that at the same time.
            ByteBuffer indexed = Batches.uncompressed(INDEX_INTERVAL_BYTES);
            for (ByteBuffer first : List.of(batch, batch, indexed, batch, batch)) {
                for (int i = 0; i < benchmark.partitions; i++) {
                    consumer.append(i, first);
                }
                consumer.catchUp();
            }
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            consumer.close();
        }
    }

    @Benchmark
    public int millraceFetchSession(Millrace millrace) {
        int partition = nextPartition();
        millrace.consumer.append(partition, millrace.batch);
        // The consumer names the partition whose position has moved since the last answer.
        millrace.consumer.request(millrace.last, false);
        millrace.last = partition;
        return millrace.consumer.run();
    }

    /** Kafka's. */
    @State(Scope.Thread)
    public static class Kafka {
        private final Uuid topicId = Uuid.randomUuid();
        private final Map<Uuid, String> names = Map.of(topicId, "bench");
        private final FetchManager manager =
                new FetchManager(Time.SYSTEM, new FetchSessionCacheShard(1_000, 120_000, Integer.MAX_VALUE, 0));
        private final LinkedHashMap<TopicIdPartition, FetchResponseData.PartitionData> answers = new LinkedHashMap<>();
        private final MemoryRecords records = MemoryRecords.readableRecords(Batches.oneRecord());
        private FetchMetadata metadata = FetchMetadata.INITIAL;

        @Setup(Level.Trial)
        public void open(FetchSessionBenchmark benchmark) {
            Map<TopicIdPartition, FetchRequest.PartitionData> wanted = new LinkedHashMap<>();
            for (int i = 0; i < benchmark.partitions; i++) {
                wanted.put(new TopicIdPartition(topicId, i, "bench"), wanted(0));
            }
            FetchContext context = manager.newContext(
                    ApiKeys.FETCH.latestVersion(), metadata, false, wanted, new ArrayList<>(), names);
            int id = answer(context, -1);
            metadata = FetchMetadata.newIncremental(id);
        }

        private FetchRequest.PartitionData wanted(long offset) {
            return new FetchRequest.PartitionData(topicId, offset, -1, MAX_BYTES, Optional.empty());
        }

        /** Walks through all partitions, as its replica manager has to, and gives a record to one. */
        private int answer(FetchContext context, int partition) {
            answers.clear();
            context.foreachPartition((name, wanted) -> {
                FetchResponseData.PartitionData data = new FetchResponseData.PartitionData()
                        .setPartitionIndex(name.partition())
                        .setHighWatermark(1)
                        .setLogStartOffset(0)
                        .setRecords(name.partition() == partition ? records : MemoryRecords.EMPTY);
                answers.put(name, data);
                return BoxedUnit.UNIT;
            });
            return context.updateAndGenerateResponseData(answers).sessionId();
        }

        private int fetch(int partition) {
            Map<TopicIdPartition, FetchRequest.PartitionData> moved = new HashMap<>();
            moved.put(new TopicIdPartition(topicId, partition, "bench"), wanted(1));
            FetchContext context =
                    manager.newContext(ApiKeys.FETCH.latestVersion(), metadata, false, moved, List.of(), names);
            metadata = metadata.nextIncremental();
            return answer(context, partition);
        }
    }

    @Benchmark
    public int kafkaFetchSession(Kafka kafka) {
        return kafka.fetch(nextPartition());
    }
}
