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
 * it was written under was to sync first. That records may be missing stays noted until somebody has seen to it: processes may end before
 * that, in whatever way.
 *
 * <pre>
 *  BOOT mount MOUNT (dev=DEVICE,ino=INODE)
 *  synced | unsynced
 *  lost                 (only while nobody has seen to it)
 * </pre>
 */
public final class BootFile {
    private static final Logger LOG = LoggerFactory.getLogger(BootFile.class);
    private static final String NAME = ".boot";
    private static final String SYNCED = "synced";
    private static final String UNSYNCED = "unsynced";
    private static final String LOST = "lost";

    private BootFile() {}

    /**
     * What was known of the run before.
     *
     * @param sameBoot whether it was in this boot, so that what it wrote is there
     * @param synced whether what it acknowledged was on disk
     * @param lost whether records may have been missing already, and nobody has seen to that
     */
    public record Former(boolean sameBoot, boolean synced, boolean lost) {
        /** Whether records that were acknowledged may be missing now. */
        public boolean mayHaveLost() {
            return lost || !synced && !sameBoot;
        }
    }

    /**
     * Notes the present boot and tells what was noted before. On a full disk nothing is noted: the next start then takes this boot for
     * another one.
     *
     * @param clean whether the run before ended in order, with everything on disk
     * @param syncs whether from now on what counts is on disk first
     * @param isNew whether nothing was ever in the directory, so that whatever this broker had is missing
     */
    public static Former renew(Path logDir, boolean clean, boolean syncs, boolean isNew) throws IOException {
        String now = Objects.requireNonNullElse(BootIdentity.of(logDir), "");
        Path file = logDir.resolve(NAME);
        String noted = Files.exists(file) ? Files.readString(file) : "";
        List<String> lines = noted.lines().toList();
        boolean same = !now.isEmpty() && !lines.isEmpty() && lines.get(0).equals(now);
        boolean synced = lines.size() > 1 && lines.get(1).equals(SYNCED);
        Former former = new Former(same, clean || synced, isNew || isLost(lines));
        // What the run before has left to the memory of this boot stays there until a stop in order.
        boolean leftUnsynced = same && !former.synced;
        String note = now + "\n" + (syncs && !leftUnsynced ? SYNCED : UNSYNCED) + "\n";
        if (former.mayHaveLost()) {
            note += LOST + "\n";
        }
        if (!note.equals(noted)) {
            write(file, note, synced);
        }
        return former;
    }

    private static boolean isLost(List<String> lines) {
        return lines.size() > 2 && lines.get(2).equals(LOST);
    }

    /** It has been seen to that records may be missing. A loss of power may bring the former note back, which is only more careful. */
    public static void onLossSeenTo(Path logDir) throws IOException {
        Path file = logDir.resolve(NAME);
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        if (isLost(lines)) {
            write(file, lines.get(0) + "\n" + lines.get(1) + "\n", true);
        }
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

    /** A stop in order: nothing depends on the boot any more. That records may be missing it does not change. */
    public static void onClean(Path logDir) throws IOException {
        Path file = logDir.resolve(NAME);
        if (Files.exists(file) && !isLost(Files.readAllLines(file))) {
            Files.deleteIfExists(file);
        }
    }
}
