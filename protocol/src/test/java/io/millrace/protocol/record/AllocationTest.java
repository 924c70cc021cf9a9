package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing that happens to a batch on the way into the log or out of it may cost an object a batch. */
class AllocationTest {
    private static final int BATCHES = 20_000;

    private final BatchCheck check = new BatchCheck();
    private final RecordCursor cursor = new RecordCursor();
    private long sum;

    @Test
    void checkingStampingAndWalkingAnUncompressedBatchMakesNoObject(@TempDir Path directory) throws IOException {
        ByteBuffer batch = batch(Compression.NONE);
        ByteBuffer direct = ByteBuffer.allocateDirect(batch.limit()).put(batch).clear();
        Path file = directory.resolve("batch");
        Files.write(file, new byte[batch.limit()]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, batch.limit());
            mapped.put(direct).clear();
            direct.clear();
            for (ByteBuffer buffer : List.of(batch.clear(), direct, mapped)) {
                assertThat(allocatedPerBatch(() -> use(buffer)))
                        .as(buffer.toString())
                        .isLessThan(1.0);
            }
        }
    }

    @Test
    void buildingAnUncompressedBatchMakesItsViewsOnly() {
        BatchBuilder builder = new BatchBuilder();
        byte[] value = new byte[100];
        ByteBuffer key = ByteBuffer.allocate(8);
        List<RecordHeader> headers = List.of(new RecordHeader("name", value));
        assertThat(allocatedPerBatch(() -> {
                    builder.begin(Compression.NONE).producer(1, (short) 2, 3);
                    for (int i = 0; i < 50; i++) {
                        builder.append(i, value, value).append(i, key, key, headers);
                    }
                    sum += builder.finish().limit();
                }))
                .isLessThan(200);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aCompressedBatchCostsNoCopyOfItsRecords(Compression compression) {
        ByteBuffer batch = batch(compression);
        assertThat(check(batch)).isGreaterThan(40_000);
        assertThat(allocatedPerBatch(() -> check(batch))).isLessThan(300);
    }

    private int check(ByteBuffer batch) {
        check.run(batch, 0);
        return check.recordsSizeInBytes();
    }

    private void use(ByteBuffer buffer) {
        check.run(buffer, 0);
        BatchHeader.stamp(buffer, 0, sum, 5);
        BatchHeader.setMaxTimestamp(buffer, 0, TimestampType.LOG_APPEND_TIME, ++sum);
        BatchHeader.setMaxTimestamp(buffer, 0, TimestampType.CREATE_TIME, ++sum);
        cursor.wrap(buffer, 0);
        while (cursor.next()) {
            sum += cursor.offset() + cursor.timestamp() + cursor.keyLength() + cursor.valueLength();
            while (cursor.nextHeader()) {
                sum += cursor.headerKeyLength();
            }
        }
    }

    private static double allocatedPerBatch(Runnable work) {
        for (int i = 0; i < BATCHES / 10; i++) {
            work.run();
        }
        // another thread's compilation can disturb one round; garbage would be in all of them
        double least = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = Allocation.ofThisThread();
            for (int i = 0; i < BATCHES / 20; i++) {
                work.run();
            }
            least = Math.min(least, (Allocation.ofThisThread() - before) / (BATCHES / 20.0));
        }
        return least;
    }

    private static ByteBuffer batch(Compression compression) {
        BatchBuilder builder = new BatchBuilder().begin(compression);
        byte[] value = new byte[400];
        for (int i = 0; i < 100; i++) {
            value[i] = (byte) i;
            builder.append(i, value, value, List.of(new RecordHeader("a", value)));
        }
        ByteBuffer batch = builder.finish();
        return ByteBuffer.allocate(batch.limit()).put(batch).clear();
    }
}
