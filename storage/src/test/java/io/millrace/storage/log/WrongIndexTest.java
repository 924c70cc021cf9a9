package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index is a hint: one that is wrong costs time, and nothing else. */
class WrongIndexTest {
    private static final int BATCHES = 60;
    private static final int BOUND = 30;

    /** Of a sealed segment, so that a restart believes the index. */
    private static final String LOG = "00000000000000000000.log";

    private static final String INDEX = "00000000000000000000.index";

    @TempDir
    Path dir;

    @Test
    void anEntryThatLeadsToABatchAboveTheBoundDoesNotMoveIt() throws IOException {
        try (TestLog test = new TestLog(
                dir,
                TestLog.config().segmentBytes(20_000).indexIntervalBytes(400).build())) {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 3 * BATCHES; i++) {
                test.append(Batches.of(TestLog.NOW + i, "v" + i + "-" + "x".repeat(i % 7 * 40)));
            }
            test.restart();
            expected.addAll(test.records(0).subList(0, BOUND));
            List<Integer> positions = positions(Files.readAllBytes(test.dir.resolve(LOG)));
            assertThat(positions).hasSizeGreaterThan(BATCHES);
            Path index = test.dir.resolve(INDEX);
            ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(index));
            int entry = 0;
            while (entries.getInt(entry + 8) <= BOUND) {
                entry += 8;
            }
            for (int batch = BOUND + 1; batch < BATCHES; batch++) {
                ByteBuffer wrong = ByteBuffer.wrap(entries.array().clone());
                wrong.putInt(entry + 4, positions.get(batch));
                test.restartHurt(() -> write(index, wrong.array()));
                assertThat(test.records(0, BOUND, Integer.MAX_VALUE / 2))
                        .as("an entry that leads to batch " + batch)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void anEntryThatLeadsToALaterBatchDoesNotMisleadAReader() throws IOException {
        try (TestLog test = new TestLog(
                dir,
                TestLog.config().segmentBytes(20_000).indexIntervalBytes(400).build())) {
            for (int i = 0; i < 3 * BATCHES; i++) {
                test.append(Batches.of(TestLog.NOW + i, "v" + i + "-" + "x".repeat(i % 7 * 40)));
            }
            test.restart();
            List<String> all = test.records(0);
            List<Integer> positions = positions(Files.readAllBytes(test.dir.resolve(LOG)));
            Path index = test.dir.resolve(INDEX);
            ByteBuffer wrong = ByteBuffer.wrap(Files.readAllBytes(index));
            for (int entry = 0; entry < wrong.limit(); entry += 8) {
                int offset = wrong.getInt(entry);
                wrong.putInt(entry + 4, positions.get(Math.min(offset + 3, positions.size() - 1)));
            }
            for (int from = 0; from < BATCHES; from++) {
                test.restartHurt(() -> write(index, wrong.array()));
                assertThat(test.records(from, from + 1, 1)).as("from %d", from).isEqualTo(all.subList(from, from + 1));
            }
        }
    }

    private static List<Integer> positions(byte[] log) {
        ByteBuffer bytes = ByteBuffer.wrap(log);
        List<Integer> positions = new ArrayList<>();
        int position = 0;
        while (position < log.length) {
            positions.add(position);
            position += BatchHeader.sizeInBytes(bytes, position);
        }
        return positions;
    }

    private static void write(Path path, byte[] bytes) {
        try {
            Files.write(path, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
