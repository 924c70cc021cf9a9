package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The process of a broker as scripts and people see it: exit codes, lines, signals. */
@Timeout(240)
class MainTest {
    @TempDir
    Path dir;

    private record Ended(int status, String output) {}

    @Test
    void aBadValueStopsTheStartWithOneLine() throws Exception {
        Ended ended = run(config("").toString(), "--override", "num.partitions=0");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output()).isEqualTo("Cannot start: num.partitions=0: must be at least 1\n");
    }

    @Test
    void aMissingFileStopsTheStartWithOneLine() throws Exception {
        Ended ended = run(dir.resolve("missing").toString());
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output())
                .isEqualTo("Cannot start: The configuration file " + dir.resolve("missing") + " does not exist\n");
    }

    @Test
    void wrongUseIsAnsweredWithTheUsage() throws Exception {
        Ended ended = run();
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.output()).startsWith("The configuration file is missing\nUsage: ");
        assertThat(run("--help")).isEqualTo(new Ended(0, CommandLine.USAGE));
        assertThat(run("--version").output()).startsWith("millrace ");
    }

    @Test
    void saysWhenItIsReadyWarnsOfUnknownKeysAndStopsCleanlyOnSigterm() throws Exception {
        Path runDir = dir.resolve("run");
        Process broker = launch(
                List.of("-Dmillrace.run.dir=" + runDir),
                config("num.partition=3").toString(),
                "--override",
                "listeners=PLAINTEXT://localhost:0");
        List<String> lines = new ArrayList<>();
        try (var reader = broker.inputReader()) {
            String line = reader.readLine();
            while (line != null && !line.contains(" ready: ")) {
                lines.add(line);
                line = reader.readLine();
            }
            assertThat(line)
                    .as("after " + lines)
                    .matches("Broker \\d+ ready: cluster \\S{22}, listeners PLAINTEXT://localhost:[1-9]\\d*, log dirs "
                            + dir.resolve("logs") + ", in \\d+ ms");
            assertThat(lines).anyMatch(warning -> warning.contains("did you mean num.partitions?"));
            assertThat(runDir.resolve("broker-" + broker.pid()))
                    .content()
                    .isEqualTo(dir.resolve("f").toRealPath() + "\n");

            // Process.destroy would close our end of the output as well.
            broker.toHandle().destroy();
            lines.clear();
            reader.lines().forEach(lines::add);
        } finally {
            broker.destroyForcibly();
        }
        assertThat(broker.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(lines).last().asString().matches("Broker \\d+ stopped in \\d+ ms");
        assertThat(broker.exitValue()).isEqualTo(128 + 15);
        assertThat(runDir).isEmptyDirectory();
    }

    @Test
    void anErrorThatEndsAThreadEndsTheProcess() throws Exception {
        Process broker = launch(
                DiesOfAnError.class,
                List.of(),
                config("").toString(),
                "--override",
                "listeners=PLAINTEXT://localhost:0");
        String output = new String(broker.getInputStream().readAllBytes());
        assertThat(broker.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
        assertThat(output).contains(" ready: ").contains("This broker can no longer be relied on and ends");
        assertThat(broker.exitValue()).isEqualTo(1);
    }

    /** As a thread in a write to a disk that hangs does: whoever supervises the process waits for its end. */
    @Test
    void anEndThatHangsIsCutShort() throws Exception {
        Process process = launch(HangsAtItsEnd.class, List.of());
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        // Process.destroy would close our end of the output as well.
        process.toHandle().destroyForcibly();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(ended).as("it ends").isTrue();
        assertThat(output).contains("This broker can no longer be relied on and ends", "made up", "Closes for ever");
        assertThat(process.exitValue()).isEqualTo(7);
    }

    /** A process that is never done with closing. */
    static final class HangsAtItsEnd {
        private HangsAtItsEnd() {}

        public static void main(String[] args) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                System.out.println("Closes for ever");
                while (true) {
                    LockSupport.park();
                }
            }));
            new FatalEnd(LoggerFactory.getLogger(HangsAtItsEnd.class), 7, Duration.ofSeconds(3))
                    .begin(new IOException("made up"));
        }
    }

    /** A broker one of whose threads meets an Error. */
    static final class DiesOfAnError {
        private DiesOfAnError() {}

        public static void main(String[] args) {
            Main.main(args);
            new Thread(() -> {
                        throw new StackOverflowError("made up");
                    })
                    .start();
        }
    }

    private Path config(String line) throws Exception {
        return Files.writeString(dir.resolve("f"), "log.dirs=" + dir.resolve("logs") + "\n" + line + "\n");
    }

    private Ended run(String... args) throws Exception {
        Process process = launch(List.of(), args);
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("the process ended")
                .isTrue();
        return new Ended(process.exitValue(), output);
    }

    private Process launch(List<String> options, String... args) throws Exception {
        return launch(Main.class, options, args);
    }

    private Process launch(Class<?> main, List<String> options, String... args) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .start();
    }
}
