package io.millrace.bench.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The servers that are started for one run, and the directory that holds all their files; both end with it, unless the files are
 * to be kept.
 */
final class Processes implements AutoCloseable {
    private static final long START_LIMIT_MS = 60_000;
    private static final long STOP_LIMIT_S = 30;
    private static final String PREFIX = "cluster-";
    private static final Pattern OWNER = Pattern.compile(PREFIX + "(\\d+)-\\d+");

    private final Path dir;
    private final List<Process> started = new ArrayList<>();
    private boolean keepsFiles;

    /** @param dir which is made, and is removed at the end with all that is in it unless that is to be kept */
    Processes(Path dir) throws IOException {
        this.dir = Files.createDirectories(dir).toAbsolutePath();
    }

    Path dir() {
        return dir;
    }

    /**
     * Starts a process, and writes what it prints to NAME.out in the directory.
     *
     * @param environment is given what the process would inherit from this one, to change it
     */
    Process launch(String name, List<String> command, Consumer<Map<String, String>> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        environment.accept(builder.environment());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output(name).toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Process process = builder.start();
        started.add(process);
        // Should the rig itself be told to end; in an orderly end a broker would wait for a ZooKeeper that has ended as
        // well.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    /** Waits until a process accepts connections; fails with what it printed if it ends or takes too long. */
    void awaitPort(int port, Process process, String name) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - startNs > START_LIMIT_MS * 1_000_000) {
                    throw new IOException(name + " did not start:\n" + Files.readString(output(name)), e);
                }
                Thread.sleep(20);
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * A directory for one run, named after this process so that it can be told later whose it was.
     *
     * @param work in which it is to be
     */
    static Path dirIn(Path work, int number) {
        return work.resolve(PREFIX + ProcessHandle.current().pid() + "-" + number);
    }

    /** Removes directories of processes that were ended before they could. */
    static void removeLeftOvers(Path work) throws IOException {
        List<Path> found;
        try (Stream<Path> all = Files.list(work)) {
            found = all.filter(dir -> isLeftOver(dir.getFileName().toString())).toList();
        }
        for (Path dir : found) {
            delete(dir);
        }
    }

    /** Has the files stay at the end. */
    void keepFiles() {
        keepsFiles = true;
    }

    private static boolean isLeftOver(String name) {
        Matcher owner = OWNER.matcher(name);
        return owner.matches()
                && ProcessHandle.of(Long.parseLong(owner.group(1))).isEmpty();
    }

    /** Removes a directory with all that is in it. */
    static void delete(Path dir) throws IOException {
        try (var files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Path output(String name) {
        return dir.resolve(name + ".out");
    }

    /** Ends all processes, those started last first, and removes their files unless they are to be kept. */
    @Override
    public void close() throws IOException, InterruptedException {
        // Of a run that took too long the thread has been interrupted, and what it started must end all the same.
        boolean interrupted = Thread.interrupted();
        try {
            for (int i = started.size() - 1; i >= 0; i--) {
                end(started.get(i));
            }
        } finally {
            started.forEach(Process::destroyForcibly);
            if (!keepsFiles) {
                delete(dir);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            process.waitFor();
        }
    }
}
