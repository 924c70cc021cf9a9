package io.millrace.bench.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What Linux says of a process and of this machine. */
final class Proc {
    /** In which the kernel counts CPU time for user space, on every architecture that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    /** Fields of /proc/PID/stat behind the name, which is in parentheses and may hold anything. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;

    /** So often the serial collector packs the old generation tightly; before, it leaves some dead objects and counts them. */
    private static final int COLLECTIONS = 4;

    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final int HEAD_OF_MEMORY = 128;
    private static final Pattern FREE = Pattern.compile("MemFree: +(\\d+) kB");

    /** Columns of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal; guests are in the first two already. */
    private static final int COUNTED_STATES = 8;

    private static final int IDLE = 3;
    private static final int WAITING_FOR_DISK = 4;

    private Proc() {}

    /** CPU time that all threads of a process have used, those that have ended included. */
    static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
    }

    /** Memory of its own that a process holds, in MiB; pages of files it has mapped are not among it. */
    static double rssAnonMiB(long pid) throws IOException {
        return number(Path.of("/proc", Long.toString(pid), "status"), "RssAnon:") / 1024.0;
    }

    /** Pages of files that a process has mapped and that are in memory, in MiB; those of files that are nowhere else (tmpfs) too. */
    static double rssMappedMiB(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        return (number(status, "RssFile:") + number(status, "RssShmem:")) / 1024.0;
    }

    static double threads(long pid) throws IOException {
        return number(Path.of("/proc", Long.toString(pid), "status"), "Threads:");
    }

    /** How many ranges of memory a process has mapped. */
    static double maps(long pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "maps"))) {
            return lines.count();
        }
    }

    /** What is left in the heap of a Java process after collections. */
    static double liveHeapKiB(long pid) throws IOException, InterruptedException {
        double least = Double.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            least = Math.min(least, heapAfterCollectionKiB(pid));
        }
        return least;
    }

    private static double heapAfterCollectionKiB(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String last = "";
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line.isBlank() ? last : line;
            }
        }
        process.waitFor();
        // Total   instances   bytes
        String[] words = last.trim().split("\\s+");
        if (!words[0].equals("Total")) {
            throw new IOException("jcmd " + pid + " GC.class_histogram says: " + last);
        }
        return Long.parseLong(words[2]) / 1024.0;
    }

    /** Processes that wanted to run in the last minute, on average. */
    static double load() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    }

    /** Memory that nobody uses, not even for pages of files, in MiB. Asked for often, so it reads no more than it needs. */
    static double freeMiB() throws IOException {
        try (InputStream file = Files.newInputStream(MEMORY)) {
            String head = new String(file.readNBytes(HEAD_OF_MEMORY), StandardCharsets.US_ASCII);
            Matcher free = FREE.matcher(head);
            if (!free.find()) {
                throw new IOException(MEMORY + " does not begin with MemTotal and MemFree, but: " + head);
            }
            return Long.parseLong(free.group(1)) / 1024.0;
        }
    }

    /** All memory of this machine, in MiB. */
    static double memoryMiB() throws IOException {
        return number(MEMORY, "MemTotal:") / 1024.0;
    }

    /** What was written to files and is not on the disk yet, in MiB. */
    static double unwrittenMiB() throws IOException {
        return (number(MEMORY, "Dirty:") + number(MEMORY, "Writeback:")) / 1024.0;
    }

    /** Seconds that all processors together were used since the machine was started, and seconds that there were. */
    static double[] processorSeconds() throws IOException {
        String[] ticks = text(Path.of("/proc/stat"), "cpu ").split(" ");
        double all = 0;
        double idle = 0;
        for (int i = 0; i < COUNTED_STATES; i++) {
            double seconds = Long.parseLong(ticks[i]) / TICKS_PER_SECOND;
            all += seconds;
            idle += i == IDLE || i == WAITING_FOR_DISK ? seconds : 0;
        }
        return new double[] {all - idle, all};
    }

    /** Processors, memory, kernel, Java. */
    static String machine() throws IOException {
        String processor = text(Path.of("/proc/cpuinfo"), "model name");
        long gib = number(MEMORY, "MemTotal:") >> 20;
        return Runtime.getRuntime().availableProcessors() + " processors (" + processor + "), " + gib + " GiB, Linux "
                + System.getProperty("os.version") + ", Java " + Runtime.version() + " ("
                + System.getProperty("java.vendor") + ")";
    }

    private static long number(Path file, String key) throws IOException {
        return Long.parseLong(text(file, key).replaceAll("\\D", ""));
    }

    private static String text(Path file, String key) throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (String line : lines) {
            if (line.startsWith(key)) {
                return line.substring(key.length()).replaceFirst("^[\\s:]+", "");
            }
        }
        return "0";
    }
}
