package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** A small file system of its own, which a test fills up. Where mounting is not allowed the test is skipped. */
public final class SmallDisk implements AutoCloseable {
    private final Path mount;

    private SmallDisk(Path mount) {
        this.mount = mount;
    }

    /**
     * One in memory.
     *
     * @param dir where it is mounted in
     * @param size as {@code mount} takes it: 6m
     */
    public static SmallDisk inMemory(Path dir, String size) throws IOException, InterruptedException {
        Path mount = Files.createDirectory(dir.resolve("small"));
        return mounted(mount, run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", mount.toString()));
    }

    /** Likewise an ext4 in a file, where files and names have their limits too. */
    public static SmallDisk ext4(Path dir, String size) throws IOException, InterruptedException {
        Path image = dir.resolve("image");
        Path mount = Files.createDirectory(dir.resolve("small"));
        return mounted(
                mount,
                run("truncate", "-s", size, image.toString())
                        && run("mkfs.ext4", "-q", "-F", image.toString())
                        && run("mount", "-o", "loop", image.toString(), mount.toString()));
    }

    private static SmallDisk mounted(Path mount, boolean done) {
        assumeTrue(done, "a small file system cannot be mounted here");
        return new SmallDisk(mount);
    }

    /** Its root. */
    public Path path() {
        return mount;
    }

    /** Makes a file longer until no byte is left. */
    public static void fill(Path hog) throws IOException {
        for (int chunk = 1 << 20; chunk > 0; chunk /= 16) {
            try (OutputStream out = Files.newOutputStream(hog, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                while (true) {
                    out.write(new byte[chunk]);
                }
            } catch (IOException e) {
                if (!e.getMessage().contains("No space left")) {
                    throw e;
                }
            }
        }
    }

    /** Makes a file so long that about {@code bytes} are left. */
    public void leave(long bytes, Path hog) throws IOException {
        long taken = Files.getFileStore(mount).getUsableSpace() - bytes;
        assertThat(taken).as("room besides what is there").isPositive();
        try (OutputStream out = Files.newOutputStream(hog)) {
            byte[] some = new byte[8192];
            for (long left = taken; left > 0; left -= some.length) {
                out.write(some);
            }
        }
    }

    /** Unmounts it, also where something is still in use: a log that was "killed" has its windows. */
    @Override
    public void close() throws IOException, InterruptedException {
        run("umount", "-l", mount.toString());
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            // There is no such program.
            return false;
        }
    }
}
