package io.millrace.client.producer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom to tell about the records of a batch, with the timestamps that they have been given. It outlives its batch and is
 * used for another one, so that a record needs no object to be remembered by. Guarded as its batch is.
 */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);
    private static final int INITIAL = 16;

    private @Nullable Completion[] completions = new Completion[INITIAL];
    private long[] timestamps = new long[INITIAL];
    private int count;

    void add(@Nullable Completion completion, long timestamp) {
        if (count == completions.length) {
            completions = Arrays.copyOf(completions, count * 2);
            timestamps = Arrays.copyOf(timestamps, count * 2);
        }
        completions[count] = completion;
        timestamps[count++] = timestamp;
    }

    int count() {
        return count;
    }

    @Nullable
    Completion get(int index) {
        return completions[index];
    }

    /** @param logAppendTimeMs of all records, or -1 if each keeps its own timestamp */
    void succeed(TopicPartition partition, long baseOffset, long logAppendTimeMs) {
        for (int i = 0; i < count; i++) {
            tell(
                    i,
                    partition,
                    baseOffset < 0 ? -1 : baseOffset + i,
                    logAppendTimeMs < 0 ? timestamps[i] : logAppendTimeMs,
                    null);
        }
    }

    void fail(TopicPartition partition, ClientException failure) {
        for (int i = 0; i < count; i++) {
            tell(i, partition, -1, timestamps[i], failure);
        }
    }

    private void tell(
            int index, TopicPartition partition, long offset, long timestamp, @Nullable ClientException failure) {
        Completion completion = completions[index];
        if (completion == null) {
            return;
        }
        try {
            completion.onCompletion(partition, offset, timestamp, failure);
        } catch (RuntimeException e) {
            // What the application does wrong here must not keep other records from being told.
            LOG.error("A callback threw for a record of {}", partition, e);
        }
    }

    /** Forgets everybody, for the next batch. */
    void clear() {
        Arrays.fill(completions, 0, count, null);
        count = 0;
    }
}
