package io.millrace.broker;

import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A broker in a JVM of its own, as the start script makes one, so that it can be killed. */
public final class BrokerProcess implements AutoCloseable {
    private static final Pattern LISTENER = Pattern.compile("PLAINTEXT://([^:\\s,]+:\\d+)");
    private static final long START_LIMIT_SECONDS = 240;

    private final Process process;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();

    private BrokerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::readOutput, "broker-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a broker and does not wait for it. */
    public static BrokerProcess launch(Path config, Map<String, String> overrides) throws IOException {
        return launch(config, overrides, Map.of());
    }

    /** Likewise, with these variables in its environment. */
    public static BrokerProcess launch(Path config, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.millrace.broker.Main",
                config.toString()));
        overrides.forEach((key, value) -> {
            command.add("--override");
            command.add(key + "=" + value);
        });
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new BrokerProcess(builder.start());
    }

    /** Waits for the line that says the broker is ready. */
    public BrokerProcess awaitReady() throws InterruptedException {
        try {
            ready.get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            fail("The broker was not ready within %s s; it said:%n%s", START_LIMIT_SECONDS, output());
        }
        return this;
    }

    public String bootstrap() {
        return ready.join();
    }

    /** Everything it printed so far. */
    public String output() {
        return String.join("\n", output);
    }

    /** kill -9. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            fail("The killed broker still runs");
        }
    }

    /** Waits for the process to end by itself. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(START_LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            fail("The broker did not end within %s s; it said:%n%s", START_LIMIT_SECONDS, output());
        }
        return process.exitValue();
    }

    /** SIGTERM, and waits for the clean stop. */
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        awaitExit();
    }

    private void readOutput() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
                Matcher listener = LISTENER.matcher(line);
                if (line.contains("ready") && listener.find()) {
                    ready.complete(listener.group(1));
                }
            }
            ready.completeExceptionally(new IllegalStateException("The broker ended"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }
}
