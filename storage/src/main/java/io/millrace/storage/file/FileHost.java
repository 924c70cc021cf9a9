package io.millrace.storage.file;

import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * What the files of one log directory share.
 *
 * @param openFiles bound of idle open files, one for the directory
 * @param background runs unmapping and the providing of space; runs in the caller once it is shut down
 * @param space of the directory's disk
 * @param mappedMaxBytes batches of less are appended through mapped memory, others by {@code write} calls; 0 = all by calls
 * @param maps maps them, one for the process
 * @param coldReads reads what is sent from far behind the end of a log
 * @param onUnreadable told what the disk does not give back, as "reading ... of FILE", and why; any thread, which may hold any lock
 */
public record FileHost(
        OpenFiles openFiles,
        Executor background,
        SpaceGuard space,
        int mappedMaxBytes,
        FileMaps maps,
        ColdReads coldReads,
        BiConsumer<String, Throwable> onUnreadable) {

    /** For files of which nobody keeps the health. */
    public FileHost(OpenFiles openFiles, Executor background, SpaceGuard space, int mappedMaxBytes) {
        this(openFiles, background, space, mappedMaxBytes, new FileMaps(), (doing, cause) -> {});
    }

    /** For files of which what is cold is read where unmapping is done. */
    public FileHost(
            OpenFiles openFiles,
            Executor background,
            SpaceGuard space,
            int mappedMaxBytes,
            FileMaps maps,
            BiConsumer<String, Throwable> onUnreadable) {
        this(openFiles, background, space, mappedMaxBytes, maps, new ColdReads(background), onUnreadable);
    }
}
