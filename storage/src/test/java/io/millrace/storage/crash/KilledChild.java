package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs a {@link CrashChild}, listens to what it reports, and kills it with SIGKILL. */
final class KilledChild {
    private KilledChild() {}

    /**
     * @param model is told what the child reports
     * @param whileOpening whether the child is killed while it opens its logs, and not while it works on them
     * @param afterMs how long the process works, or opens its logs, before it is killed
     * @param fewestRecords and it must have reported so many before
     */
    static void run(Path dir, CrashModel model, long seed, boolean whileOpening, long afterMs, int fewestRecords)
            throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashChild.class.getName(),
                        dir.toString(),
                        Long.toString(seed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            long killAt = Long.MAX_VALUE;
            long enough = model.acknowledged() + fewestRecords;
            String line;
            while ((line = out.readLine()) != null) {
                if (line.equals(whileOpening ? "o" : "d")) {
                    killAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMs);
                } else if (line.matches("[atuskpm] .* \\.")) {
                    model.report(line.split(" "));
                }
                if (System.nanoTime() >= killAt && model.acknowledged() >= enough) {
                    // Through the handle: the process object would close the stream and lose the last reports.
                    child.toHandle().destroyForcibly();
                    killAt = Long.MAX_VALUE;
                }
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("the child dies").isTrue();
        assertThat(child.exitValue()).as("killed, not ended by itself").isEqualTo(137);
    }
}
