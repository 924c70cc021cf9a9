package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.TimestampType;
import io.millrace.storage.CompressionPolicy;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchValidatorTest {
    private static final long NOW = TestLog.NOW;

    @TempDir
    Path dir;

    @Test
    void refusesWhatIsNotABatch() {
        assertRefused(LogConfig.DEFAULT, ErrorCode.INVALID_RECORD, ByteBuffer.allocate(0));
        ByteBuffer flipped = Batches.of(NOW, "abc");
        flipped.put(flipped.limit() - 3, (byte) 'x');
        assertRefused(LogConfig.DEFAULT, ErrorCode.CORRUPT_MESSAGE, flipped);
        ByteBuffer cut = Batches.of(NOW, "abc");
        cut.limit(cut.limit() - 1);
        assertRefused(LogConfig.DEFAULT, ErrorCode.CORRUPT_MESSAGE, cut);
        ByteBuffer magic3 = Batches.of(NOW, "abc");
        magic3.put(BatchHeader.MAGIC, (byte) 3);
        assertRefused(LogConfig.DEFAULT, ErrorCode.CORRUPT_MESSAGE, magic3);
        ByteBuffer huge = Batches.of(NOW, "abc");
        huge.putInt(BatchHeader.BATCH_LENGTH, Integer.MAX_VALUE);
        assertRefused(LogConfig.DEFAULT, ErrorCode.CORRUPT_MESSAGE, huge);
    }

    @Test
    void refusesWhatAProducerMustNotSend() {
        assertRefused(
                LogConfig.DEFAULT,
                ErrorCode.INVALID_RECORD,
                Batches.concat(Batches.of(NOW, "a"), Batches.of(NOW, "b")));
        assertRefused(LogConfig.DEFAULT, ErrorCode.INVALID_RECORD, Batches.stored(5, 0, NOW, "a"));
        ByteBuffer count = Batches.of(NOW, "a", "b");
        count.putInt(BatchHeader.RECORD_COUNT, 3);
        BatchHeader.updateCrc(count, 0);
        assertRefused(LogConfig.DEFAULT, ErrorCode.INVALID_RECORD, count);
    }

    @Test
    void refusesABatchLargerThanTheTopicAllows() {
        LogConfig config = TestLog.config().maxMessageBytes(1000).build();
        assertRefused(config, ErrorCode.MESSAGE_TOO_LARGE, Batches.of(NOW, "x".repeat(1000)));
        LogConfig smallSegments = TestLog.config().segmentBytes(1000).build();
        assertRefused(smallSegments, ErrorCode.RECORD_LIST_TOO_LARGE, Batches.of(NOW, "x".repeat(1000)));
    }

    @Test
    void refusesTimestampsOutOfBoundsAndNamesTheRecord() {
        LogConfig config = TestLog.config()
                .messageTimestampBeforeMaxMs(1000)
                .messageTimestampAfterMaxMs(500)
                .build();
        BatchBuilder builder = new BatchBuilder();
        builder.append(NOW - 1000, null, new byte[1]);
        builder.append(BatchHeader.NO_TIMESTAMP, null, new byte[1]);
        builder.append(NOW + 501, null, new byte[1]);
        assertThatThrownBy(() -> append(config, builder.finish())).isInstanceOfSatisfying(StorageException.class, e -> {
            assertThat(e.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
            assertThat(e.recordIndex()).isEqualTo(2);
        });
        assertRefused(config, ErrorCode.INVALID_TIMESTAMP, Batches.of(NOW - 1001, "old"));
        append(config, Batches.of(NOW + 500, "ok"));
    }

    @Test
    void refusesARecordWithoutAKeyInACompactedTopic() {
        LogConfig config = TestLog.config().compact(true).build();
        assertRefused(config, ErrorCode.INVALID_RECORD, Batches.of(NOW, "a"));
        append(config, Batches.keyed(NOW, "k", "v"));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void acceptsEveryCodecAndSetsTheBrokersTime(Compression compression) {
        LogConfig config = TestLog.config()
                .messageTimestampType(TimestampType.LOG_APPEND_TIME)
                .build();
        try (TestLog test = new TestLog(dir, config)) {
            AppendInfo info = test.append(Batches.of(compression, NOW - 5000, "a", "b"));
            assertThat(info.logAppendTime()).isEqualTo(NOW);
            assertThat(info.maxTimestamp()).isEqualTo(NOW);
            assertThat(test.records(0)).containsExactly("0:a", "1:b");
            assertThat(test.log.offsetForTimestamp(NOW).offset()).isZero();
        }
    }

    @Test
    void correctsAWrongMaximalTimestamp() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            ByteBuffer batch = Batches.of(NOW, "a");
            batch.putLong(BatchHeader.MAX_TIMESTAMP, NOW + 77);
            BatchHeader.updateCrc(batch, 0);
            assertThat(test.append(batch).maxTimestamp()).isEqualTo(NOW);
            assertThat(test.records(0)).containsExactly("0:a");
        }
    }

    @Test
    void changesTheCodecToTheTopics() {
        LogConfig config =
                TestLog.config().compressionType(CompressionPolicy.ZSTD).build();
        try (TestLog test = new TestLog(dir, config)) {
            test.append(Batches.of(Compression.GZIP, NOW, "a", "b"));
            test.append(Batches.idempotent(1, 0, 0, NOW, "c"));
            assertThat(test.records(0)).containsExactly("0:a", "1:b", "2:c");
            LogSlice slice = new LogSlice();
            test.log.read(0, 1 << 20, true, 3, slice);
            ByteBuffer stored = ByteBuffer.allocate(slice.length());
            slice.copyTo(stored);
            slice.release();
            assertThat(BatchHeader.compression(stored, 0)).isEqualTo(Compression.ZSTD);
            assertThat(test.append(Batches.idempotent(1, 0, 0, NOW, "c")).duplicate())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(bytes = {0, 1})
    void storesOldMessageSetsAsBatches(byte magic) {
        for (org.apache.kafka.common.record.CompressionType type : List.of(
                org.apache.kafka.common.record.CompressionType.NONE,
                org.apache.kafka.common.record.CompressionType.GZIP,
                org.apache.kafka.common.record.CompressionType.LZ4)) {
            Path own = dir.resolve(type + "-" + magic);
            own.toFile().mkdirs();
            try (TestLog test = new TestLog(own, LogConfig.DEFAULT)) {
                AppendInfo info = test.append(messageSet(magic, type));
                assertThat(info.recordCount()).isEqualTo(2);
                assertThat(test.records(0)).containsExactly("0:one", "1:two");
                assertThat(test.log.offsetOfMaxTimestamp().offset()).isEqualTo(magic == 0 ? -1 : 1);
            }
        }
    }

    private static ByteBuffer messageSet(byte magic, org.apache.kafka.common.record.CompressionType type) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1000),
                magic,
                org.apache.kafka.common.compress.Compression.of(type).build(),
                org.apache.kafka.common.record.TimestampType.CREATE_TIME,
                0L);
        builder.append(NOW, null, "one".getBytes());
        builder.append(NOW + 1, null, "two".getBytes());
        return builder.build().buffer();
    }

    private void append(LogConfig config, ByteBuffer batch) {
        try (TestLog test = new TestLog(dir, config)) {
            test.append(batch);
        }
    }

    private void assertRefused(LogConfig config, ErrorCode error, ByteBuffer batch) {
        try (TestLog test = new TestLog(dir, config)) {
            long end = test.log.logEndOffset();
            assertThatThrownBy(() -> test.append(batch))
                    .isInstanceOf(StorageException.class)
                    .extracting(e -> ((StorageException) e).error())
                    .isEqualTo(error);
            assertThat(test.log.logEndOffset()).isEqualTo(end);
        }
    }
}
