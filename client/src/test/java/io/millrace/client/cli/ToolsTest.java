package io.millrace.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
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
        assertThat(err()).contains("--lisst");
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
    void findsABrokerAtAnyAddressOfItsName() throws Exception {
        InetAddress[] addresses = {InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")};
        try (ServerSocket broker = new ServerSocket(0, 1, addresses[1])) {
            ClusterTool.refuseUnreachable("broker.example:" + broker.getLocalPort(), host -> addresses);
            assertThat(broker.accept()).isNotNull();
        }
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
