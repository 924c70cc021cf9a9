package io.millrace.storage.checkpoint;

import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The marker of a log directory that was closed in order: {@code .kafka_cleanshutdown}. It is the last thing written at a stop
 * and the first removed at a start, so that a stop half-way never looks like one that was finished.
 */
public final class CleanShutdownFile {
    private static final String NAME = ".kafka_cleanshutdown";
    private static final String CONTENT = "{\"version\":0,\"brokerEpoch\":-1}";

    private CleanShutdownFile() {}

    /** Removes the marker; true if there was one. */
    public static boolean take(Path logDir) throws IOException {
        boolean clean = Files.deleteIfExists(logDir.resolve(NAME));
        if (clean) {
            DurableFiles.syncDirectory(logDir);
        }
        return clean;
    }

    public static void write(Path logDir) throws IOException {
        DurableFiles.replace(logDir.resolve(NAME), ByteBuffer.wrap(CONTENT.getBytes(StandardCharsets.UTF_8)));
    }
}
