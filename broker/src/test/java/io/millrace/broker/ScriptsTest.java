package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts in an unpacked distribution whose path has a space in it. Its Java is a script that prints its process id and its
 * arguments, which is what these scripts are about; {@link MainTest} has the real one.
 */
@Timeout(180)
class ScriptsTest {
    private static final Path SCRIPTS = Path.of("..", "scripts");

    @TempDir
    Path dir;

    private Path home;
    private Path java;

    private record Ended(int status, long pid, List<String> lines) {}

    @BeforeEach
    void unpack() throws Exception {
        home = Files.createDirectory(dir.resolve("mill race")).toRealPath();
        Files.createDirectory(home.resolve("bin"));
        try (Stream<Path> scripts = Files.list(SCRIPTS)) {
            for (Path script : scripts.filter(Files::isRegularFile).toList()) {
                Files.copy(script, home.resolve("bin").resolve(script.getFileName()));
            }
        }
        Files.createDirectory(home.resolve("lib"));
        for (String jar : List.of("b.jar", "B.jar", "a.jar")) {
            Files.createFile(home.resolve("lib").resolve(jar));
        }
        java = Files.createDirectory(dir.resolve("java"));
        version("17.0.1");
        executable(java.resolve("bin/java"), "#!/bin/sh\necho \"pid $$\"\nprintf '%s\\n' \"$@\"\n");
    }

    @Test
    void theForegroundStartBecomesTheJvmAndHandsItsArgumentsOn() throws Exception {
        Ended ended = run("broker-start.sh", "my broker.properties", "--override", "broker.rack=a b");
        assertThat(ended.status()).isZero();
        assertThat(ended.lines()).first().isEqualTo("pid " + ended.pid());
        assertThat(ended.lines())
                .endsWith("io.millrace.broker.Main", "my broker.properties", "--override", "broker.rack=a b")
                .contains("-Dmillrace.home=" + home, "-Dmillrace.run.dir=" + home.resolve("run"), "-Xmx256m");
    }

    @Test
    void theClassPathHasAFixedOrder() throws Exception {
        assertThat(run("broker-start.sh", "c").lines())
                .contains(home + "/lib/B.jar:" + home + "/lib/a.jar:" + home + "/lib/b.jar");
    }

    @Test
    void worksThroughALinkFromAnywhere() throws Exception {
        Path link = Files.createSymbolicLink(dir.resolve("start"), home.resolve("bin/broker-start.sh"));
        Ended ended = run(link, "c");
        assertThat(ended.lines()).contains("-Dmillrace.home=" + home);
    }

    @Test
    void findsTheJavaOnThePathAndItsVersionThroughALink() throws Exception {
        Path onPath = Files.createDirectory(dir.resolve("on path"));
        Files.createSymbolicLink(onPath.resolve("java"), java.resolve("bin/java"));
        Path archive = archive("classes-17.0.1.jsa");
        Ended ended = run(
                home.resolve("bin/broker-start.sh"),
                environment -> {
                    environment.remove("JAVA_HOME");
                    environment.put("PATH", onPath + ":" + environment.get("PATH"));
                },
                "c");
        assertThat(ended.lines()).first().isEqualTo("pid " + ended.pid());
        assertThat(ended.lines()).contains("-XX:SharedArchiveFile=" + archive);
    }

    @Test
    void aRelativePathToJavaHoldsWhereTheScriptGoesElsewhere() throws Exception {
        Path config = Files.writeString(dir.resolve("zk.properties"), "clientPort=1\n");
        Path start = home.resolve("bin/zookeeper-start.sh");
        Ended ended = run(start, environment -> environment.put("JAVA_HOME", "java"), config.toString());
        assertThat(ended.lines()).as("with JAVA_HOME").contains("pid " + ended.pid());
        ended = run(
                start,
                environment -> {
                    environment.remove("JAVA_HOME");
                    environment.put("PATH", "java/bin:" + environment.get("PATH"));
                },
                config.toString());
        assertThat(ended.lines()).as("with PATH").contains("pid " + ended.pid());
    }

    @Test
    void usesTheClassArchiveOfItsJavaOnly() throws Exception {
        Path archive = archive("classes-17.0.1.jsa");
        assertThat(run("broker-start.sh", "c").lines())
                .contains("-XX:SharedArchiveFile=" + archive)
                .as("at the address it was made for")
                .containsSubsequence("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0");
        Files.writeString(archive.resolveSibling(archive.getFileName() + ".of"), "/elsewhere/a.jar\n");
        assertThat(run("broker-start.sh", "c").lines())
                .as("made of other jars")
                .noneMatch(line -> line.contains("Archive"));
        version("17.0.2");
        assertThat(run("broker-start.sh", "c").lines()).noneMatch(line -> line.contains("Archive"));
        version("25");
        Path cache = archive("classes-25.aot");
        assertThat(run("broker-start.sh", "c").lines()).contains("-XX:AOTCache=" + cache);
    }

