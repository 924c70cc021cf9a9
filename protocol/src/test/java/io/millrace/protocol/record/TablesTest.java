package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.wire.Varint;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Varints and checksums against tables that Kafka's classes wrote. */
class TablesTest {
    @Test
    void writesAndReadsTheVarintsOfTheTable() {
        for (String[] row : RecordVectors.table("varint.tsv.gz")) {
            ByteBuffer expected = ByteBuffer.wrap(RecordVectors.bytes(row[2]));
            ByteBuffer written = ByteBuffer.allocate(16);
            if (row[0].equals("uvarint-read") || row[0].equals("uvarlong")) {
                continue; // forms that only Kafka's own classes have
            }
            long value = new BigInteger(row[1]).longValue();
            switch (row[0]) {
                case "varint" -> {
                    Varint.writeInt(written, (int) value);
                    assertThat(Varint.sizeOfInt((int) value)).isEqualTo(expected.limit());
                    assertThat(Varint.readInt(expected.duplicate())).isEqualTo((int) value);
                }
                case "varlong" -> {
                    Varint.writeLong(written, value);
                    assertThat(Varint.sizeOfLong(value)).isEqualTo(expected.limit());
                    assertThat(Varint.readLong(expected.duplicate())).isEqualTo(value);
                }
                default -> {
                    Varint.writeUnsigned(written, (int) value);
                    assertThat(Varint.sizeOfUnsigned((int) value)).isEqualTo(expected.limit());
                    assertThat(Varint.readUnsigned(expected.duplicate())).isEqualTo((int) value);
                }
            }
            assertThat(written.flip()).as(row[0] + " " + row[1]).isEqualTo(expected);
        }
    }

    @Test
    void computesTheChecksumsOfTheTableOverEveryKindOfBuffer() {
        for (String[] row : RecordVectors.table("crc.tsv.gz")) {
            byte[] bytes = RecordVectors.bytes(row[0]);
            ByteBuffer heap =
                    ByteBuffer.allocate(bytes.length + 9).put(7, bytes).slice(2, bytes.length + 7);
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 9).put(5, bytes);
            for (ByteBuffer buffer : new ByteBuffer[] {heap, direct, heap.asReadOnlyBuffer()}) {
                buffer.position(1).limit(bytes.length + 6);
                assertThat(Crc32c.compute(buffer, 5, bytes.length)).isEqualTo((int) Long.parseLong(row[1]));
                assertThat(Crc32c.computeCrc32(buffer, 5, bytes.length)).isEqualTo((int) Long.parseLong(row[2]));
                assertThat(buffer.position()).isEqualTo(1);
                assertThat(buffer.limit()).isEqualTo(bytes.length + 6);
            }
        }
    }

    @Test
    void refusesAChecksumBeyondTheLimit() {
        for (ByteBuffer buffer : new ByteBuffer[] {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10)}) {
            buffer.limit(8);
            for (int[] range : new int[][] {{0, 9}, {8, 1}, {-1, 2}, {0, -1}, {4, Integer.MAX_VALUE}}) {
                assertThatThrownBy(() -> Crc32c.compute(buffer, range[0], range[1]))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }
}
