package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.Vectors;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Message sets of formats 0 and 1 as Kafka 3.9.2 wrote them. */
class LegacyVectorsTest {
    private final LegacyCursor messages = new LegacyCursor();

    @TestFactory
    Stream<DynamicTest> readsTheMessagesThatKafkaWrote() {
        return vectors((bytes, batches) -> {
            ByteBuffer direct =
                    ByteBuffer.allocateDirect(bytes.length + 3).position(3).put(bytes);
            for (ByteBuffer buffer : List.of(ByteBuffer.wrap(bytes), direct.clear())) {
                messages.wrap(buffer, buffer.capacity() - bytes.length, bytes.length);
                for (Map<String, Object> batch : batches) {
                    for (Map<String, Object> record : RecordVectors.list(batch.get("records"))) {
                        assertThat(messages.next()).isTrue();
                        assertThat((long) messages.magic()).isEqualTo(batch.get("magic"));
                        assertThat(messages.offset()).isEqualTo(record.get("offset"));
                        assertThat(messages.timestamp()).isEqualTo(record.get("timestamp"));
                        if (messages.magic() > 0) {
                            assertThat(messages.timestampType().configName()).isEqualTo(batch.get("timestampType"));
                        }
                        assertThat(RecordVectors.shown(messages.key(), record.get("key")))
                                .isEqualTo(record.get("key"));
                        assertThat(RecordVectors.shown(messages.value(), record.get("value")))
                                .isEqualTo(record.get("value"));
                    }
                }
                assertThat(messages.next()).isFalse();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> convertsThemToABatchAndBack() {
        return vectors((bytes, batches) -> {
            Map<String, Object> first = batches.get(0);
            byte magic = ((Long) first.get("magic")).byteValue();
            Compression compression = Compression.ofConfigName((String) first.get("compression"));
            messages.wrap(ByteBuffer.wrap(bytes), 0, bytes.length).next();
            BatchBuilder builder = new BatchBuilder().begin(compression).baseOffset(messages.offset());
            if (messages.timestampType() == TimestampType.LOG_APPEND_TIME) {
                builder.logAppendTime(messages.timestamp());
            }
            LegacyConversion conversion = new LegacyConversion();
            conversion.upConvert(ByteBuffer.wrap(bytes), 0, bytes.length, builder);
            ByteBuffer batch = builder.finish();
            new BatchCheck().run(batch, 0);

            ByteBuffer set = conversion.downConvert(batch, 0, batch.limit(), magic, 0);
            if (compression == Compression.NONE) {
                assertThat(set.limit(bytes.length)).isEqualTo(ByteBuffer.wrap(bytes));
            } else {
                messages.wrap(set, 0, set.limit());
                LegacyCursor expected = new LegacyCursor().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
                while (expected.next()) {
                    assertThat(messages.next()).isTrue();
                    assertThat(messages.offset()).isEqualTo(expected.offset());
                    assertThat(messages.timestamp()).isEqualTo(expected.timestamp());
                    assertThat(messages.timestampType()).isEqualTo(expected.timestampType());
                    assertThat(messages.key()).isEqualTo(expected.key());
                    assertThat(messages.value()).isEqualTo(expected.value());
                }
                assertThat(messages.next()).isFalse();
            }
        });
    }

    private static Stream<DynamicTest> vectors(Check check) {
        return Vectors.read("message-sets-v0-v1.jsonl.gz").stream()
                .map(vector -> DynamicTest.dynamicTest(
                        (String) vector.get("name"),
                        () -> check.run(
                                RecordVectors.bytes(vector.get("hex")), RecordVectors.list(vector.get("batches")))));
    }

    private interface Check {
        void run(byte[] bytes, List<Map<String, Object>> batches);
    }
}
