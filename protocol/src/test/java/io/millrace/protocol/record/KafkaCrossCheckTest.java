package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random records, written by us and read by Kafka's classes, and the reverse. */
class KafkaCrossCheckTest {
    private static final int ROUNDS = 60;

    private final Random random = new Random(42);

    @ParameterizedTest
    @EnumSource
    void kafkaReadsTheBatchesWeWrite(Compression compression) {
        BatchBuilder builder = new BatchBuilder();
        for (int round = 0; round < ROUNDS; round++) {
            List<SimpleRecord> records = randomRecords();
            long baseOffset = random.nextLong() >>> 1 + random.nextInt(60);
            builder.begin(compression)
                    .baseOffset(baseOffset)
                    .partitionLeaderEpoch(round)
                    .producer(round, (short) 3, Integer.MAX_VALUE - 2)
                    .transactional(round % 2 == 0);
            if (round % 3 == 0) {
                builder.logAppendTime(777);
            }
            for (SimpleRecord record : records) {
                builder.append(record.timestamp(), record.key(), record.value(), headers(record.headers()));
            }
            ByteBuffer bytes = builder.finish();

            MemoryRecords read = MemoryRecords.readableRecords(bytes);
            assertThat(read.batches()).hasSize(1);
            DefaultRecordBatch batch =
                    (DefaultRecordBatch) read.batches().iterator().next();
            batch.ensureValid();
            assertThat(batch.sizeInBytes()).isEqualTo(bytes.limit());
            assertThat(batch.baseOffset()).isEqualTo(baseOffset);
            assertThat(batch.lastOffset()).isEqualTo(BatchHeader.lastOffset(bytes, 0));
            assertThat(batch.partitionLeaderEpoch()).isEqualTo(round);
            assertThat(batch.compressionType().name).isEqualTo(compression.configName());
            assertThat(batch.isTransactional()).isEqualTo(round % 2 == 0);
            assertThat(batch.producerId()).isEqualTo(round);
            assertThat(batch.lastSequence()).isEqualTo(BatchHeader.lastSequence(bytes, 0));
            int i = 0;
            for (Record record : batch) {
                SimpleRecord expected = records.get(i);
                assertThat(record.offset()).isEqualTo(baseOffset + i++);
                assertThat(record.timestamp()).isEqualTo(round % 3 == 0 ? 777 : expected.timestamp());
                assertThat(record.key()).isEqualTo(expected.key());
                assertThat(record.value()).isEqualTo(expected.value());
                assertThat(record.headers()).isEqualTo(expected.headers());
            }
            assertThat(i).isEqualTo(records.size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void weReadTheBatchesKafkaWrites(Compression compression) {
        BatchCheck check = new BatchCheck();
        RecordCursor cursor = new RecordCursor();
        for (int round = 0; round < ROUNDS; round++) {
            List<SimpleRecord> records = randomRecords();
            ByteBuffer bytes = kafkaBuilds(RecordBatch.MAGIC_VALUE_V2, compression, records, 0, round % 3 == 0);
            if (round % 2 == 0) {
                bytes = ByteBuffer.allocateDirect(bytes.limit()).put(bytes).flip();
            }
            check.run(bytes, 0);
            cursor.wrap(bytes, 0);
            for (SimpleRecord expected : records) {
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.timestamp()).isEqualTo(round % 3 == 0 ? 777 : expected.timestamp());
                assertThat(cursor.key()).isEqualTo(expected.key());
                assertThat(cursor.value()).isEqualTo(expected.value());
                assertThat(cursor.headerCount()).isEqualTo(expected.headers().length);
                for (Header header : expected.headers()) {
                    assertThat(cursor.nextHeader()).isTrue();
                    assertThat(bytes(cursor, cursor.headerKeyIndex(), cursor.headerKeyLength()))
                            .isEqualTo(Utils.utf8(header.key()));
                    assertThat(bytes(cursor, cursor.headerValueIndex(), cursor.headerValueLength()))
                            .isEqualTo(header.value());
                }
                assertThat(cursor.nextHeader()).isFalse();
            }
            assertThat(cursor.next()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ZSTD")
    void weReadTheMessageSetsKafkaWrites(Compression compression) {
        LegacyConversion conversion = new LegacyConversion();
        BatchBuilder builder = new BatchBuilder();
        for (byte magic = 0; magic <= 1; magic++) {
            for (int round = 0; round < ROUNDS; round++) {
                List<SimpleRecord> records = randomRecords();
                ByteBuffer set = kafkaBuilds(magic, compression, records, 5_000_000_000L, false);
                builder.begin(Compression.NONE);
                assertThat(conversion.upConvert(set, 0, set.limit(), builder)).isEqualTo(records.size());

                RecordCursor cursor = new RecordCursor().wrap(builder.finish(), 0);
                LegacyCursor messages = new LegacyCursor().wrap(set, 0, set.limit());
                for (int i = 0; i < records.size(); i++) {
                    assertThat(cursor.next()).isTrue();
                    assertThat(messages.next()).isTrue();
                    assertThat(cursor.offset()).isEqualTo(i);
                    assertThat(messages.offset()).isEqualTo(5_000_000_000L + i);
                    assertThat(cursor.timestamp())
                            .isEqualTo(magic == 0 ? -1 : records.get(i).timestamp());
                    assertThat(cursor.key()).isEqualTo(records.get(i).key());
                    assertThat(cursor.value()).isEqualTo(records.get(i).value());
                }
            }
        }
    }

    /** The same stored bytes down-converted by Kafka, batch by batch, then filled up or cut off as its broker does. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ZSTD")
    void weConvertForOldConsumersWhatKafkaConverts(Compression compression) throws Exception {
        LegacyConversion conversion = new LegacyConversion();
        for (byte magic = 0; magic <= 1; magic++) {
            for (int round = 0; round < ROUNDS; round++) {
                ByteBuffer stored = storedBatches(compression);
                // Kafka sends the first batch twice when batches before it come to nothing: no model for us
                long fetchOffset = Math.max(0, BatchHeader.lastOffset(stored, 0) - random.nextInt(3));
                ByteBuffer ours = conversion.downConvert(stored, 0, stored.limit(), magic, fetchOffset);
                ByteBuffer theirs = KafkaDownConversion.run(stored.duplicate(), magic, fetchOffset);
                if (compression == Compression.NONE) {
                    assertThat(ours).isEqualTo(theirs);
                }
                assertThat(messages(ours)).isEqualTo(messages(theirs));
            }
        }
    }

    @Test
    void answersOldConsumersWithAMessageCutOffWhenNothingIsLeft() throws Exception {
        BatchBuilder builder = new BatchBuilder();
        TransactionMarker.append(builder, TransactionMarker.ABORT, 3, 5);
        ByteBuffer marker = builder.finish();
        LegacyConversion conversion = new LegacyConversion();
        for (int length : new int[] {marker.limit(), marker.limit() - 1, 30, 0}) {
            assertThat(conversion.downConvert(marker, 0, length, (byte) 1, 0))
                    .as("%d bytes of a marker", length)
                    .isEqualTo(KafkaDownConversion.run(marker.slice(0, length), (byte) 1, 0));
        }
    }

    @Test
    void givesNoZstdToOldConsumers() {
        byte[] value = new byte[100];
        BatchBuilder builder = new BatchBuilder();
        ByteBuffer stored = ByteBuffer.allocate(1000)
                .put(builder.begin(Compression.GZIP).append(1, value, value).finish())
                .put(builder.begin(Compression.ZSTD)
                        .baseOffset(1)
                        .append(1, value, value)
                        .finish())
                .flip();
        int second = BatchHeader.sizeInBytes(stored, 0);
        LegacyConversion conversion = new LegacyConversion();
        assertThat(messages(conversion.downConvert(stored, 0, stored.limit(), (byte) 1, 0)))
                .hasSize(1);
        assertThatThrownBy(() -> conversion.downConvert(stored, second, stored.limit() - second, (byte) 1, 1))
                .isInstanceOf(InvalidRecordException.class)
                .extracting("errorCode")
                .isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    }

    private ByteBuffer storedBatches(Compression compression) {
        BatchBuilder builder = new BatchBuilder();
        ByteBuffer stored = ByteBuffer.allocate(1_000_000);
        long offset = random.nextInt(10);
        int batches = 1 + random.nextInt(4);
        for (int i = 0; i < batches; i++) {
            builder.begin(compression).baseOffset(offset).partitionLeaderEpoch(1);
            if (i > 0 && random.nextInt(4) == 0) {
                TransactionMarker.append(builder.begin(Compression.NONE).baseOffset(offset), (short) 1, 3, 5);
            } else {
                if (random.nextInt(3) == 0) {
                    builder.logAppendTime(777);
                }
                for (SimpleRecord record : randomRecords()) {
                    if (builder.sizeInBytes() < 20_000) {
                        builder.append(record.timestamp(), record.key(), record.value(), headers(record.headers()));
                    }
                }
            }
            offset = builder.nextOffset() + random.nextInt(2);
            stored.put(builder.finish());
        }
        if (batches > 1 && random.nextInt(3) == 0) {
            stored.position(stored.position() - 1 - random.nextInt(20));
        }
        return stored.flip();
    }

    private static List<String> messages(ByteBuffer set) {
        List<String> messages = new ArrayList<>();
        LegacyCursor cursor = new LegacyCursor().wrap(set, 0, set.limit());
        while (cursor.next()) {
            messages.add(cursor.offset() + " " + cursor.timestamp() + " " + cursor.timestampType() + " " + cursor.key()
                    + " " + (cursor.key() == null ? 0 : cursor.key().hashCode()) + " " + cursor.value() + " "
                    + (cursor.value() == null ? 0 : cursor.value().hashCode()));
        }
        return messages;
    }

    private static ByteBuffer kafkaBuilds(
            byte magic, Compression compression, List<SimpleRecord> records, long baseOffset, boolean appendTime) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1000),
                magic,
                org.apache.kafka.common.compress.Compression.of(CompressionType.forId(compression.id()))
                        .build(),
                appendTime
                        ? org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME
                        : org.apache.kafka.common.record.TimestampType.CREATE_TIME,
                baseOffset,
                777L);
        for (SimpleRecord record : records) {
            if (magic < 2) {
                builder.append(record.timestamp(), record.key(), record.value());
            } else {
                builder.append(record);
            }
        }
        return builder.build().buffer();
    }

    private List<SimpleRecord> randomRecords() {
        List<SimpleRecord> records = new ArrayList<>();
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 300 : 10);
        for (int i = 0; i < count; i++) {
            RecordHeaders headers = new RecordHeaders();
            for (int h = random.nextInt(4); h > 1; h--) {
                headers.add(random.nextBoolean() ? "" : "k\u00e9\u6587\ud83d\ude00" + h, randomBytes(10));
            }
            records.add(new SimpleRecord(
                    random.nextInt(5) == 0 ? random.nextLong() >>> 1 + random.nextInt(50) : 1_700_000_000_000L + i,
                    randomBytes(20),
                    randomBytes(random.nextInt(50) == 0 ? 100_000 : 200),
                    headers.toArray()));
        }
        return records;
    }

    private byte @Nullable [] randomBytes(int limit) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        byte[] bytes = new byte[random.nextInt(limit)];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        } else {
            Arrays.fill(bytes, (byte) random.nextInt());
        }
        return bytes;
    }

    private static List<RecordHeader> headers(Header[] headers) {
        return Arrays.stream(headers)
                .map(header -> new RecordHeader(header.key(), header.value()))
                .toList();
    }

    private static byte @Nullable [] bytes(RecordCursor cursor, int index, int length) {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        cursor.buffer().get(index, bytes);
        return bytes;
    }
}
