package io.millrace.storage.checkpoint;

import io.millrace.protocol.Uuid;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The id of the topic that a partition's directory belongs to, so that a topic created again under an old name does not
 * take up the old one's records: {@code partition.metadata}.
 */
public final class PartitionMetadataFile {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionMetadataFile.class);
    private static final String HEADER = "version: 0\ntopic_id: ";

    private PartitionMetadataFile() {}

    /** The topic's id; {@link Uuid#ZERO} if the file is missing or makes no sense. */
    public static Uuid read(Path partitionDir) throws IOException {
        Path path = partitionDir.resolve(SegmentFiles.PARTITION_METADATA);
        try {
            String text = Files.readString(path, StandardCharsets.UTF_8);
            if (text.startsWith(HEADER)) {
                return Uuid.parse(text.substring(HEADER.length()).trim());
            }
            LOG.warn("Ignored partition metadata file={} because it does not begin with version 0", path);
        } catch (NoSuchFileException e) {
            return Uuid.ZERO;
        } catch (IllegalArgumentException e) {
            LOG.warn("Ignored partition metadata file={} because={}", path, e.getMessage());
        }
        return Uuid.ZERO;
    }

    /** Writes the file. Not synced: {@link #sync} comes with the first flush of the log, and until then there is nothing to mix up. */
    public static void write(Path partitionDir, Uuid topicId) throws IOException {
        Files.writeString(
                partitionDir.resolve(SegmentFiles.PARTITION_METADATA), HEADER + topicId, StandardCharsets.UTF_8);
    }

    /** Waits until the file is on disk, if there is one; its name comes with the directory. */
    public static void sync(Path partitionDir) throws IOException {
        try (FileChannel channel =
                FileChannel.open(partitionDir.resolve(SegmentFiles.PARTITION_METADATA), StandardOpenOption.WRITE)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            LOG.debug("The topic of dir={} has no id", partitionDir);
        }
    }
}
