package io.millrace.storage.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.log.Batches;
import io.millrace.storage.log.TestLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpLogTest {
    @TempDir
    Path dir;

    private Path partition;
    private int status;

    @BeforeEach
    void write() {
        try (TestLog test = new TestLog(
                dir, TestLog.config().segmentBytes(1000).indexIntervalBytes(150).build())) {
            for (int i = 0; i < 30; i++) {
                test.append(Batches.idempotent(5, 0, i, TestLog.NOW + i, "val" + i));
            }
            test.append(Batches.transactional(6, 1, 0, TestLog.NOW + 30, "rolled back"));
            test.appendMarker(Batches.marker(6, 1, false, 3, TestLog.NOW + 31));
            partition = test.dir;
        }
    }

    @Test
    void printsWhatKafkasToolPrints() {
        List<String> lines = dump("--print-data-log", "--directory", dir.toString());
        assertThat(status).isZero();
        assertThat(lines)
                .contains("Log starting offset: 0")
                .anyMatch(line -> line.matches("baseOffset: 3 lastOffset: 3 count: 1 baseSequence: 3 lastSequence: 3"
                        + " producerId: 5 producerEpoch: 0 partitionLeaderEpoch: 0 isTransactional: false isControl: false"
                        + " deleteHorizonMs: OptionalLong.empty position: \\d+ CreateTime: " + (TestLog.NOW + 3)
                        + " size: 72 magic: 2 compresscodec: none crc: \\d+ isvalid: true"))
                .contains("| offset: 3 CreateTime: " + (TestLog.NOW + 3)
                        + " keySize: -1 valueSize: 4 sequence: 3 headerKeys: [] payload: val3")
                .anyMatch(line -> line.endsWith("endTxnMarker: ABORT coordinatorEpoch: 3"))
                .contains("version: 0 producerId: 6 firstOffset: 30 lastOffset: 31 lastStableOffset: 32")
                .anyMatch(line -> line.matches("offset: \\d+ position: \\d+"))
                .anyMatch(line -> line.matches("timestamp: \\d+ offset: \\d+"))
                .anyMatch(line -> line.startsWith("producerId: 6 producerEpoch: 1 coordinatorEpoch: 3"
                        + " currentTxnFirstOffset: OptionalLong.empty"));
    }

    @Test
    void findsWhatIsWrong() throws IOException {
        Path log = partition.resolve("00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[70] ^= 1;
        Files.write(log, bytes);
        assertThat(dump("--files", log.toString()))
                .last()
                .asString()
                .contains("checksum of the batch at position 0 is wrong");
        assertThat(status).isOne();
        bytes[70] ^= 1;
        Files.write(log, Arrays.copyOf(bytes, bytes.length - 3));
        assertThat(dump("--files", log.toString())).last().asString().contains("invalid bytes at the end");
        Files.write(log, bytes);

        Path index = partition.resolve("00000000000000000000.index");
        ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(index));
        entries.putInt(4, entries.getInt(4) + 1);
        Files.write(index, entries.array());
        assertThat(dump("--index-sanity-check", "--files", index.toString()))
                .anyMatch(line -> line.contains("no batch lies at") || line.contains("Index offset"));

        Path times = partition.resolve("00000000000000000000.timeindex");
        ByteBuffer timestamps = ByteBuffer.wrap(Files.readAllBytes(times));
        timestamps.putLong(0, timestamps.getLong(0) + 1);
        Files.write(times, timestamps.array());
        assertThat(dump("--verify-index-only", "--files", times.toString()))
                .anyMatch(line -> line.contains("Found timestamp mismatch"));
    }

    @Test
    void roomAtTheEndIsNothingWrongInTheLastSegmentAlone() throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            for (Path log : files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList()) {
                byte[] bytes = Files.readAllBytes(log);
                Files.write(log, Arrays.copyOf(bytes, bytes.length + 100_000));
                List<String> lines = dump("--verify-index-only", "--directory", dir.toString());
                boolean last = log.equals(last());
                assertThat(status).as("%s: %s", log, lines).isEqualTo(last ? 0 : 1);
                byte[] torn = Arrays.copyOf(bytes, bytes.length + 100_000);
                torn[torn.length - 1] = 1;
                Files.write(log, torn);
                assertThat(dump("--files", log.toString())).last().asString().contains("invalid bytes at the end");
                Files.write(log, bytes);
            }
        }
    }

    private Path last() throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    @Test
    void saysWhatIsWrongWithItsArguments() {
        dump("--no-such-option");
        assertThat(status).isEqualTo(2);
        dump();
        assertThat(status).isEqualTo(2);
        assertThat(dump("--help")).anyMatch(line -> line.contains("--deep-iteration"));
        assertThat(status).isZero();
    }

    @Test
    void saysInSentencesWhatCannotBeRead() throws IOException {
        Path missing = dir.resolve("00000000000000000007.log");
        assertThat(dump("--files", missing.toString()))
                .last()
                .isEqualTo(missing + ": cannot be read: there is no " + missing);
        assertThat(status).isOne();

        Path log = Files.createDirectory(missing);
        assertThat(dump("--files", log.toString())).last().isEqualTo(log + ": cannot be read: Is a directory");

        Path nowhere = dir.resolve("nowhere");
        assertThat(dump("--directory", nowhere.toString()))
                .containsExactly("The directory " + nowhere + " cannot be listed: there is no " + nowhere
                        + "; --help lists the options");
        assertThat(status).isEqualTo(2);

        Path empty = Files.createDirectory(dir.resolve("empty"));
        assertThat(dump("--directory", empty.toString()))
                .containsExactly("There is no file of a log in " + empty
                        + " or the directories in it; --help lists the options");
    }

    private List<String> dump(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        status = DumpLog.run(args, out, out, false);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
