package io.millrace.storage;

import io.millrace.storage.file.DirectoryListing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes the directories of deleted partitions after their delay. What a stop leaves behind goes at the next start. */
final class DirectoryRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryRemoval.class);

    private DirectoryRemoval() {}

    /**
     * @param scheduler of the log directory that it lies in
     * @param closeFiles closes what is still open there, or the space would stay in use
     */
    static void removeLater(Path dir, long delayMs, Runnable closeFiles, ScheduledExecutorService scheduler) {
        try {
            scheduler.schedule(() -> remove(dir, closeFiles), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Left directory to the next start dir={}", dir);
        }
    }

    // A partition's directory is flat.
    private static void remove(Path dir, Runnable closeFiles) {
        try {
            closeFiles.run();
            for (Path file : DirectoryListing.of(dir)) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(dir);
            LOG.info("Removed directory of a deleted partition dir={}", dir);
        } catch (IOException e) {
            LOG.warn("Cannot remove dir={}, the next start tries again", dir, e);
        }
    }
}
