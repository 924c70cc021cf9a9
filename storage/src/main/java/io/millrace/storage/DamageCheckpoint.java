package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.DamageFile;
import io.millrace.storage.checkpoint.DamageFile.Place;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps over a restart where the logs of a directory are damaged. What is written is no more than where to look again: a segment may have
 * been written anew or cut since, and what lies there now is served unless it is found to be damaged once more.
 *
 * <p>{@link #read} and {@link #write} exclude each other by the monitor of the directory's {@link DirCheckpoints}.
 */
final class DamageCheckpoint {
    private static final Logger LOG = LoggerFactory.getLogger(DamageCheckpoint.class);

    private final DamageFile file;
    private Set<Place> written = Set.of();

    /** Those of an earlier run at which nobody has looked yet. */
    private final Set<Place> unseen = ConcurrentHashMap.newKeySet();

    DamageCheckpoint(Path dir) {
        file = new DamageFile(dir);
    }

    /** Reads what an earlier run has left. */
    void read() throws IOException {
        written = Set.copyOf(file.read());
        unseen.addAll(written);
    }

    /**
     * Has the scrubber look where there was damage, in all logs that are in service.
     *
     * @param notLoaded whether a log is here and not in service, so that it is left to the next start
     */
    void lookAgain(LogsOfDir logs, Predicate<TopicPartition> notLoaded, DirThreads threads) {
        for (Place place : unseen) {
            PartitionLog log = logs.find(place.partition());
            if (log != null) {
                try {
                    threads.scrubber().execute(() -> lookAgain(log, place));
                } catch (RejectedExecutionException e) {
                    LOG.debug("The next start looks for the damage of log={}", log);
                }
            } else if (!notLoaded.test(place.partition())) {
                unseen.remove(place);
            }
        }
    }

    private void lookAgain(PartitionLog log, Place place) {
        Housekeeping.guarded(() -> {
            // Else it is left to the next start: what is queued runs in a stop too, and sees nothing then.
            if (log.upkeep().lookForDamage(place.offset())) {
                unseen.remove(place);
            }
        });
    }

    /** Writes down where the logs are damaged, if that has changed. */
    void write(Collection<PartitionLog> logs) throws IOException {
        // First: one that is looked at meanwhile is in the one or the other.
        Set<Place> now = new HashSet<>(unseen);
        for (PartitionLog log : logs) {
            log.damagedRanges().forEach(range -> now.add(new Place(log.topicPartition(), range.firstOffset())));
        }
        if (!now.equals(written)) {
            file.write(now);
            written = now;
        }
    }
}
