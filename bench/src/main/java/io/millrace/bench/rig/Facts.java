package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What is to be known of code, versions and settings, without saying where they are on this machine. */
final class Facts {
    private static final long LIMIT_S = 20;

    private Facts() {}

    /** Which commit of this clone is measured, and whether anything was changed since. */
    static String code() throws IOException, InterruptedException {
        String commit = output("git", "rev-parse", "--short=10", "HEAD").strip();
        if (commit.isEmpty()) {
            return "code that no commit is known of";
        }
        // Results that were written before are no code.
        String changed = output(
                "git", "status", "--porcelain", "--untracked-files=no", "--", ":!bench/results", ":!BENCHMARKS.md");
        return "commit " + commit + (changed.isBlank() ? "" : " with changes");
    }

    /** What kind of file system is below a directory. */
    static String fileSystem(Path dir) throws IOException {
        return Files.getFileStore(dir).type();
    }

    /** The version in the name of Kafka's own jar. */
    static String kafkaVersion(Path libs) throws IOException {
        try (Stream<Path> jars = Files.list(libs)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.matches("kafka_2\\.\\d+-[\\d.]+\\.jar"))
                    .map(name -> name.replaceFirst("\\.jar$", ""))
                    .findFirst()
                    .orElse("unknown");
        }
    }

    /** The JVM options of a process, but for those that name files. */
    static List<String> jvmOptions(long pid) throws IOException {
        byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
        return Stream.of(new String(line, StandardCharsets.UTF_8).split("\0"))
                .filter(word -> word.startsWith("-X") || word.startsWith("-D") || word.equals("-server"))
                .map(word -> word.contains("/") ? word.replaceFirst("=.*", "=(a file)") : word)
                .toList();
    }

    private static String output(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(LIMIT_S, TimeUnit.SECONDS) && process.exitValue() == 0 ? text : "";
        } catch (IOException e) {
            // There is no such program here.
            return "";
        }
    }
}
