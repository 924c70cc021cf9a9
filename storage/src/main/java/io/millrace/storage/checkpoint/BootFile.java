package io.millrace.storage.checkpoint;

import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in which boot of the machine a log directory was used last, and whether everything that counted was on disk: {@code .boot}.
 * What a process wrote in this boot is there whether it was synced or not; after another one that is anybody's guess, unless the policy
 * it was written under was to sync first.
 *
 * <pre>
 *  BOOT mount MOUNT (dev=DEVICE,ino=INODE)
 *  synced | unsynced
 * </pre>
 */
public final class BootFile {
    private static final Logger LOG = LoggerFactory.getLogger(BootFile.class);
    private static final String NAME = ".boot";
    private static final String SYNCED = "synced";
    private static final String UNSYNCED = "unsynced";

    private BootFile() {}

    /**
     * What was known of the run before.
     *
     * @param sameBoot whether it was in this boot, so that what it wrote is there
     * @param synced whether what it acknowledged was on disk
     */
    public record Former(boolean sameBoot, boolean synced) {}

    /**
     * Notes the present boot and tells what was noted before. On a full disk nothing is noted: the next start then takes this boot for
     * another one.
     *
     * @param clean whether the run before ended in order, with everything on disk
     * @param syncs whether from now on what counts is on disk first
     */
    public static Former renew(Path logDir, boolean clean, boolean syncs) throws IOException {
        String now = Objects.requireNonNullElse(BootIdentity.of(logDir), "");
        Path file = logDir.resolve(NAME);
        String noted = Files.exists(file) ? Files.readString(file) : "";
        List<String> lines = noted.lines().toList();
        boolean same = !now.isEmpty() && !lines.isEmpty() && lines.get(0).equals(now);
        boolean synced = lines.size() > 1 && lines.get(1).equals(SYNCED);
        Former former = new Former(same, clean || synced);
        // What the run before has left to the memory of this boot stays there until a stop in order.
        boolean leftUnsynced = same && !former.synced;
        String note = now + "\n" + (syncs && !leftUnsynced ? SYNCED : UNSYNCED) + "\n";
        if (!note.equals(noted)) {
            write(file, note, synced);
        }
        return former;
    }

    // Where the former note would promise more, no loss of power may bring it back; else the file counts within one
    // boot only.
    private static void write(Path file, String note, boolean durably) throws IOException {
        try {
            if (durably) {
                DurableFiles.replace(file, ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)));
            } else {
                Files.writeString(file, note);
            }
        } catch (IOException e) {
            if (!DiskFullException.isSaidBy(e)) {
                throw e;
            }
            LOG.warn(
                    "No room to note the boot of the machine in file={}: should this broker be killed, it counts as one whose machine"
                            + " went down",
                    file);
            if (Files.deleteIfExists(file) && durably) {
                DurableFiles.syncDirectory(file.toAbsolutePath().getParent());
            }
        }
    }

    /** Nothing depends on the boot any more. */
    public static void remove(Path logDir) throws IOException {
        Files.deleteIfExists(logDir.resolve(NAME));
    }
}
