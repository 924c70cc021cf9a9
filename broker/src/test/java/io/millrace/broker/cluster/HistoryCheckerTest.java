package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.cluster.Violation.Kind;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a history can be wrong is seen and called by its name. */
class HistoryCheckerTest {
    private static final int PARTITION = 2;
    private static final int RECORDS = 20;

    /** Behind the last batch of a file. */
    private static final int FILLING = 100;

    private final History history = new History();
    private History.Read live;
    private History.Read last;

    /** A history in which two streams took turns, all of it was acknowledged and read. */
    @BeforeEach
    void sound() {
        live = history.liveRead("a reader", PARTITION);
        last = history.finalRead(PARTITION);
        for (int offset = 0; offset < RECORDS; offset++) {
            history.sent(PARTITION, id(offset));
            history.acked(PARTITION, id(offset), offset);
            live.add(offset, id(offset));
            last.add(offset, id(offset));
        }
    }

    @Test
    void passesASoundHistory() {
        assertThat(HistoryChecker.check(history)).isEmpty();
    }

    @Test
    void passesAnIndeterminateWriteThereOrNot() {
        history.sent(PARTITION, id(RECORDS));
        history.sent(PARTITION, id(RECORDS + 1));
        last.add(RECORDS, id(RECORDS));
        assertThat(HistoryChecker.check(history)).isEmpty();
    }

    @Test
    void namesALostRecord() {
        history.sent(PARTITION, id(RECORDS));
        history.acked(PARTITION, id(RECORDS), RECORDS);
        assertKinds(Kind.LOST);
    }

    @Test
    void namesADuplicate() {
        last.add(RECORDS, id(RECORDS - 2));
        assertKinds(Kind.DUPLICATE);
    }

    @Test
    void namesRecordsOutOfOrder() {
        for (int number : new int[] {7, 6}) {
            long id = RecordId.of(5, number);
            history.sent(PARTITION, id);
            last.add(RECORDS + 7 - number, id);
        }
        assertKinds(Kind.REORDER);
    }

    @Test
    void namesAnAcknowledgementWithAnotherOffset() {
        history.acked(PARTITION, id(3), 4);
        assertKinds(Kind.ACK_OFFSET_MISMATCH);
    }

    @Test
    void namesARecordThatNobodyWrote() {
        last.add(RECORDS, RecordId.of(9, 9));
        assertKinds(Kind.PHANTOM);
    }

    @Test
    void namesAValueThatIsNotAsItWasWritten() {
        byte[] value = RecordId.encode(id(0), 40);
        assertThat(RecordId.decode(value)).isEqualTo(id(0));
        value[17] ^= 1;
        last.add(RECORDS, RecordId.decode(value));
        assertKinds(Kind.CORRUPT);
    }

    @Test
    void namesAFailedWriteThatIsVisible() {
        history.sent(PARTITION, id(RECORDS));
        history.failed(PARTITION, id(RECORDS));
        last.add(RECORDS, id(RECORDS));
        assertKinds(Kind.FAILED_VISIBLE);
    }

    @Test
    void namesAGap() {
        history.sent(PARTITION, id(RECORDS));
        last.add(RECORDS + 1, id(RECORDS));
        assertKinds(Kind.OFFSET_GAP);
    }

    @Test
    void namesAnOffsetThatWasAnotherRecord() {
        history.sent(PARTITION, id(RECORDS));
        history.sent(PARTITION, RecordId.of(5, 0));
        live.add(RECORDS, id(RECORDS));
        last.add(RECORDS, RecordId.of(5, 0));
        assertKinds(Kind.INCONSISTENT_OFFSET, Kind.READ_THEN_VANISHED);
    }

    @Test
    void namesARecordThatWasReadAndIsGone() {
        history.sent(PARTITION, id(RECORDS));
        live.add(RECORDS, id(RECORDS));
        assertKinds(Kind.READ_THEN_VANISHED);
    }

    @Test
    void namesAReaderThatWasNotGivenEverything() {
        history.sent(PARTITION, id(RECORDS));
        history.sent(PARTITION, id(RECORDS + 1));
        last.add(RECORDS, id(RECORDS));
        last.add(RECORDS + 1, id(RECORDS + 1));
        live.add(RECORDS + 1, id(RECORDS + 1));
        assertKinds(Kind.POLL_SKIP);
    }

    @Test
    void namesAReaderThatWasTakenBack() {
        live.add(RECORDS - 1, id(RECORDS - 1));
        assertKinds(Kind.NON_MONOTONIC_POLL);
    }

    @Test
    void namesReplicasThatDiffer(@TempDir Path dir) throws Exception {
        Path one = replica(dir.resolve("1"), "a", "b", "c");
        Path same = replica(dir.resolve("2"), "a", "b", "c");
        Path shorter = replica(dir.resolve("3"), "a", "b");
        Path other = replica(dir.resolve("4"), "a", "x", "c");

        assertThat(ReplicaLogs.compare(PARTITION, Map.of(1, one, 2, same), 3)).isEmpty();
        assertThat(ReplicaLogs.compare(PARTITION, Map.of(1, one, 3, shorter), 2))
                .as("above the high watermark")
                .isEmpty();
        assertThat(ReplicaLogs.compare(PARTITION, Map.of(1, one, 3, shorter), 3))
                .extracting(Violation::kind)
                .containsExactly(Kind.REPLICA_DIVERGED);
        assertThat(ReplicaLogs.compare(PARTITION, Map.of(1, one, 4, other), 3))
                .extracting(Violation::kind)
                .containsExactly(Kind.REPLICA_DIVERGED);

        byte[] bytes = Files.readAllBytes(one.resolve("00000000000000000000.log"));
        bytes[bytes.length - FILLING - 1] ^= 1;
        Files.write(one.resolve("00000000000000000000.log"), bytes);
        assertThat(ReplicaLogs.compare(PARTITION, Map.of(1, one, 2, same), 3))
                .extracting(Violation::kind)
                .contains(Kind.CORRUPT);
    }

    private void assertKinds(Kind... kinds) {
        List<Violation> violations = HistoryChecker.check(history);
        Set<Kind> named = violations.stream().map(Violation::kind).collect(Collectors.toSet());
        assertThat(named).as("%s", violations).isEqualTo(EnumSet.copyOf(List.of(kinds)));
    }

    private static long id(int offset) {
        return RecordId.of(offset % 2, offset / 2);
    }

    /** A replica whose batches hold these values, one each. */
    private static Path replica(Path dir, String... values) throws Exception {
        Files.createDirectories(dir);
        try (OutputStream out = Files.newOutputStream(dir.resolve("00000000000000000000.log"))) {
            for (int offset = 0; offset < values.length; offset++) {
                ByteBuffer batch = new BatchBuilder()
                        .begin(Compression.NONE)
                        .baseOffset(offset)
                        .partitionLeaderEpoch(4)
                        .append(1, null, values[offset].getBytes(StandardCharsets.UTF_8))
                        .finish();
                byte[] bytes = new byte[batch.remaining()];
                batch.get(bytes);
                out.write(bytes);
            }
            // a file is longer than what is in it
            out.write(new byte[FILLING]);
        }
        return dir;
    }
}
