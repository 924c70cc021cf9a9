package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The CPU time of one process, as fine as the scheduler counts it: {@code /proc/PID/stat} counts in ticks of 10 ms, of which a broker that
 * idles takes two or three in as many seconds as a run has, while each thread's {@code schedstat} counts nanoseconds. A thread that has
 * ended is in the former only; so what ended ones have used is known to two ticks, and is taken from there only when it must have changed.
 * One thread uses it.
 */
final class CpuClock {
    private static final double NS_PER_SECOND = 1e9;

    /** A tick of user time and one of system time, which are cut off each for itself. */
    private static final long TICKS_MAY_LACK_NS = 20_000_000;

    private final long pid;
    private Map<String, Long> threads = new HashMap<>();
    private long endedNs;
    private boolean first = true;

    CpuClock(long pid) {
        this.pid = pid;
    }

    /** What all threads have used since the process began, those that have ended included. */
    double seconds() throws IOException {
        // Before the threads, so that it does not take for ended what they do meanwhile.
        long allNs = (long) (Proc.cpuSeconds(pid) * NS_PER_SECOND);
        Map<String, Long> now = runningThreads();
        if (now.isEmpty()) {
            return allNs / NS_PER_SECOND;
        }
        long runningNs = now.values().stream().mapToLong(Long::longValue).sum();
        boolean anyVanished = false;
        for (Map.Entry<String, Long> thread : threads.entrySet()) {
            if (!now.containsKey(thread.getKey())) {
                anyVanished = true;
                endedNs += thread.getValue();
            }
        }
        // Others may have come and gone since the last reading; less than the ticks can tell is not taken for that.
        long byTicksNs = allNs - runningNs;
        if (first || anyVanished || byTicksNs > endedNs + TICKS_MAY_LACK_NS) {
            endedNs = Math.max(endedNs, byTicksNs);
            first = false;
        }
        threads = now;
        return (runningNs + endedNs) / NS_PER_SECOND;
    }

    /** Nanoseconds by thread; empty if the kernel does not count them. */
    private Map<String, Long> runningThreads() throws IOException {
        Map<String, Long> found = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path task : tasks) {
                try {
                    String text = Files.readString(task.resolve("schedstat"));
                    found.put(task.getFileName().toString(), Long.parseLong(text.substring(0, text.indexOf(' '))));
                } catch (NoSuchFileException e) {
                    // It has just ended, or there is no such count.
                } catch (IOException e) {
                    // "No such process": it ended between the opening and the reading of the file.
                    if (!String.valueOf(e.getMessage()).contains("No such process")) {
                        throw e;
                    }
                }
            }
        }
        return found;
    }
}
