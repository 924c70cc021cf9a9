package io.millrace.storage.checkpoint;

import io.millrace.storage.file.BootIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says in which boot of the machine a log directory was used last: {@code .boot}. What a process wrote in this boot is there whether
 * it was synced or not; after another one that is anybody's guess. The file is not synced itself, since it counts within one boot only.
 */
public final class BootFile {
    private static final String NAME = ".boot";

    private BootFile() {}

    /** Notes the present boot; true if it was noted before, so that nothing was lost in between. */
    public static boolean renew(Path logDir) throws IOException {
        @Nullable String now = BootIdentity.of(logDir);
        if (now == null) {
            return false;
        }
        Path file = logDir.resolve(NAME);
        boolean same = Files.exists(file) && Files.readString(file).equals(now);
        if (!same) {
            Files.writeString(file, now);
        }
        return same;
    }

    /** Nothing depends on the boot any more. */
    public static void remove(Path logDir) throws IOException {
        Files.deleteIfExists(logDir.resolve(NAME));
    }
}
