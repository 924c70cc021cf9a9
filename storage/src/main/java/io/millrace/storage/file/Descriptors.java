package io.millrace.storage.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether files can be opened at all, which is the business of the process and of no disk. */
public final class Descriptors {
    /** It is on no disk. */
    private static final Path NULL_DEVICE = Path.of("/dev/null");

    /** What the system says of it in English, of a process as of the whole machine. */
    private static final String LACK = "Too many open files";

    private Descriptors() {}

    /**
     * Whether an error is that of a file which could not be opened for want of descriptors, which says nothing about its disk. The
     * JDK does not give the error number of the system away, only its text, which is in the language of the user: where that is not
     * English, it is tried out. To be asked right after the error: between the two somebody else may have closed a file.
     */
    public static boolean lackIsSaidBy(IOException e) {
        // What a disk fails to read, write or sync is never of this type.
        return e instanceof FileSystemException of
                && (String.valueOf(of.getReason()).contains(LACK) || areUsedUp());
    }

    /** Whether this process, or the system, has so many files open that no other can be. */
    private static boolean areUsedUp() {
        try (FileChannel opened = FileChannel.open(NULL_DEVICE, StandardOpenOption.READ)) {
            return !opened.isOpen();
        } catch (NoSuchFileException e) {
            // No such system.
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
