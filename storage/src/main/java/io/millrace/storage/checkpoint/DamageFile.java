package io.millrace.storage.checkpoint;

import io.millrace.protocol.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Where the logs of a directory are known to be damaged: {@code damage-checkpoint}, a file of our own in the format of Kafka's offset
 * checkpoints, with a line for each place. One thread at a time.
 */
public final class DamageFile {
    private static final String NAME = "damage-checkpoint";

    private final Path path;

    public DamageFile(Path logDir) {
        path = logDir.resolve(NAME);
    }

    /**
     * A damaged place.
     *
     * @param offset of the first record that may be hurt, at least 0
     */
    public record Place(TopicPartition partition, long offset) {}

    /** What is known; nothing if the file is missing or unreadable as a checkpoint. */
    public List<Place> read() throws IOException {
        return CheckpointFile.read(path, DamageFile::parse);
    }

    /** Replaces the file. */
    public void write(Collection<Place> places) throws IOException {
        CheckpointFile.write(
                path,
                places.stream()
                        .map(place -> place.partition.topic() + ' ' + place.partition.partition() + ' ' + place.offset)
                        .sorted()
                        .toList());
    }

    private static Place parse(String[] words) {
        if (words.length != 3) {
            throw new IllegalArgumentException("a line has " + words.length + " words instead of 3");
        }
        long offset = Long.parseLong(words[2]);
        if (offset < 0) {
            throw new IllegalArgumentException("the offset of " + words[0] + "-" + words[1] + " is negative");
        }
        return new Place(new TopicPartition(words[0], Integer.parseInt(words[1])), offset);
    }
}
