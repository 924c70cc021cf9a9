package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import one.profiler.AsyncProfilerLoader;

/**
 * Has async-profiler look into a broker while it is measured, and draws where its CPU time goes. That takes time of its own, so the figures
 * of such a run are no results.
 */
final class Flames {
    private static final String INTERVAL = "1ms";

    private final Path dir;
    private final String name;
    private final List<String> plots = new ArrayList<>();

    /**
     * @param dir where plots are written
     * @param name with which their names begin
     */
    Flames(Path dir, String name) {
        this.dir = dir;
        this.name = name;
    }

    /** Names of the files that were written. */
    List<String> plots() {
        return plots;
    }

    /**
     * Profiles a process while something is measured.
     *
     * @param what is measured and of whom, for the title and the name of the file
     */
    void around(long pid, String what, Usage.Work work) throws Exception {
        profiler("start", "-e", "cpu", "-i", INTERVAL, Long.toString(pid));
        Path collapsed = Files.createTempFile("flames", ".collapsed");
        try {
            try {
                work.run();
            } finally {
                profiler("stop", "-o", "collapsed", "-f", collapsed.toString(), Long.toString(pid));
            }
            String base = name + "-" + what.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
            String file = base + ".svg";
            for (int i = 2; Files.exists(dir.resolve(file)); i++) {
                file = base + "-" + i + ".svg";
            }
            Files.writeString(dir.resolve(file), FlameGraph.draw(what, Files.readAllLines(collapsed)));
            plots.add(file);
        } finally {
            Files.deleteIfExists(collapsed);
        }
    }

    private static void profiler(String... arguments) throws IOException {
        try {
            AsyncProfilerLoader.executeProfiler(arguments);
        } catch (IllegalStateException e) {
            throw new IOException("async-profiler " + arguments[0] + ": " + e.getMessage(), e);
        }
    }
}
