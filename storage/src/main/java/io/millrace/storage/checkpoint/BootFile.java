package io.millrace.storage.checkpoint;

import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.DiskFullException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in which boot of the machine a log directory was used last: {@code .boot}. What a process wrote in this boot is there whether
 * it was synced or not; after another one that is anybody's guess. The file is not synced itself, since it counts within one boot only.
 */
public final class BootFile {
    private static final Logger LOG = LoggerFactory.getLogger(BootFile.class);
    private static final String NAME = ".boot";

    private BootFile() {}

    /**
     * Notes the present boot; true if it was noted before, so that nothing was lost in between. On a full disk nothing is noted: the
     * next start then takes this boot for another one.
     */
    public static boolean renew(Path logDir) throws IOException {
        @Nullable String now = BootIdentity.of(logDir);
        if (now == null) {
            return false;
        }
        Path file = logDir.resolve(NAME);
        boolean same = Files.exists(file) && Files.readString(file).equals(now);
        if (!same) {
            note(file, now);
        }
        return same;
    }

    private static void note(Path file, String boot) throws IOException {
        try {
            Files.writeString(file, boot);
        } catch (IOException e) {
            if (!DiskFullException.isSaidBy(e)) {
                throw e;
            }
            LOG.warn(
                    "No room to note the boot of the machine in file={}: should this broker be killed, it counts as one whose machine"
                            + " went down",
                    file);
            Files.deleteIfExists(file);
        }
    }

    /** Nothing depends on the boot any more. */
    public static void remove(Path logDir) throws IOException {
        Files.deleteIfExists(logDir.resolve(NAME));
    }
}
