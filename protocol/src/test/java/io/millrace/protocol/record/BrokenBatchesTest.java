package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Vectors;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a client is told about batches that are broken in one place each. */
class BrokenBatchesTest {
    private static final Map<String, ErrorCode> ANSWERS = new HashMap<>();

    static {
        ANSWERS.put("good", ErrorCode.NONE);
        ANSWERS.put("one bit of a value flipped", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("CRC field changed", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("leader epoch changed: outside the CRC", ErrorCode.NONE);
        ANSWERS.put("base offset changed: outside the CRC", ErrorCode.NONE);
        ANSWERS.put("last offset delta changed, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("record count 6 instead of 5, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("record count 4 instead of 5, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("unknown codec 5, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("length field too small (13)", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("length field negative", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("magic 3", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("record length varint broken, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("lz4 frame magic broken, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("lz4 header checksum broken, CRC repaired", ErrorCode.INVALID_RECORD);
        // the byte is the offset delta of the first record, which Kafka's classes do not check but its broker does
        ANSWERS.put("lz4 payload broken, CRC repaired", ErrorCode.INVALID_RECORD);
        ANSWERS.put("last 5 bytes missing", ErrorCode.CORRUPT_MESSAGE);
        ANSWERS.put("magic 1: value bit flipped in the first of five messages", ErrorCode.CORRUPT_MESSAGE);
    }

    @TestFactory
    Stream<DynamicTest> answersEachWithItsCode() {
        return Vectors.read("broken-batches.jsonl.gz").stream()
                .map(vector -> DynamicTest.dynamicTest((String) vector.get("name"), () -> {
                    ByteBuffer batch = ByteBuffer.wrap(RecordVectors.bytes(vector.get("hex")));
                    assertThat(answer(() -> check(batch))).isEqualTo(ANSWERS.get(vector.get("name")));
                }));
    }

    @Test
    void refusesCountsThatDoNotMatchTheOffsets() {
        for (int count : new int[] {0, -1, 4, 6, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            ByteBuffer batch = good();
            batch.putInt(BatchHeader.RECORD_COUNT, count);
            assertThat(answerAfterRepair(batch)).as("count %d", count).isEqualTo(ErrorCode.INVALID_RECORD);

            // the offsets agree with the false count: only the walk can tell
            batch.putInt(BatchHeader.LAST_OFFSET_DELTA, count - 1);
            assertThat(answerAfterRepair(batch)).as("count and delta %d", count).isEqualTo(ErrorCode.INVALID_RECORD);
        }
    }

    @Test
    void refusesOffsetDeltasThatDoNotCountFromZero() {
        ByteBuffer batch = new BatchBuilder()
                .begin(Compression.NONE)
                .append(0, 1, ByteBuffer.allocate(1), null, java.util.List.of())
                .append(2, 1, ByteBuffer.allocate(1), null, java.util.List.of())
                .finish();
        batch.putInt(BatchHeader.LAST_OFFSET_DELTA, 1);
        assertThat(answerAfterRepair(batch)).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void refusesHeadersThatAreNot() {
        byte[] one = {1};
        ByteBuffer batch = new BatchBuilder()
                .begin(Compression.NONE)
                .append(1, one, one, java.util.List.of(new RecordHeader("k", one)))
                .finish();
        int headers = batch.limit() - 5;
        assertThat(batch.get(headers)).as("one header").isEqualTo((byte) 2);
        for (int[] change : new int[][] {
            {0, 0}, // no header, and its bytes left over
            {0, 4}, // two headers
            {0, 1}, // -1 headers
            {1, 1}, // a key that is null
            {1, 8}, // a key that goes beyond the record
            {3, 3}, // a value of length -2
            {3, 0}, // an empty value, and a byte left over
            {3, 4}, // a value that goes beyond the record
        }) {
            byte was = batch.get(headers + change[0]);
            batch.put(headers + change[0], (byte) change[1]);
            assertThat(answerAfterRepair(batch))
                    .as("byte %d made %d", change[0], change[1])
                    .isEqualTo(ErrorCode.INVALID_RECORD);
            batch.put(headers + change[0], was);
        }
        assertThat(answerAfterRepair(batch)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void refusesLengthsThatReachBeyondEverything() {
        byte[] longest = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        byte[] mostNegative = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
        byte[] endless = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 1};
        // record length, key length, value length, number of headers
        for (int field : new int[] {61, 65, 66, 67}) {
            for (byte[] varint : new byte[][] {longest, mostNegative, endless}) {
                ByteBuffer batch = new BatchBuilder()
                        .begin(Compression.NONE)
                        .append(1, null, new byte[30])
                        .finish();
                batch.put(66, (byte) 0);
                batch.put(field, varint);
                assertThat(answerAfterRepair(batch)).as("field at %d", field).isEqualTo(ErrorCode.INVALID_RECORD);
            }
        }
    }

    private static ByteBuffer good() {
        return ByteBuffer.wrap(RecordVectors.bytes(
                Vectors.read("broken-batches.jsonl.gz").get(0).get("hex")));
    }

    private static ErrorCode answerAfterRepair(ByteBuffer batch) {
        BatchHeader.updateCrc(batch, 0);
        return answer(() -> check(batch));
    }

    private static void check(ByteBuffer batch) {
        if (BatchHeader.magic(batch, 0) == 1) {
            new LegacyConversion().upConvert(batch, 0, batch.limit(), new BatchBuilder());
        } else {
            new BatchCheck().run(batch, 0);
        }
    }

    private static ErrorCode answer(Runnable check) {
        Throwable thrown = catchThrowable(check::run);
        if (thrown == null) {
            return ErrorCode.NONE;
        }
        assertThat(thrown).isInstanceOf(InvalidRecordException.class);
        return ((InvalidRecordException) thrown).errorCode();
    }
}
