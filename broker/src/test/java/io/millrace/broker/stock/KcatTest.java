package io.millrace.broker.stock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.broker.TestBroker;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kcat, which is built on librdkafka and so sees the protocol with other eyes; runs where it is installed. */
class KcatTest {
    private static final long LIMIT_SECONDS = 120;

    private static TestBroker broker;

    @TempDir
    private Path dir;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, "kcat"))),
                "kcat is not installed");
        broker = TestBroker.start(dir, Map.of("group.initial.rebalance.delay.ms", "0"));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void listsBrokersAndTopics() throws Exception {
        kcat("one\n", "-P", "-t", "listed");
        assertThat(kcat("", "-L"))
                .contains("broker 1 at " + broker.bootstrap() + " (controller)")
                .contains("topic \"listed\" with 1 partitions:")
                .contains("partition 0, leader 1, replicas: 1, isrs: 1");
        assertThat(kcat("", "-L", "-J", "-t", "listed")).contains("\"topic\":\"listed\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void readsBackWhatItWrote(String compression) throws Exception {
        String topic = "kcat-" + compression;
        StringBuilder input = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            input.append("key").append(i).append(":value ").append(i).append('\n');
        }
        kcat(input.toString(), "-P", "-t", topic, "-K:", "-z", compression, "-H", "origin=kcat", "-H", "empty=");
        List<String> lines = kcat("", "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%o %k:%s %h\n")
                .lines()
                .toList();
        assertThat(lines).hasSize(500);
        assertThat(lines.get(0)).isEqualTo("0 key0:value 0 origin=kcat,empty=");
        assertThat(lines.get(499)).isEqualTo("499 key499:value 499 origin=kcat,empty=");
        assertThat(kcat("", "-C", "-t", topic, "-o", "-1", "-e", "-q", "-J"))
                .contains("\"offset\":499")
                .contains("\"headers\":[\"origin\",\"kcat\",\"empty\",\"\"]")
                .contains("\"key\":\"key499\"");
    }

    @Test
    void findsOffsetsByTime() throws Exception {
        kcat("a\nb\nc\n", "-P", "-t", "timed");
        assertThat(kcat("", "-Q", "-t", "timed:0:-1")).contains("timed [0] offset 3");
        assertThat(kcat("", "-Q", "-t", "timed:0:-2")).contains("timed [0] offset 0");
        assertThat(kcat("", "-Q", "-t", "timed:0:0")).contains("timed [0] offset 0");
    }

    @Test
    void readsAsAMemberOfAGroup() throws Exception {
        kcat("a\nb\nc\n", "-P", "-t", "grouped");
        assertThat(kcat("", "-G", "kcats", "-c", "3", "-q", "-X", "auto.offset.reset=earliest", "grouped"))
                .isEqualTo("a\nb\nc\n");
    }

    private String kcat(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", broker.bootstrap()));
        command.addAll(List.of(arguments));
        Path in = Files.writeString(dir.resolve("in"), input);
        Path out = dir.resolve("out");
        Path err = dir.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String errors = Files.readString(err, UTF_8);
        assertThat(ended)
                .as("%s ended within %s s; it said: %s", command, LIMIT_SECONDS, errors)
                .isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, errors).isZero();
        return Files.readString(out, UTF_8);
    }
}
