package io.millrace.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.millrace.client.fake.FakeCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program around the tools, and what it says when nothing can be asked. */
class ToolsTest {
    /** Less than a client waits by itself, with room for a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(int columns, String... args) {
        out.reset();
        err.reset();
        Screen screen = new Screen(InputStream.nullInputStream(), stream(out), stream(err), columns, false);
        return Tools.run(screen, BrokerLookup.NONE, args);
    }

    private static PrintStream stream(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyToolExplainsItselfWithAnExample() {
        for (String name : Tools.NAMES) {
            assertThat(run(0, name, "--help")).as(name).isZero();
            assertThat(out()).as(name).contains("Usage: " + name + ".sh", "Example", "  " + name + ".sh ", "--json");
        }
    }

    @Test
    void everyToolHasAScriptAndTheCompletionKnowsItsOptions() throws Exception {
        Path scripts = Path.of("..", "scripts");
        for (String name : Tools.NAMES) {
            assertThat(Files.readString(scripts.resolve(name + ".sh"))).contains("/run-tool.sh\" " + name + " \"$@\"");
        }
        assertThat(Files.readString(scripts.resolve("completion.sh")))
                .as("make it again with bin/run-tool.sh completion >scripts/completion.sh")
                .isEqualTo(Tools.completion());
    }

    @Test
    void saysWhatIsWrongAndWhereTheHelpIs() {
        assertThat(run(0, "topics", "--list")).isEqualTo(1);
        assertThat(err()).contains("--bootstrap-server must be specified", "bin/topics.sh --help");
        assertThat(run(0, "topics", "--lisst", "--bootstrap-server", "localhost:1"))
                .isEqualTo(1);
        assertThat(err()).startsWith("Unknown option: '--lisst'; did you mean");
        assertThat(run(0, "topics", "--list", "--topik", "x", "--bootstrap-server", "localhost:1"))
                .isEqualTo(1);
        assertThat(err()).startsWith("Unknown option: '--topik'; did you mean --topic");
        assertThat(run(0, "topics", "--list", "x", "--bootstrap-server", "localhost:1"))
                .isEqualTo(1);
        assertThat(err()).contains("'x'").doesNotContain("Unknown option");
        assertThat(run(0, "topics", "--list", "--bootstrap-server", "nonsense")).isEqualTo(1);
        assertThat(out()).contains("bootstrap.servers=nonsense is not valid");
        assertThat(run(0, "topics", "--list", "--zookeeper", "localhost:1")).isEqualTo(1);
        assertThat(out()).contains("cannot look into ZooKeeper");
        assertThat(run(0, "topisc")).isEqualTo(1);
        assertThat(err()).contains("no tool topisc", "topics");
    }

    @Test
    void endsSoonWithASentenceWhereNobodyIs() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        String nowhere = "no-such-host.invalid:9092";
        for (String command : List.of(
                "topics --list --bootstrap-server 127.0.0.1:" + free,
                "topics --list --bootstrap-server " + nowhere,
                "console-consumer --topic t --bootstrap-server " + nowhere,
                "producer-perf --topic t --num-records 1 --record-size 1 --throughput -1 --producer-props"
                        + " bootstrap.servers=" + nowhere,
                "end-to-end-latency " + nowhere + " t 1 all 1")) {
            assertThat(assertTimeoutPreemptively(PATIENCE, () -> run(0, command.split(" "))))
                    .as(command)
                    .isEqualTo(1);
            assertThat(out() + err())
                    .as(command)
                    .containsPattern("Nobody listens at 127|no host named no-such-host")
                    .doesNotContain("Exception");
        }
    }

    @Test
    void aConsumerThatNeverBeganHasNoTotal() {
        for (String command : List.of(
                "--topic t --partition 0 --consumer-property group.id=g --bootstrap-server no-such-host.invalid:1",
                "--topic t --bootstrap-server no-such-host.invalid:1",
                "--topic t --consumer-property fetch.max.wait.ms=soon --bootstrap-server 127.0.0.1:none",
                "--topic t")) {
            assertThat(run(0, ("console-consumer " + command).split(" "))).isEqualTo(1);
            assertThat(out() + err())
                    .as(command)
                    .doesNotContain("Processed a total")
                    .isNotEmpty();
        }
    }

    @Test
    void findsABrokerAtAnyAddressOfItsName() throws Exception {
        InetAddress[] addresses = {InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")};
        try (ServerSocket broker = new ServerSocket(0, 1, addresses[1])) {
            ClusterTool.refuseUnreachable("broker.example:" + broker.getLocalPort(), host -> addresses);
            assertThat(broker.accept()).isNotNull();
        }
    }

    @Test
    void saysInSentencesWhichFileCannotBeRead(@TempDir Path dir) throws Exception {
        Path binary = Files.write(dir.resolve("binary"), new byte[] {(byte) 0xff, 0, (byte) 0xfe});
        Path missing = dir.resolve("missing");
        try (FakeCluster cluster = new FakeCluster(1).topic("t", 1)) {
            for (String command : List.of(
                    "topics --list --command-config",
                    "configs --describe --topic t --command-config",
                    "configs --alter --topic t --add-config-file",
                    "console-consumer --topic t --consumer.config",
                    "console-consumer --topic t --formatter-config",
                    "console-producer --topic t --producer.config",
                    "console-producer --topic t --reader-config",
                    "consumer-groups --list --command-config",
                    "consumer-groups --reset-offsets --group g --execute --from-file",
                    "delete-records --offset-json-file",
                    "leader-election --election-type preferred --path-to-json-file",
                    "reassign-partitions --verify --reassignment-json-file",
                    "producer-perf --topic t --num-records 1 --throughput -1 --payload-file",
                    "consumer-perf --topic t --messages 1 --consumer.config")) {
                String where = command.startsWith("producer-perf")
                        ? " --producer-props bootstrap.servers=" + cluster.bootstrap()
                        : " --bootstrap-server " + cluster.bootstrap();
                assertThat(says(command + " " + missing + where)).as(command).contains("There is no file " + missing);
                assertThat(says(command + " " + binary + where))
                        .as(command)
                        .contains("The file " + binary + " is not text in UTF-8");
                assertThat(says(command + " " + dir + where))
                        .as(command)
                        .contains("The file " + dir + " cannot be read: Is a directory");
            }
        }
    }

    /** What a command that fails says. */
    private String says(String command) {
        assertThat(run(0, command.split(" "))).as(command).isEqualTo(1);
        assertThat(out() + err()).as(command).doesNotContain("Exception", "Unexpected");
        return out() + err();
    }

