package io.millrace.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.net.FramePool;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.RecordCursor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Message sets as Kafka's own classes wrote them; each line has a name, the bytes, and the records that Kafka reads there. */
class OldFormatsTest {
    private static final FetchedFrame FRAME = new FetchedFrame(new FramePool(), 1);

    private static List<String[]> vectors() throws IOException {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(OldFormatsTest.class.getResourceAsStream("/message-sets.tsv")),
                StandardCharsets.UTF_8))) {
            return in.lines().map(line -> line.split("\t")).toList();
        }
    }

    private static ByteBuffer bytes(String[] vector) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(vector[1]));
    }

    private static List<String> records(FetchedChunk chunk) {
        List<String> records = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        for (int i = 0; FetchedChunk.isWholeBatch(chunk.records(), i); ) {
            cursor.wrap(chunk.records(), i);
            while (cursor.next()) {
                records.add(cursor.offset() + "," + cursor.timestamp() + "," + hex(cursor.key()) + ","
                        + hex(cursor.value()));
            }
            i += BatchHeader.sizeInBytes(chunk.records(), i);
        }
        return records;
    }

    private static String hex(ByteBuffer field) {
        if (field == null) {
            return "null";
        }
        byte[] bytes = new byte[field.remaining()];
        field.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void readsWhatKafkaReads() throws IOException {
        assertThat(vectors()).hasSize(20);
        for (String[] vector : vectors()) {
            List<String> expected = List.of(vector[2].split(" "));
            FetchedChunk chunk = FetchedChunk.of(bytes(vector), 0, List.of(), FRAME);
            assertThat(records(chunk)).as(vector[0]).isEqualTo(expected);
            long lastOffset = Long.parseLong(expected.get(expected.size() - 1).split(",")[0]);
            assertThat(chunk.nextOffset()).as(vector[0]).isEqualTo(lastOffset + 1);
        }
    }

    @Test
    void readsALogThatChangedItsFormat() throws IOException {
        String[] vector = vectors().get(0);
        BatchBuilder builder = new BatchBuilder();
        ByteBuffer young = builder.baseOffset(5).append(1, null, new byte[] {7}).finish();
        ByteBuffer both = ByteBuffer.allocate(bytes(vector).remaining() + young.remaining());
        both.put(bytes(vector)).put(young).flip();
        FetchedChunk chunk = FetchedChunk.of(both, 0, List.of(), FRAME);
        assertThat(records(chunk)).hasSize(6).endsWith("5,1,null,07");
    }

    @Test
    void leavesOutWhatIsCutOff() throws IOException {
        String[] vector = vectors().get(0);
        ByteBuffer whole = bytes(vector);
        ByteBuffer cut = whole.slice(0, whole.limit() - 3);
        assertThat(records(FetchedChunk.of(cut, 0, List.of(), FRAME))).hasSize(4);
    }

    @Test
    void refusesWhatIsDamaged() throws IOException {
        ByteBuffer damaged = bytes(vectors().get(0));
        damaged.put(20, (byte) (damaged.get(20) ^ 1));
        assertThatThrownBy(() -> FetchedChunk.of(damaged, 0, List.of(), FRAME))
                .isInstanceOf(InvalidRecordException.class);
    }
}
