package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchBuilderTest {
    private final BatchBuilder builder = new BatchBuilder();

    @ParameterizedTest
    @EnumSource
    void whatHasRoomStaysWithinTheLimitHoweverBadlyItCompresses(Compression compression) {
        Random random = new Random(3);
        for (int limit : new int[] {200, 1000, 16_384, 200_000}) {
            builder.begin(compression);
            // records of noise, ever smaller, until not even the smallest fits
            for (int length = limit / 2; length > 0; length -= 1 + length / 20) {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                List<RecordHeader> headers = length % 3 == 0 ? List.of(new RecordHeader("\u00e9", noise)) : List.of();
                int bound = BatchBuilder.recordSizeBound(noise.length, -1, headers);
                if (builder.hasRoomFor(bound, limit)) {
                    int before = builder.sizeInBytes();
                    builder.append(random.nextLong(), noise, null, headers);
                    assertThat(builder.sizeInBytes() - before).isLessThanOrEqualTo(bound);
                }
            }
            assertThat(builder.count()).isGreaterThan(limit > 200 ? 1 : 0);
            assertThat(builder.finish().limit()).isLessThanOrEqualTo(limit);
        }
        assertThat(builder.begin(compression).hasRoomFor(1000, 100))
                .as("an empty batch has room for any record")
                .isTrue();
    }

    @Test
    void finishesAgainAfterTheProducerHasChanged() {
        byte[] value = new byte[300];
        builder.begin(Compression.LZ4).producer(1, (short) 1, 5).append(9, value, value);
        byte[] first = bytes(builder.finish());
        builder.producer(1, (short) 2, 0);
        ByteBuffer second = builder.finish();
        new BatchCheck().run(second, 0);
        assertThat(BatchHeader.producerEpoch(second, 0)).isEqualTo((short) 2);
        assertThat(BatchHeader.baseSequence(second, 0)).isZero();
        BatchHeader.setProducer(second, 0, 1, (short) 1, 5);
        assertThat(bytes(second)).isEqualTo(first);
    }

    @Test
    void growsWithItsRecordsAndCanBeginAnewAfterALargeOne() {
        byte[] large = new byte[5_000_000];
        large[4_999_999] = 7;
        builder.append(1, large, large);
        ByteBuffer batch = builder.finish();
        RecordCursor cursor = new RecordCursor().wrap(batch, 0);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.value()).isEqualTo(ByteBuffer.wrap(large));
        assertThat(builder.begin(Compression.NONE)
                        .append(1, large, null)
                        .append(2, null, null)
                        .finish()
                        .limit())
                .isGreaterThan(5_000_000);
        assertThat(builder.begin(Compression.NONE).isEmpty()).isTrue();
    }

    @Test
    void leavesGivenBuffersAsTheyAre() {
        ByteBuffer key = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}).position(1).limit(4);
        ByteBuffer value = ByteBuffer.allocateDirect(10).position(8).limit(9);
        builder.append(1, key, value, List.of());
        assertThat(key.position()).isEqualTo(1);
        assertThat(value.remaining()).isEqualTo(1);
        RecordCursor cursor = new RecordCursor().wrap(builder.finish(), 0);
        cursor.next();
        assertThat(cursor.key()).isEqualTo(ByteBuffer.wrap(new byte[] {2, 3, 4}));
        assertThat(cursor.valueLength()).isEqualTo(1);
    }

    @Test
    void copiesTheRecordsThatCompactionKeepsWithTheirOffsets() {
        byte[] value = {1};
        List<RecordHeader> headers = List.of(new RecordHeader("h", value), new RecordHeader("n", null));
        builder.begin(Compression.GZIP).baseOffset(100).producer(5, (short) 0, 40);
        for (int i = 0; i < 10; i++) {
            builder.append(1000 + i, value, value, headers);
        }
        ByteBuffer original = builder.finish();
        RecordCursor cursor = new RecordCursor().wrap(original, 0);
        BatchBuilder kept = new BatchBuilder()
                .begin(Compression.NONE)
                .baseOffset(100)
                .producer(5, (short) 0, 40)
                .deleteHorizonMs(77_000);
        while (cursor.next()) {
            if (cursor.offset() % 4 == 1) {
                kept.append(cursor);
            }
        }
        ByteBuffer batch = kept.lastOffset(BatchHeader.lastOffset(original, 0)).finish();

        MemoryRecords records = MemoryRecords.readableRecords(batch);
        assertThat(records.batches().iterator().next().deleteHorizonMs()).hasValue(77_000);
        assertThat(records.batches().iterator().next().lastOffset()).isEqualTo(109);
        assertThat(records.batches().iterator().next().maxTimestamp()).isEqualTo(1009);
        assertThat(records.records()).extracting("offset").containsExactly(101L, 105L, 109L);
        assertThat(records.records()).extracting("timestamp").containsExactly(1001L, 1005L, 1009L);
        assertThat(records.records()).extracting("sequence").containsExactly(41, 45, 49);
        assertThat(records.records())
                .allSatisfy(record -> assertThat(record.headers()).hasSize(2));
    }

    @Test
    void writesTheMarkerOfATransactionAsKafkaDoes() {
        for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.ABORT, ControlRecordType.COMMIT}) {
            TransactionMarker.append(
                    builder.begin(Compression.NONE)
                            .baseOffset(5)
                            .partitionLeaderEpoch(6)
                            .producer(7, (short) 8, -1),
                    type == ControlRecordType.ABORT ? TransactionMarker.ABORT : TransactionMarker.COMMIT,
                    9,
                    1234);
            MemoryRecords theirs =
                    MemoryRecords.withEndTransactionMarker(5, 1234, 6, 7, (short) 8, new EndTransactionMarker(type, 9));
            assertThat(builder.finish()).isEqualTo(theirs.buffer());
        }
    }

    @Test
    void refusesRecordsThatDoNotFollow() {
        ByteBuffer none = ByteBuffer.allocate(0);
        builder.baseOffset(10).append(12, 0, none, none, List.of());
        for (long offset : new long[] {12, 11, 9, 10L + Integer.MAX_VALUE + 1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> builder.append(offset, 0, none, none, List.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.lastOffset(11)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.baseOffset(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> builder.begin(Compression.GZIP, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThat(builder.begin(Compression.NONE).nextOffset()).isZero();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