    @Test
    void saysThatTheInputCannotBeRead() throws Exception {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("Input/output error");
            }
        };
        try (FakeCluster cluster = new FakeCluster(1).topic("t", 1)) {
            Screen screen = new Screen(broken, stream(out), stream(err), 0, false);
            assertThat(Tools.run(
                            screen,
                            BrokerLookup.NONE,
                            "console-producer",
                            "--topic",
                            "t",
                            "--bootstrap-server",
                            cluster.bootstrap()))
                    .isEqualTo(1);
        }
        assertThat(err()).isEqualTo("The standard input cannot be read: Input/output error\n");
    }

    @Test
    void aMistakeOfOursIsSaidInASentenceThatIsWorthAReport() {
        Screen screen = new Screen(InputStream.nullInputStream(), stream(out), stream(err), 0, false);
        BrokerLookup broken = zooKeeper -> {
            throw new IllegalStateException("no luck");
        };
        assertThat(Tools.run(screen, broken, "get-offsets", "--zookeeper", "localhost:1"))
                .isEqualTo(1);
        assertThat(out() + err())
                .matches(
                        "Error occurred: This failed by a mistake in the program, which is worth a report:"
                                + " IllegalStateException \\(no luck\\) at io\\.millrace\\.client\\.cli\\.ToolsTest\\.\\S+:\\d+\n");
    }

    /** What reads the output as JSON finds nothing there, rather than a sentence. */
    @Test
    void failuresGoToTheOtherStreamWhenJsonIsWanted() {
        for (String command : List.of("topics --list", "consumer-groups --list", "reassign-partitions --list")) {
            assertThat(run(0, (command + " --json --bootstrap-server nonsense").split(" ")))
                    .isEqualTo(1);
            assertThat(out()).as(command).isEmpty();
            assertThat(err()).as(command).contains("bootstrap.servers=nonsense is not valid");
        }
    }

    @Test
    void tablesAreForTerminals() {
        TextTable table = new TextTable("NAME", "COUNT");
        table.row("a", 1);
        table.markedRow(true, "longer", 22);
        Screen screen = new Screen(InputStream.nullInputStream(), stream(out), stream(err), 80, false);
        table.print(screen);
        List<String> lines = out().replaceAll("\u001b\\[[0-9]+m", "").lines().toList();
        assertThat(lines).containsExactly("NAME    COUNT", "a       1", "longer  22");
    }
}
