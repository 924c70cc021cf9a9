package io.millrace.storage.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.TestLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
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
    void saysOfEachIndexThatItIsInOrder() throws IOException {
        Path index = partition.resolve("00000000000000000000.index");
        Path times = partition.resolve("00000000000000000000.timeindex");
        Path log = partition.resolve("00000000000000000000.log");
        assertThat(dump("--index-sanity-check", "--files", index + "," + times))
                .containsExactly(
                        "Dumping " + index,
                        index + " passed sanity check.",
                        "Dumping " + times,
                        times + " passed sanity check.");
        assertThat(status).isZero();
        assertThat(dump("--index-sanity-check", "--files", log.toString())).isEqualTo(dump("--files", log.toString()));
        JsonNode files =
                json("--index-sanity-check", "--files", index + "," + log).get("files");
        assertThat(files.get(0).toString()).isEqualTo("{\"file\":\"" + index + "\",\"passedSanityCheck\":true}");
        assertThat(files.get(1).get("batches").size()).isPositive();

        byte[] bytes = Files.readAllBytes(index);
        Files.write(index, Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(dump("--index-sanity-check", "--files", index.toString()))
                .contains("Dumping " + index, "Found wrong:")
                .doesNotContain(index + " passed sanity check.");
        assertThat(status).isOne();
    }

    @Test
    void saysWhatIsWrongWithItsArguments() {
        dump("--no-such-option");
        assertThat(status).isOne();
        dump();
        assertThat(status).isOne();
        assertThat(dump("--help")).anyMatch(line -> line.contains("--deep-iteration"));
        assertThat(status).isZero();
        assertThat(dump("--version")).containsExactly("Millrace development");
        assertThat(status).isZero();
    }

    @Test
    void takesShortenedOptionsAndValuesBehindAnEqualsSign() {
        String log = partition.resolve("00000000000000000000.log").toString();
        List<String> whole = dump("--deep-iteration", "--max-bytes", "500", "--files", log);
        assertThat(status).isZero();
        assertThat(whole).hasSizeGreaterThan(5);
        assertThat(dump("--deep", "--max-bytes=500", "--files=" + log)).isEqualTo(whole);
        assertThat(dump("--dee", "--max-b", "500", "--file", log)).isEqualTo(whole);
        assertThat(dump(
                        "--files=" + log,
                        "--key-decoder-class=org.apache.kafka.tools.api.StringDecoder",
                        "--max-b=500"))
                .anyMatch(line -> line.endsWith("payload: val3"));
        assertThat(dump("--max", "500", "--files", log))
                .containsExactly("--max may be --max-bytes or --max-message-size; --help lists the options");
        assertThat(status).isOne();
        assertThat(dump("--deep=yes", "--files", log))
                .containsExactly("--deep-iteration takes no value; --help lists the options");
        assertThat(dump("--filed=" + log)).containsExactly("There is no option --filed; --help lists the options");
        assertThat(dump("--files")).containsExactly("--files needs a value; --help lists the options");
        assertThat(dump("--")).containsExactly("There is no option --; --help lists the options");
        assertThat(dump("--hel")).anyMatch(line -> line.contains("--deep-iteration"));
        assertThat(status).isZero();
    }

    @Test
    void saysInSentencesWhatCannotBeRead() throws IOException {
        Path missing = dir.resolve("00000000000000000007.log");
        assertThat(dump("--files", missing.toString()))
                .containsExactly(
                        "Dumping " + missing, "Found wrong:", missing + ": cannot be read: there is no " + missing);
        assertThat(status).isOne();
        Path misnamed = dir.resolve("no.log");
        assertThat(dump("--files", misnamed.toString()))
                .containsExactly("There is no file " + misnamed + "; --help lists the options");
        assertThat(status).isOne();

        Path log = Files.createDirectory(missing);
        assertThat(dump("--files", log.toString())).last().isEqualTo(log + ": cannot be read: Is a directory");

        Path nowhere = dir.resolve("nowhere");
        assertThat(dump("--directory", nowhere.toString()))
                .containsExactly("The directory " + nowhere + " cannot be listed: there is no " + nowhere
                        + "; --help lists the options");
        assertThat(status).isOne();

        Path empty = Files.createDirectory(dir.resolve("empty"));
        assertThat(dump("--directory", empty.toString()))
                .containsExactly("There is no file of a log in " + empty
                        + " or the directories in it; --help lists the options");
    }

    @Test
    void printsOneDocumentOfJson() throws IOException {
        JsonNode document = json("--print-data-log", "--directory", dir.toString());
        assertThat(status).isZero();
        assertThat(document.get("wrong")).isEmpty();
        JsonNode log = find(document, "0.log");
        assertThat(log.get("startOffset").asLong()).isZero();
        assertThat(log.get("batches")).hasSizeGreaterThan(5);
        JsonNode batch = log.get("batches").get(3);
        assertThat(batch.get("baseOffset").asLong()).isEqualTo(3);
        assertThat(batch.get("isvalid").asBoolean()).isTrue();
        assertThat(batch.get("deleteHorizonMs").isNull()).isTrue();
        assertThat(batch.get("timestampType").asText()).isEqualTo("CreateTime");
        assertThat(batch.get("timestamp").asLong()).isEqualTo(TestLog.NOW + 3);
        assertThat(batch.get("records")).hasSize(1);
        assertThat(batch.get("records").get(0).get("payload").asText()).isEqualTo("val3");
        assertThat(find(document, "0.index")
                        .get("entries")
                        .get(0)
                        .get("position")
                        .asInt())
                .isPositive();
        assertThat(find(document, "0.timeindex")
                        .get("entries")
                        .get(0)
                        .get("timestamp")
                        .asLong())
                .isGreaterThanOrEqualTo(TestLog.NOW);
        assertThat(document.toString()).contains("\"lastStableOffset\":32", "\"endTxnMarker\":\"ABORT\"");
    }

    @Test
    void aDocumentSaysWhatIsWrong() throws IOException {
        Path log = partition.resolve("00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[70] ^= 1;
        Files.write(log, bytes);
        for (String[] args : new String[][] {
            {"--files", log.toString()}, {"--verify-index-only", "--directory", partition.toString()}
        }) {
            boolean quiet = args.length > 2;
            JsonNode document = json(args);
            assertThat(status).isOne();
            assertThat(document.get("files")).hasSizeGreaterThanOrEqualTo(quiet ? 5 : 1);
            assertThat(find(document, "0.log").has("batches")).isEqualTo(!quiet);
            assertThat(document.get("wrong")).hasSize(1);
            assertThat(document.get("wrong").get(0).get("file").asText()).isEqualTo(log.toString());
            assertThat(document.get("wrong").get(0).get("what").asText()).contains("checksum of the batch");
        }
        Path missing = partition.resolve("00000000000000009999.log");
        assertThat(json("--files", missing + "," + log).get("files")).hasSize(2);
    }

    /** The lines are what Kafka 3.9.2 prints of the same records, but for the last, which ends it with a stack trace. */
    @Test
    void showsKeysAndValuesAsDecodersMakeThemOut() throws IOException {
        Path numbers = dir.resolve("numbers");
        byte[] number = ByteBuffer.allocate(8).putLong(4711).array();
        byte[] small = ByteBuffer.allocate(4).putInt(-42).array();
        try (TestLog test = new TestLog(numbers, TestLog.config().build())) {
            test.append(new BatchBuilder()
                    .append(TestLog.NOW, number, small)
                    .append(TestLog.NOW, null, small)
                    .append(TestLog.NOW, number, null)
                    .append(TestLog.NOW, "k".getBytes(StandardCharsets.UTF_8), small)
                    .finish());
        }
        for (String prefix : List.of("org.apache.kafka.tools.api.", "kafka.serializer.")) {
            assertThat(data(numbers, prefix + "LongDecoder", prefix + "IntegerDecoder"))
                    .containsExactly(
                            "key: 4711 payload: -42", "payload: -42", "key: 4711", "key: <UNREADABLE> payload: -42");
        }
        String api = "org.apache.kafka.tools.api.";
        assertThat(data(numbers, api + "IntegerDecoder", api + "LongDecoder"))
                .as("too long and too short")
                .containsExactly(
                        "key: <UNREADABLE> payload: <UNREADABLE>",
                        "payload: <UNREADABLE>",
                        "key: <UNREADABLE>",
                        "key: <UNREADABLE> payload: <UNREADABLE>");
        assertThat(data(numbers, api + "DefaultDecoder", api + "StringDecoder"))
                .startsWith("key: 0000000000001267 payload: " + new String(small, StandardCharsets.UTF_8));
        assertThat(data(numbers, Lengths.class.getName(), Lengths.class.getName()))
                .containsExactly(
                        "key: 8 bytes payload: 4 bytes",
                        "payload: 4 bytes",
                        "key: 8 bytes",
                        "key: <UNREADABLE> payload: 4 bytes");
        assertThat(dump(
                        "--directory",
                        numbers.toString(),
                        "--value-decoder-class",
                        api + "IntegerDecoder",
                        "--key-decoder-class"))
                .as("the key as text, and all data although nobody has asked for it")
                .anyMatch(line -> line.endsWith("key: k payload: -42"));
        assertThat(json("--directory", numbers.toString(), "--key-decoder-class", Braces.class.getName())
                        .findValue("key")
                        .asText())
                .as("what a decoder says is text, whatever it looks like")
                .isEqualTo("{no JSON");
    }

    private List<String> data(Path log, String keys, String values) {
        return dump(
                        "--directory",
                        log.toString(),
                        "--skip-record-metadata",
                        "--key-decoder-class",
                        keys,
                        "--value-decoder-class",
                        values)
                .stream()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.substring(2))
                .toList();
    }

    @Test
    void saysWhatIsWrongWithADecoder() {
        assertThat(dump("--directory", dir.toString(), "--key-decoder-class", "no.Such"))
                .containsExactly(
                        "The class no.Such cannot be loaded (java.lang.ClassNotFoundException: no.Such): name one that"
                                + " is in a jar in lib/, with what it needs, or one of Kafka's, as"
                                + " org.apache.kafka.tools.api.LongDecoder; --help lists the options");
        assertThat(status).isOne();
        assertThat(dump("--directory", dir.toString(), "--value-decoder-class", "java.lang.Object"))
                .singleElement()
                .asString()
                .startsWith("The class java.lang.Object is no decoder (")
                .contains("it needs a public constructor without arguments and a public method fromBytes(byte[])");
        assertThat(status).isOne();
    }

    /** A decoder of somebody's own. */
    public static final class Lengths {
        public Object fromBytes(byte[] bytes) {
            if (bytes.length == 1) {
                throw new IllegalArgumentException("not of mine");
            }
            return bytes.length + " bytes";
        }
    }

    /** One whose text may look like JSON. */
    public static final class Braces {
        public String fromBytes(byte[] bytes) {
            return "{no JSON";
        }
    }

    @Test
    void aDocumentHasWhatADecoderMakesOfRecordsAsJson() throws IOException {
        Path commits = dir.resolve("commits");
        try (TestLog test = new TestLog(commits, TestLog.config().build())) {
            byte[] key = {0, 2, 0, 1, 'g'};
            test.append(new BatchBuilder().append(TestLog.NOW, key, null).finish());
            test.append(new BatchBuilder()
                    .append(TestLog.NOW, new byte[] {0, 1, 9}, null)
                    .finish());
        }
        List<JsonNode> batches =
                json("--offsets-decoder", "--directory", commits.toString()).findParents("records");
        JsonNode first = batches.get(0).get("records").get(0);
        assertThat(first.get("key").get("data").get("group").asText()).isEqualTo("g");
        assertThat(first.get("payload").asText()).isEqualTo("<DELETE>");
        assertThat(batches.get(1).get("records").get(0).get("key").asText()).isEqualTo("<UNREADABLE>");
    }

    @Test
    void showsAtATerminalHowFarItIsInsideAFile() throws IOException {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(terminal, true, StandardCharsets.UTF_8);
        for (String name : List.of("0.log", "0.timeindex")) {
            terminal.reset();
            Path file = partition.resolve("0000000000000000000" + name);
            DumpOptions options = DumpOptions.parse(new String[] {"--verify-index-only", "--files", file.toString()});
            Findings findings = new Findings();
            DumpOutput nowhere = new TextOutput(new PrintStream(OutputStream.nullOutputStream()), true);
            AtomicLong clock = new AtomicLong();
            try (DumpProgress progress = new DumpProgress(
                    options, findings, err, true, () -> clock.getAndAdd(TimeUnit.SECONDS.toNanos(1)))) {
                progress.begin(file);
                if (name.equals("0.log")) {
                    new LogDump(options, nowhere, findings, progress).dump(file);
                } else {
                    new IndexDump(nowhere, true, findings, progress).dumpTimes(file);
                }
            }
            List<Integer> percents = Pattern.compile("([0-9]+)%  file 1 of 1, [01] of 1 MB, 0 things wrong")
                    .matcher(terminal.toString(StandardCharsets.UTF_8))
                    .results()
                    .map(found -> Integer.valueOf(found.group(1)))
                    .toList();
            assertThat(percents).as(name).isSorted().hasSizeGreaterThan(5).startsWith(0);
            assertThat(percents).as(name).anyMatch(percent -> percent > 20 && percent < 80);
            assertThat(terminal.toString(StandardCharsets.UTF_8))
                    .as("it is wiped")
                    .endsWith("\r\u001b[2K");
        }
    }

    @Test
    void showsNothingOfItInAPipeOrBesideWhatIsPrinted() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        AtomicLong clock = new AtomicLong();
        DumpOptions options = DumpOptions.parse(new String[] {"--directory", dir.toString()});
        try (DumpProgress progress = new DumpProgress(
                options, new Findings(), err, false, () -> clock.getAndAdd(TimeUnit.SECONDS.toNanos(1)))) {
            progress.begin(options.files().get(0));
            progress.at(1);
        }
        assertThat(bytes.size()).isZero();
    }

    @Test
    void refusesFilesOfOtherNamesBeforeItPrintsAnything() throws IOException {
        Path other = Files.createFile(dir.resolve("some.log"));
        assertThat(dump("--json", "--files", partition.resolve("00000000000000000000.log") + "," + other))
                .singleElement()
                .asString()
                .startsWith(other + " is none of .log, .index");
        assertThat(status).isOne();
    }

    private JsonNode json(String... args) throws IOException {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--json");
        List<String> lines = dump(all.toArray(String[]::new));
        assertThat(lines.stream().filter(line -> !line.startsWith("Looked at"))).hasSize(1);
        return new ObjectMapper().readTree(lines.get(0));
    }

    private static JsonNode find(JsonNode document, String name) {
        for (JsonNode file : document.get("files")) {
            if (file.get("file").asText().endsWith("/0000000000000000000" + name)) {
                return file;
            }
        }
        throw new AssertionError(name + " is not in " + document);
    }

    private List<String> dump(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        status = DumpLog.run(args, out, out, false);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
