package io.millrace.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Processes of a test: a JVM with the classes of the tests, for what may end it or needs it to be started in a way of its own. */
public final class ChildJvm {
    private ChildJvm() {}

    /** @param main whose {@code main} is given the arguments */
    public static ProcessBuilder of(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    /**
     * Likewise, in English, and with few files.
     *
     * @param limit how many files can be open, those of the JVM among them
     */
    public static ProcessBuilder withOpenFiles(int limit, Class<?> main, String... arguments) {
        ProcessBuilder builder = of(main, arguments);
        builder.command().addAll(0, List.of("sh", "-c", "ulimit -n " + limit + " && exec \"$0\" \"$@\""));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    /**
     * Runs a process to its end.
     *
     * @return its exit status, a blank, and everything that it printed; or that it did not start, or not end after its output within a minute
     */
    public static String run(ProcessBuilder builder) throws InterruptedException {
        try {
            Process process = builder.redirectErrorStream(true).start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() + " " + printed : "no end";
        } catch (IOException e) {
            return "not started: " + e;
        }
    }
}
