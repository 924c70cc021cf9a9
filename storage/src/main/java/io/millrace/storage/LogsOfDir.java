package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Path;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.Map;
import java.util.Spliterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The logs in service that are in one directory, in no order; a live view. Any thread. */
final class LogsOfDir extends AbstractCollection<PartitionLog> {
    private final Map<TopicPartition, PartitionLog> logs;
    private final Path dir;

    /** @param logs those of all directories, a map that changes while it is looked at */
    LogsOfDir(Map<TopicPartition, PartitionLog> logs, Path dir) {
        this.logs = logs;
        this.dir = dir;
    }

    /** The log of a partition; null if there is none here. */
    @Nullable
    PartitionLog find(TopicPartition partition) {
        PartitionLog log = logs.get(partition);
        return log != null && isHere(log) ? log : null;
    }

    private boolean isHere(PartitionLog log) {
        return log.logDir().equals(dir);
    }

    @Override
    public boolean contains(@Nullable Object other) {
        return other instanceof PartitionLog log && log == find(log.topicPartition());
    }

    @Override
    public Iterator<PartitionLog> iterator() {
        return here().iterator();
    }

    // That of a collection has its size, which may be another one a moment later.
    @Override
    public Spliterator<PartitionLog> spliterator() {
        return here().spliterator();
    }

    private Stream<PartitionLog> here() {
        return logs.values().stream().filter(this::isHere);
    }

    @Override
    public int size() {
        return (int) here().count();
    }
}
