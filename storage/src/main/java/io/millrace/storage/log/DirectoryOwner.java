package io.millrace.storage.log;

import io.millrace.protocol.Uuid;
import io.millrace.storage.checkpoint.PartitionMetadataFile;
import io.millrace.storage.file.DirectoryListing;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Which topic the directory of a log belongs to. It is written down before anything else is in the directory, and not earlier: a directory
 * without a file is an empty log, in which there is nothing to mix up, and a file costs as much as the directory. Any thread.
 */
final class DirectoryOwner {
    private final Path dir;
    private volatile Uuid topicId;

    /** Whether there are files, or are about to be. */
    private volatile boolean inUse;

    private DirectoryOwner(Path dir, Uuid topicId, boolean inUse) {
        this.dir = dir;
        this.topicId = topicId;
        this.inUse = inUse;
    }

    /** Of a directory without files. */
    static DirectoryOwner ofNew(Path dir, Uuid topicId) {
        return new DirectoryOwner(dir, topicId, false);
    }

    /** Of a directory that was found. */
    static DirectoryOwner read(Path dir) throws IOException {
        Uuid found = PartitionMetadataFile.read(dir);
        return new DirectoryOwner(
                dir,
                found,
                !found.equals(Uuid.ZERO) || !DirectoryListing.of(dir).isEmpty());
    }

    /** The topic's id; {@link Uuid#ZERO} if none was ever given. */
    Uuid topicId() {
        return topicId;
    }

    /** Whether there may be files in the directory. */
    boolean inUse() {
        return inUse;
    }

    /** Gives it to a topic. */
    synchronized void assign(Uuid newTopicId) throws IOException {
        if (inUse) {
            PartitionMetadataFile.write(dir, newTopicId);
        }
        topicId = newTopicId;
    }

    /** A file is about to be made in the directory, which has not been moved away. Never waits for the disk. */
    void beforeFile() throws IOException {
        if (!inUse) {
            writeDown();
        }
    }

    private synchronized void writeDown() throws IOException {
        if (!inUse) {
            if (!topicId.equals(Uuid.ZERO)) {
                PartitionMetadataFile.write(dir, topicId);
            }
            inUse = true;
        }
    }
}
