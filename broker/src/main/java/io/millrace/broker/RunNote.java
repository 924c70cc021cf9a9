package io.millrace.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that tells the stop script of a running broker: {@code broker-PID}, with the path of its configuration file in it.
 * Without it a broker runs as well and is stopped by its process id.
 */
final class RunNote {
    private static final Logger LOG = LoggerFactory.getLogger(RunNote.class);

    private final @Nullable Path file;

    private RunNote(@Nullable Path file) {
        this.file = file;
    }

    /**
     * Writes the note.
     *
     * @param runDir where notes are kept, or null for no note
     */
    static RunNote write(@Nullable String runDir, Path config) {
        if (runDir == null) {
            return new RunNote(null);
        }
        Path file = Path.of(runDir, "broker-" + ProcessHandle.current().pid());
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, config.toRealPath() + "\n");
            return new RunNote(file);
        } catch (IOException e) {
            LOG.warn("Could not write {}, so the stop script will not find this broker: {}", file, e.toString());
            return new RunNote(null);
        }
    }

    void delete() {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("Could not delete {}: {}", file, e.toString());
            }
        }
    }
}
