package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.millrace.protocol.Vectors;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Batches of format 2 as Kafka 3.9.2 wrote them: read to the same fields and records, and written to the same bytes. */
class BatchVectorsTest {
    private final RecordCursor cursor = new RecordCursor();
    private final BatchBuilder builder = new BatchBuilder();

    @TestFactory
    Stream<DynamicTest> readsTheHeadersAndRecordsThatKafkaWrote() {
        return vectors((bytes, vector) -> {
            ByteBuffer direct =
                    ByteBuffer.allocateDirect(bytes.length + 3).position(3).put(bytes);
            for (ByteBuffer buffer : List.of(ByteBuffer.wrap(bytes), direct.clear())) {
                int index = buffer.capacity() - bytes.length;
                for (Map<String, Object> expected : RecordVectors.list(vector.get("batches"))) {
                    assertHeader(buffer, index, expected);
                    assertRecords(buffer, index, RecordVectors.list(expected.get("records")));
                    index += BatchHeader.sizeInBytes(buffer, index);
                }
                assertThat(index).isEqualTo(buffer.capacity());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> writesTheBytesThatKafkaWroteWhenNotCompressed() {
        return vectors((bytes, vector) -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            for (int index = 0; index < bytes.length; index += BatchHeader.sizeInBytes(buffer, index)) {
                ByteBuffer rebuilt = rebuild(buffer, index);
                if (BatchHeader.isCompressed(buffer, index)) {
                    assertSameRecords(rebuilt, buffer, index);
                } else {
                    assertThat(rebuilt).isEqualTo(buffer.slice(index, BatchHeader.sizeInBytes(buffer, index)));
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> checksWhatAClientMaySend() {
        return vectors((bytes, vector) -> {
            String name = (String) vector.get("name");
            boolean gaps = name.contains("gaps") || name.startsWith("empty batch");
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            BatchCheck check = new BatchCheck();
            if (gaps) {
                return; // made by compaction
            }
            assertThatCode(() -> check.run(buffer, 0)).doesNotThrowAnyException();
            assertThat(check.maxTimestamp()).isEqualTo(BatchHeader.maxTimestamp(buffer, 0));
        });
    }

    private static void assertHeader(ByteBuffer buffer, int index, Map<String, Object> expected) {
        assertThat(BatchHeader.requireWhole(buffer, index)).isEqualTo(number(expected, "sizeInBytes"));
        assertThat(BatchHeader.magic(buffer, index)).isEqualTo((byte) 2);
        assertThat(BatchHeader.baseOffset(buffer, index)).isEqualTo(expected.get("baseOffset"));
        assertThat(BatchHeader.lastOffset(buffer, index)).isEqualTo(expected.get("lastOffset"));
        assertThat(BatchHeader.compression(buffer, index).configName()).isEqualTo(expected.get("compression"));
        assertThat(BatchHeader.timestampType(buffer, index).configName()).isEqualTo(expected.get("timestampType"));
        assertThat(BatchHeader.maxTimestamp(buffer, index)).isEqualTo(expected.get("maxTimestamp"));
        assertThat(BatchHeader.baseTimestamp(buffer, index))
                .isEqualTo(expected.getOrDefault("deleteHorizonMs", expected.get("baseTimestamp")));
        assertThat(BatchHeader.deleteHorizonMs(buffer, index)).isEqualTo(expected.getOrDefault("deleteHorizonMs", -1L));
        assertThat(BatchHeader.crcIsValid(buffer, index)).isEqualTo(expected.get("valid"));
        assertThat(Integer.toUnsignedLong(BatchHeader.crc(buffer, index))).isEqualTo(expected.get("crc32c"));
        assertThat(BatchHeader.partitionLeaderEpoch(buffer, index)).isEqualTo(number(expected, "partitionLeaderEpoch"));
        assertThat(BatchHeader.isTransactional(buffer, index)).isEqualTo(expected.get("isTransactional"));
        assertThat(BatchHeader.isControl(buffer, index)).isEqualTo(expected.get("isControl"));
        assertThat(BatchHeader.producerId(buffer, index)).isEqualTo(expected.get("producerId"));
        assertThat((int) BatchHeader.producerEpoch(buffer, index)).isEqualTo(number(expected, "producerEpoch"));
        assertThat(BatchHeader.baseSequence(buffer, index)).isEqualTo(number(expected, "baseSequence"));
        assertThat(BatchHeader.lastSequence(buffer, index)).isEqualTo(number(expected, "lastSequence"));
        assertThat(BatchHeader.recordCount(buffer, index)).isEqualTo(number(expected, "count"));
    }

    private void assertRecords(ByteBuffer buffer, int index, List<Map<String, Object>> expected) {
        cursor.wrap(buffer, index);
        for (Map<String, Object> record : expected) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.offset()).isEqualTo(record.get("offset"));
            assertThat(cursor.timestamp()).isEqualTo(record.get("timestamp"));
            assertThat(cursor.sequence()).isEqualTo(number(record, "sequence"));
            assertThat(RecordVectors.shown(cursor.key(), record.get("key"))).isEqualTo(record.get("key"));
            assertThat(RecordVectors.shown(cursor.value(), record.get("value"))).isEqualTo(record.get("value"));
            List<Object> headers = new ArrayList<>();
            for (RecordHeader header : headers(cursor)) {
                byte @Nullable [] value = header.value();
                List<Object> pair = new ArrayList<>();
                pair.add(header.key());
                pair.add(value == null ? null : HexFormat.of().formatHex(value));
                headers.add(pair);
            }
            assertThat(headers).isEqualTo(record.get("headers"));
            if ("COMMIT".equals(record.get("controlType"))) {
                assertThat(TransactionMarker.type(cursor)).isEqualTo(TransactionMarker.COMMIT);
                assertThat(TransactionMarker.coordinatorEpoch(cursor)).isEqualTo(9);
            }
        }
        assertThat(cursor.next()).isFalse();
    }

    /** Builds the batch again through the methods that take single records. */
    private ByteBuffer rebuild(ByteBuffer buffer, int index) {
        builder.begin(BatchHeader.compression(buffer, index))
                .baseOffset(BatchHeader.baseOffset(buffer, index))
                .partitionLeaderEpoch(BatchHeader.partitionLeaderEpoch(buffer, index))
                .producer(
                        BatchHeader.producerId(buffer, index),
                        BatchHeader.producerEpoch(buffer, index),
                        BatchHeader.baseSequence(buffer, index))
                .transactional(BatchHeader.isTransactional(buffer, index))
                .control(BatchHeader.isControl(buffer, index));
        if (BatchHeader.hasDeleteHorizon(buffer, index)) {
            builder.deleteHorizonMs(BatchHeader.deleteHorizonMs(buffer, index));
        }
        // the append time hides the times of the records, which are still in the bytes: read them without it
        ByteBuffer created = ByteBuffer.allocate(BatchHeader.sizeInBytes(buffer, index))
                .put(buffer.slice(index, BatchHeader.sizeInBytes(buffer, index)));
        if (BatchHeader.timestampType(buffer, index) == TimestampType.LOG_APPEND_TIME) {
            builder.logAppendTime(BatchHeader.maxTimestamp(buffer, index));
            BatchHeader.setMaxTimestamp(created, 0, TimestampType.CREATE_TIME, 0);
        }
        if (BatchHeader.recordCount(buffer, index) == 0) {
            builder.timestampWithoutRecords(BatchHeader.maxTimestamp(buffer, index));
        }
        cursor.wrap(created.clear(), 0);
        while (cursor.next()) {
            builder.append(cursor.offset(), cursor.timestamp(), cursor.key(), cursor.value(), headers(cursor));
        }
        return builder.lastOffset(BatchHeader.lastOffset(buffer, index)).finish();
    }

    private static void assertSameRecords(ByteBuffer actual, ByteBuffer expected, int index) {
        RecordCursor left = new RecordCursor().wrap(actual, 0);
        RecordCursor right = new RecordCursor().wrap(expected, index);
        assertThat(left.buffer().clear().limit(left.recordsSizeInBytes()))
                .isEqualTo(right.buffer().clear().limit(right.recordsSizeInBytes()));
        assertThat(actual.slice(BatchHeader.LAST_OFFSET_DELTA, BatchHeader.RECORDS - BatchHeader.LAST_OFFSET_DELTA))
                .isEqualTo(expected.slice(
                        index + BatchHeader.LAST_OFFSET_DELTA, BatchHeader.RECORDS - BatchHeader.LAST_OFFSET_DELTA));
    }

    private static List<RecordHeader> headers(RecordCursor cursor) {
        List<RecordHeader> headers = new ArrayList<>();
        while (cursor.nextHeader()) {
            String key = new String(
                    bytes(cursor, cursor.headerKeyIndex(), cursor.headerKeyLength()), StandardCharsets.UTF_8);
            byte @Nullable [] value = cursor.headerValueLength() < 0
                    ? null
                    : bytes(cursor, cursor.headerValueIndex(), cursor.headerValueLength());
            headers.add(new RecordHeader(key, value));
        }
        return headers;
    }

    private static byte[] bytes(RecordCursor cursor, int index, int length) {
        byte[] bytes = new byte[length];
        cursor.buffer().get(index, bytes);
        return bytes;
    }

    private static int number(Map<String, Object> map, String name) {
        return Math.toIntExact((Long) map.get(name));
    }

    private static Stream<DynamicTest> vectors(Check check) {
        return Vectors.read("record-batches-v2.jsonl.gz").stream()
                .map(vector -> DynamicTest.dynamicTest(
                        (String) vector.get("name"), () -> check.run(RecordVectors.bytes(vector.get("hex")), vector)));
    }

    private interface Check {
        void run(byte[] bytes, Map<String, Object> vector);
    }
}
