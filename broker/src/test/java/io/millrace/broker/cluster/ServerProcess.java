package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A server in a JVM of its own that is started again and again with the same command, and listens on a known port. */
final class ServerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(240);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(120);
    private static final int TAIL_LINES = 60;

    private final String name;
    private final List<String> command;
    private final Path output;
    private final String host;
    private final int port;
    private Process process;

    /** @param output where everything it prints is appended */
    ServerProcess(String name, List<String> command, Path output, String host, int port) {
        this.name = name;
        this.command = List.copyOf(command);
        this.output = output;
        this.host = host;
        this.port = port;
    }

    /** Starts it, and does not wait until it listens. */
    void launch() {
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("Cannot start " + name, e);
        }
    }

    void awaitListening() {
        awaitStart("listen", this::listens);
    }

    /** For ZooKeeper, which listens before it has anything to serve from, and may leave those who come then without an answer. */
    void awaitServing() {
        awaitStart("serve", this::saysItServes);
    }

    private void awaitStart(String state, BooleanSupplier reached) {
        long deadlineNs = System.nanoTime() + START_LIMIT.toNanos();
        while (!reached.getAsBoolean()) {
            if (!process.isAlive()) {
                fail("%s ended with %s while it was starting; it said:%n%s", name, process.exitValue(), tail());
            }
            if (System.nanoTime() > deadlineNs) {
                fail("%s does not %s after %s; it said:%n%s", name, state, START_LIMIT, tail());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** SIGKILL, and waits for the end. */
    void kill() {
        process.destroyForcibly();
        awaitExit("SIGKILL");
    }

    /** SIGTERM, without waiting. */
    void terminate() {
        process.destroy();
    }

    /** SIGTERM, and waits for the end. */
    void stop() {
        terminate();
        awaitExit("SIGTERM");
    }

    void awaitExit(String why) {
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                fail("%s did not end within %s after %s; it said:%n%s", name, STOP_LIMIT, why, tail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Host and port. */
    String address() {
        return host + ":" + port;
    }

    String name() {
        return name;
    }

    /** The last lines it printed. */
    String tail() {
        try {
            List<String> lines = Files.readAllLines(output);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(nothing can be read of " + output + ")";
        }
    }

    @Override
    public void close() {
        if (isAlive()) {
            process.destroyForcibly();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean saysItServes() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 1_000);
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.startsWith("Zookeeper version");
        } catch (IOException e) {
            return false;
        }
    }

    private void signal(String signal) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .start()
                    .waitFor();
            if (status != 0) {
                fail("SIG%s could not be sent to %s", signal, name);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
