package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker changes in a batch it received, read back by Kafka's classes. */
class BatchHeaderTest {
    private static final int INDEX = 7;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stampsOffsetAndEpochWithoutTouchingTheChecksum(boolean direct) {
        ByteBuffer buffer = batch(direct);
        int crc = BatchHeader.crc(buffer, INDEX);
        BatchHeader.stamp(buffer, INDEX, 1L << 40, 77);
        assertThat(BatchHeader.crc(buffer, INDEX)).isEqualTo(crc);
        DefaultRecordBatch batch = kafka(buffer);
        assertThat(batch.baseOffset()).isEqualTo(1L << 40);
        assertThat(batch.nextOffset()).isEqualTo(BatchHeader.nextOffset(buffer, INDEX));
        assertThat(batch.partitionLeaderEpoch()).isEqualTo(77);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void setsTheAppendTimeOfAllRecordsWithANewChecksum(boolean direct) {
        ByteBuffer buffer = batch(direct);
        BatchHeader.setMaxTimestamp(buffer, INDEX, TimestampType.LOG_APPEND_TIME, 123_456);
        assertThat(kafka(buffer))
                .allSatisfy(record -> assertThat(record.timestamp()).isEqualTo(123_456));
        assertThat(BatchHeader.timestampType(buffer, INDEX)).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(BatchHeader.isTransactional(buffer, INDEX)).isTrue();

        BatchHeader.setMaxTimestamp(buffer, INDEX, TimestampType.CREATE_TIME, 43);
        assertThat(kafka(buffer)).extracting("timestamp").containsExactly(42L, 43L);
        assertThat(BatchHeader.maxTimestamp(buffer, INDEX)).isEqualTo(43);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void setsTheProducerWithANewChecksum(boolean direct) {
        ByteBuffer buffer = batch(direct);
        BatchHeader.setProducer(buffer, INDEX, 99, (short) 8, Integer.MAX_VALUE);
        DefaultRecordBatch batch = kafka(buffer);
        assertThat(batch.producerId()).isEqualTo(99);
        assertThat(batch.producerEpoch()).isEqualTo((short) 8);
        assertThat(batch.lastSequence()).isZero();
        assertThat(BatchHeader.lastSequence(buffer, INDEX)).isZero();
        assertThat(BatchHeader.hasProducerId(buffer, INDEX)).isTrue();
    }

    @Test
    void leavesPositionAndLimitAlone() {
        ByteBuffer buffer = batch(true).position(3);
        int limit = buffer.limit();
        BatchHeader.crcIsValid(buffer, INDEX);
        BatchHeader.updateCrc(buffer, INDEX);
        assertThat(buffer.position()).isEqualTo(3);
        assertThat(buffer.limit()).isEqualTo(limit);
    }

    @Test
    void seesEveryFlippedBitBehindTheChecksumAndNoneBeforeIt() {
        ByteBuffer buffer = batch(false);
        int size = BatchHeader.sizeInBytes(buffer, INDEX);
        for (int i = BatchHeader.PARTITION_LEADER_EPOCH; i < size; i++) {
            byte was = buffer.get(INDEX + i);
            buffer.put(INDEX + i, (byte) (was ^ 0x10));
            assertThat(BatchHeader.crcIsValid(buffer, INDEX)).as("byte %d", i).isEqualTo(i < BatchHeader.CRC);
            buffer.put(INDEX + i, was);
        }
    }

    @Test
    void requiresAWholeBatch() {
        ByteBuffer buffer = batch(false);
        int size = BatchHeader.sizeInBytes(buffer, INDEX);
        assertThat(BatchHeader.requireWhole(buffer, INDEX)).isEqualTo(size);
        for (int length : new int[] {48, 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, size - 12 + 1}) {
            buffer.putInt(INDEX + BatchHeader.BATCH_LENGTH, length);
            assertCorrupt(buffer);
        }
        buffer.putInt(INDEX + BatchHeader.BATCH_LENGTH, size - 12);
        buffer.limit(buffer.limit() - 1);
        assertCorrupt(buffer);
        buffer.limit(INDEX + 60);
        assertCorrupt(buffer);
        buffer.limit(3);
        assertCorrupt(buffer);
    }

    private static void assertCorrupt(ByteBuffer buffer) {
        assertThatThrownBy(() -> BatchHeader.requireWhole(buffer, INDEX))
                .isInstanceOf(InvalidRecordException.class)
                .extracting("errorCode")
                .isEqualTo(ErrorCode.CORRUPT_MESSAGE);
    }

    private static DefaultRecordBatch kafka(ByteBuffer buffer) {
        ByteBuffer bytes = buffer.duplicate().position(INDEX).slice();
        DefaultRecordBatch batch = (DefaultRecordBatch)
                MemoryRecords.readableRecords(bytes).batches().iterator().next();
        batch.ensureValid();
        assertThat(BatchHeader.crcIsValid(buffer, INDEX)).isTrue();
        return batch;
    }

    private static ByteBuffer batch(boolean direct) {
        byte[] value = {1, 2, 3};
        ByteBuffer batch = new BatchBuilder()
                .begin(Compression.NONE)
                .transactional(true)
                .append(42, value, value)
                .append(43, null, value)
                .finish();
        int size = INDEX + batch.limit();
        return (direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size))
                .position(INDEX)
                .put(batch)
                .clear();
    }
}
