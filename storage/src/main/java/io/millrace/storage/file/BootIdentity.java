package io.millrace.storage.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether what a killed process had written is still there though nobody synced it: it is while the machine was not booted and the
 * volume not mounted anew, for the memory of the operating system outlives the process.
 */
public final class BootIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(BootIdentity.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    private BootIdentity() {}

    /** Boot, mount and directory as one text; null where the system does not tell. */
    public static @Nullable String of(Path dir) {
        try {
            String boot = Files.readString(BOOT_ID).trim();
            String mount = mountOf(dir.toRealPath().toString());
            return mount == null ? null : boot + " mount " + mount + " " + keyOf(dir);
        } catch (IOException e) {
            LOG.debug("The system does not tell its boots apart", e);
            return null;
        }
    }

    /** Device and inode of a file. */
    public static String keyOf(Path path) throws IOException {
        return String.valueOf(
                Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    }

    // The number of the mount whose mount point is the longest prefix of the path; the last of those that lie over
    // each other.
    private static @Nullable String mountOf(String path) throws IOException {
        String found = null;
        int longest = 0;
        for (String line : Files.readAllLines(MOUNTS)) {
            String[] words = line.split(" ");
            String point = words.length > 4 ? words[4] : "";
            boolean holds = path.equals(point) || path.startsWith(point.endsWith("/") ? point : point + "/");
            if (!point.isEmpty() && holds && point.length() >= longest) {
                longest = point.length();
                found = words[0];
            }
        }
        return found;
    }
}
