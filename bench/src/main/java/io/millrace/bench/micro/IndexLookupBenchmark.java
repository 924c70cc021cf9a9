package io.millrace.bench.micro;

import io.millrace.storage.file.EntryReader;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

/** From an offset to a position in an index of a segment of 1 GiB, anywhere in it: what a consumer that lags costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class IndexLookupBenchmark {
    private static final int MAX_BYTES = 10 << 20;
    private static final int ENTRIES = 200_000;
    private static final int OFFSETS_PER_ENTRY = 40;
    private static final int BYTES_PER_ENTRY = 4096;

    private final SplittableRandom random = new SplittableRandom(1);
    private final EntryReader reader = new EntryReader();
    private final long[] entries = new long[ENTRIES];
    private final Path dir;
    private final OffsetIndex index;
    private final org.apache.kafka.storage.internals.log.OffsetIndex kafkaIndex;

    /** Both indexes with the same entries. */
    public IndexLookupBenchmark() {
        try {
            dir = Files.createTempDirectory("index-bench");
            OpenFiles openFiles = new OpenFiles(10, Runnable::run);
            FileHost host = new FileHost(openFiles, Runnable::run, new SpaceGuard(Files.getFileStore(dir), 0), 4096);
            index = new OffsetIndex(dir.resolve("ours.index"), 0, MAX_BYTES, 0, host);
            kafkaIndex = new org.apache.kafka.storage.internals.log.OffsetIndex(
                    dir.resolve("kafkas.index").toFile(), 0, MAX_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Setup
    public void setUp() throws IOException {
        for (int i = 1; i <= ENTRIES; i++) {
            entries[i - 1] = (long) i * OFFSETS_PER_ENTRY;
            index.entries().ensureRoom();
            index.append((long) i * OFFSETS_PER_ENTRY, i * BYTES_PER_ENTRY);
            kafkaIndex.append((long) i * OFFSETS_PER_ENTRY, i * BYTES_PER_ENTRY);
        }
    }

    @TearDown
    public void tearDown() throws IOException {
        index.entries().close();
        kafkaIndex.close();
        TempDirs.delete(dir);
    }

    @Benchmark
    public int millrace() throws IOException {
        return find(offset());
    }

    @Benchmark
    public int kafka() {
        return kafkaFind(offset());
    }

    /** A binary search in memory of the process, among as many. */
    @Benchmark
    public int limitBinarySearch() {
        return Arrays.binarySearch(entries, offset());
    }

    int find(long offset) throws IOException {
        return OffsetIndex.position(index.lookup(offset, reader));
    }

    int kafkaFind(long offset) {
        return kafkaIndex.lookup(offset).position;
    }

    private long offset() {
        return random.nextInt(OFFSETS_PER_ENTRY, ENTRIES * OFFSETS_PER_ENTRY);
    }
}
