package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.LogManager;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the controller has said of partitions whose logs are still being recovered: kept until they are ready, so that one that
 * takes minutes holds up neither the other partitions nor what else the controller has to say. The newest word counts. One
 * thread at a time.
 */
final class AwaitedLogs {
    private static final int NO_EPOCH = -1;

    private final LogManager logs;
    private final Map<TopicPartition, Word> words = new HashMap<>();

    private record Word(int leaderEpoch, Supplier<ErrorCode> command) {}

    AwaitedLogs(LogManager logs) {
        this.logs = logs;
    }

    boolean isLoading(TopicPartition name) {
        return logs.isLoading(name);
    }

    /** The newest leader epoch that was named for a partition, -1 if none was. */
    int leaderEpoch(TopicPartition name) {
        Word word = words.get(name);
        return word == null ? NO_EPOCH : word.leaderEpoch;
    }

    /** @param role takes the role up, once the log is ready */
    void toServe(TopicPartition name, int leaderEpoch, Supplier<ErrorCode> role) {
        words.put(name, new Word(leaderEpoch, role));
    }

    /** @param deletion deletes the log, once it is ready */
    void toDelete(TopicPartition name, Supplier<ErrorCode> deletion) {
        words.put(name, new Word(NO_EPOCH, deletion));
    }

    /** The partition is to have no role. */
    void forget(TopicPartition name) {
        words.remove(name);
    }

    /** The log is ready, or cannot be: what is to be done with it, or null. */
    @Nullable
    Supplier<ErrorCode> take(TopicPartition name) {
        Word word = words.remove(name);
        return word == null ? null : word.command;
    }
}