    @Test
    void aToolBecomesTheJvmWithAnArchiveOfItsOwnAndHandsItsArgumentsOn() throws Exception {
        Path archive = archive("classes-tools-17.0.1.jsa");
        Ended ended = run("topics.sh", "--create", "--topic", "a b");
        assertThat(ended.lines())
                .startsWith("pid " + ended.pid())
                .endsWith("io.millrace.broker.tool.ToolsMain", "topics", "--create", "--topic", "a b")
                .contains("-XX:SharedArchiveFile=" + archive, "-XX:TieredStopAtLevel=1")
                .noneMatch(line -> line.startsWith("-Dmillrace.columns"));
        Path link = Files.createSymbolicLink(dir.resolve("kafka-topics"), home.resolve("bin/topics.sh"));
        assertThat(run(link, "--list").lines()).endsWith("topics", "--list");
        assertThat(run("producer-perf.sh").lines()).doesNotContain("-XX:TieredStopAtLevel=1");
    }

    @Test
    void refusesAnOldJavaWithASentence() throws Exception {
        version("11.0.2");
        Ended ended = run("broker-start.sh", "c");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.lines())
                .singleElement()
                .asString()
                .contains("needs Java 17 or newer")
                .contains("11.0.2");
    }

    @Test
    void doesNotStopAProcessThatGotTheNumberOfADeadBroker() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            Path note = Files.createDirectory(home.resolve("run")).resolve("broker-" + stranger.pid());
            Files.writeString(note, "/some/config\n");
            Ended ended = run("broker-stop.sh");
            assertThat(ended.status()).isZero();
            assertThat(ended.lines()).singleElement().asString().startsWith("No broker of " + home + " is running");
            assertThat(stranger.isAlive()).isTrue();
            assertThat(note).doesNotExist();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void stopsTheBrokersOfOneConfigurationAndWaitsForThem() throws Exception {
        Path config = Files.createFile(dir.resolve("c.properties")).toRealPath();
        Process wanted = fakeBroker();
        Process other = fakeBroker();
        try {
            Files.createDirectory(home.resolve("run"));
            Files.writeString(home.resolve("run/broker-" + wanted.pid()), config + "\n");
            Files.writeString(home.resolve("run/broker-" + other.pid()), "/another\n");
            Ended ended = run("broker-stop.sh", config.toString());
            assertThat(ended.lines()).containsExactly("Stopped the broker with pid " + wanted.pid());
            assertThat(wanted.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(other.isAlive()).isTrue();
        } finally {
            wanted.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void theSamplesRunByName() throws Exception {
        assertThat(run("sample-producer.sh", "--topic", "a b").lines())
                .endsWith("io.millrace.client.samples.FileProducer", "--topic", "a b");
        assertThat(run("sample-consumer.sh", "--help").lines())
                .endsWith("io.millrace.client.samples.GroupConsumer", "--help");
        assertThat(run("sample-word-count.sh", "--help").lines())
                .endsWith("io.millrace.client.samples.WordCount", "--help");
    }

    @Test
    void everyScriptSaysHowToCallIt() throws Exception {
        try (Stream<Path> scripts = Files.list(home.resolve("bin"))) {
            for (Path script : scripts.filter(Files::isRegularFile).toList()) {
                String name = script.getFileName().toString();
                // These hand everything on, or are part of others.
                String text = Files.readString(script);
                boolean handsOn = text.contains("/run-class.sh\" ") || text.contains("/run-tool.sh\" ");
                if (handsOn && !name.equals("quickstart.sh")
                        || List.of("env.sh", "completion.sh", "broker-start.sh").contains(name)) {
                    continue;
                }
                Ended help = run(script, "--help");
                assertThat(help.status()).as(name + " --help").isZero();
                assertThat(help.lines()).as(name + " --help").isNotEmpty().noneMatch(line -> line.startsWith("pid "));
                assertThat(String.join("\n", help.lines()))
                        .as(name + " --help")
                        .doesNotContain("set -euo")
                        .doesNotContain("command not found");
            }
        }
    }

    @Test
    void theCompletionSaysThatItHasToBeSourced() throws Exception {
        Path completion = home.resolve("bin/completion.sh");
        assertThat(Files.isExecutable(SCRIPTS.resolve("completion.sh")))
                .as("or only the shell has a say")
                .isTrue();
        Ended ended = run("completion.sh");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.lines()).containsExactly("To complete options in this shell, source this: . " + completion);
        Path shell = Files.writeString(dir.resolve("sources"), ". '" + completion + "' && complete -p topics.sh\n");
        assertThat(run(shell).lines()).singleElement().asString().contains("--topic");
    }

    @Test
    void theHelpOfTheShellHasExamples() throws Exception {
        assertThat(run("zookeeper-shell.sh", "--help").lines())
                .contains("Examples:", "  zookeeper-shell.sh localhost:2181 ls /brokers/ids");
    }

    @Test
    void theShellConnectsBeforeItCarriesACommandOut() throws Exception {
        String server;
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server = "127.0.0.1:" + listening.getLocalPort();
            assertThat(run("zookeeper-shell.sh", server + "/here", "get", "/a b")
                            .lines())
                    .endsWith("io.millrace.broker.tool.ZooKeeperShell", server + "/here", "get", "/a b");
            assertThat(run("zookeeper-shell.sh", server).lines())
                    .endsWith("io.millrace.broker.tool.ZooKeeperShell", server);
            assertThat(run("zookeeper-shell.sh", "--json", server, "ls", "/").lines())
                    .endsWith("io.millrace.broker.tool.ZooKeeperShell", "--json", server, "ls", "/");
        }
        assertThat(run("zookeeper-shell.sh", server).lines())
                .containsExactly(
                        "Nobody listens at " + server + "; is ZooKeeper, or a broker with one in it, running there?");
    }

    @Test
    void looksIntoAZooKeeperAtAnAddressInBrackets() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getByName("::1"))) {
            String server = "[::1]:" + listening.getLocalPort();
            assertThat(run("zookeeper-shell.sh", server, "ls", "/").lines())
                    .endsWith("io.millrace.broker.tool.ZooKeeperShell", server, "ls", "/");
        } catch (SocketException e) {
            assumeTrue(false, "this machine has no IPv6: " + e.getMessage());
        }
    }

    @Test
    void startsZooKeeperWithTheGivenFileAndNotesIt() throws Exception {
        Path config = Files.writeString(dir.resolve("z k.properties"), "clientPort=1\n")
                .toRealPath();
        Ended ended = run("zookeeper-start.sh", config.toString());
        assertThat(ended.lines())
                .contains("pid " + ended.pid())
                .endsWith("org.apache.zookeeper.server.quorum.QuorumPeerMain", config.toString());
        assertThat(home.resolve("run/zookeeper-" + ended.pid())).content().isEqualTo(config + "\n");

        assertThat(run("zookeeper-start.sh", "missing").lines())
                .containsExactly("There is no configuration file missing");
    }

    @Test
    void aClusterNeedsPortsAndKnownOptions() throws Exception {
        assertThat(run("cluster-start.sh", "--port", "x").lines()).containsExactly("x is no port below 65527");
        assertThat(run("cluster-start.sh", "--ports", "1").lines())
                .singleElement()
                .asString()
                .startsWith("There is no option --ports");
        Ended stop = run("cluster-stop.sh", "--dir", home.resolve("nothing").toString());
        assertThat(stop.status()).isEqualTo(1);
        assertThat(stop.lines()).singleElement().asString().contains("no cluster was started there");
    }

    /** A process with the arguments of a broker, which ends on SIGTERM. */
    private Process fakeBroker() throws Exception {
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "echo up; read -r",
                        "x",
                        "-Dmillrace.run.dir=" + home.resolve("run"),
                        "io.millrace.broker.Main")
                .start();
        assertThat(process.inputReader().readLine()).isEqualTo("up");
        return process;
    }

    private void version(String version) throws Exception {
        Files.writeString(java.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    private static void executable(Path file, String text) throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** An archive of classes, made of the jars that are there. */
    private Path archive(String name) throws IOException {
        String lib = home + "/lib/";
        Files.writeString(Path.of(lib + name + ".of"), lib + "B.jar:" + lib + "a.jar:" + lib + "b.jar\n");
        return Files.createFile(Path.of(lib + name));
    }

    private Ended run(String script, String... args) throws Exception {
        return run(home.resolve("bin").resolve(script), args);
    }

    private Ended run(Path script, String... args) throws Exception {
        return run(script, environment -> {}, args);
    }

    private Ended run(Path script, Consumer<Map<String, String>> environment, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", script.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", java.toString());
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        builder.environment().put("MILLRACE_CLASS_ARCHIVE", "by hand");
        environment.accept(builder.environment());
        Process process = builder.start();
        List<String> lines = process.inputReader().lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the script ended").isTrue();
        return new Ended(process.exitValue(), process.pid(), lines);
    }
}
