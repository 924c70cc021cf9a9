package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a broker can do wrong is noticed, and said of which record. */
class DeliveryCheckTest {
    private static final int BYTES = 64;
    private static final int COUNT = 10;

    private final DeliveryCheck check = new DeliveryCheck(BYTES, COUNT, Duration.ofMillis(50));
    private final List<byte[]> records = new ArrayList<>();

    @BeforeEach
    void send() {
        NumberedRecords numbered = new NumberedRecords(BYTES);
        for (int i = 0; i < COUNT; i++) {
            records.add(numbered.next());
        }
    }

    @Test
    void isContentWithAllInOrder() {
        records.forEach(check);
        assertThatCode(check::awaitAll).doesNotThrowAnyException();
        assertThatCode(check::requireNoMore).doesNotThrowAnyException();
    }

    @Test
    void noticesALostRecord() {
        records.remove(4);
        assertFails("Record 4 is lost or late: record 5 came in its place");
    }

    @Test
    void noticesThatTheLastIsLost() {
        records.remove(COUNT - 1);
        assertFails("Record 9 did not come, nor any other for 50 ms; 10 were acknowledged");
    }

    @Test
    void noticesThatNothingComes() {
        records.clear();
        assertFails("Record 0 did not come, nor any other for 50 ms; 10 were acknowledged");
    }

    @Test
    void noticesSwappedRecords() {
        Collections.swap(records, 6, 7);
        assertFails("Record 6 is lost or late: record 7 came in its place");
    }

    @Test
    void noticesARecordThatComesTwice() {
        records.add(3, records.get(2));
        assertFails("Record 3 is lost or late: record 2 came in its place");
    }

    @Test
    void noticesThatTheLastComesTwice() throws InterruptedException {
        records.add(records.get(COUNT - 1));
        records.forEach(check);
        check.awaitAll();
        assertThatThrownBy(check::requireNoMore).hasMessage("More than the 10 records that were sent have come");
    }

    @Test
    void noticesEveryDamagedByte() {
        for (int at = 0; at < BYTES; at++) {
            byte[] damaged = records.get(0).clone();
            damaged[at] ^= 1;
            DeliveryCheck one = new DeliveryCheck(BYTES, COUNT, Duration.ofMillis(50));
            one.accept(damaged);
            assertThatThrownBy(one::awaitAll)
                    .hasMessage("Record 0 came back damaged: what it holds does not match its checksum");
        }
    }

    @Test
    void noticesATornRecord() {
        records.set(1, Arrays.copyOf(records.get(1), 5));
        assertFails("Record 1 came back with 5 bytes, and was sent with 64");
    }

    @Test
    void saysTheFirstOfSeveralFaults() {
        records.remove(7);
        records.remove(2);
        assertFails("Record 2 is lost or late: record 3 came in its place");
    }

    private void assertFails(String message) {
        records.forEach(check);
        assertThatThrownBy(check::awaitAll)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(message);
    }
}
