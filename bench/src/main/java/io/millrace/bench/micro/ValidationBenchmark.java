package io.millrace.bench.micro;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.Compression;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a leader checks of a batch of 16 KiB before it appends it, where the topic keeps the compression of the producer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ValidationBenchmark {
    private static final int BATCH_BYTES = 16 * 1024;
    /** Where what the checksum is of begins in a batch. */
    private static final int AFTER_CRC = 21;

    private static final long MAX_TIMESTAMP_AHEAD_MS = 3_600_000;

    @Param({"none", "lz4", "zstd"})
    public String compression = "none";

    private final BufferSupplier buffers = BufferSupplier.create();
    private final TopicPartition partition = new TopicPartition("bench", 0);
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private final CRC32C crc = new CRC32C();
    private MillraceLog log;

    @Setup
    public void setUp() throws IOException {
        batch = Batches.of(Compression.ofConfigName(compression), BATCH_BYTES);
        log = new MillraceLog();
    }

    @TearDown
    public void tearDown() throws IOException {
        log.close();
    }

    @Benchmark
    public int millrace() {
        return log.validate(batch);
    }

    @Benchmark
    public int kafka() {
        MemoryRecords records = MemoryRecords.readableRecords(Batches.anew(batch));
        // Which its log does before it calls the validator.
        records.batches().forEach(RecordBatch::ensureValid);
        return new LogValidator(
                        records,
                        new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition()),
                        Time.SYSTEM,
                        CompressionType.forName(compression),
                        org.apache.kafka.common.compress.Compression.of(compression)
                                .build(),
                        false,
                        RecordBatch.CURRENT_MAGIC_VALUE,
                        TimestampType.CREATE_TIME,
                        Long.MAX_VALUE,
                        MAX_TIMESTAMP_AHEAD_MS,
                        0,
                        AppendOrigin.CLIENT,
                        MetadataVersion.latestProduction())
                .validateMessagesAndAssignOffsets(PrimitiveRef.ofLong(0), Uncounted.INSTANCE, buffers)
                .validatedRecords
                .sizeInBytes();
    }

    /** The checksum alone. */
    @Benchmark
    public long limitCrc32c() {
        crc.reset();
        crc.update(batch.clear().position(AFTER_CRC));
        return crc.getValue();
    }

    /** Nothing invalid comes by. */
    private enum Uncounted implements LogValidator.MetricsRecorder {
        INSTANCE;

        @Override
        public void recordInvalidMagic() {}

        @Override
        public void recordInvalidOffset() {}

        @Override
        public void recordInvalidSequence() {}

        @Override
        public void recordInvalidChecksums() {}

        @Override
        public void recordNoKeyCompactedTopic() {}
    }
}
