package io.millrace.storage.log;

import io.millrace.storage.checkpoint.LeaderEpochs;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns the leader epochs of a log from its batches, one after another. No checksum covers the epoch of a batch, but epochs never fall:
 * one that the batch behind contradicts was hurt, and is not believed. It would hide all later ones, and followers would be told to cut
 * what was acknowledged.
 */
final class EpochReplay {
    private static final Logger LOG = LoggerFactory.getLogger(EpochReplay.class);

    private final Path dir;
    private final LeaderEpochs epochs;

    // Waits for the next batch; -1 if none does.
    private int newEpoch = -1;
    private long newStart;

    /** @param dir of the log */
    EpochReplay(Path dir, LeaderEpochs epochs) {
        this.dir = dir;
        this.epochs = epochs;
    }

    /** The next batch; {@code epoch} is -1 if it has none. */
    void next(int epoch, long baseOffset) {
        if (epoch < 0 || epoch < epochs.latestEpoch()) {
            return;
        }
        if (newEpoch > epoch) {
            LOG.error(
                    "The leader epoch {} at offset={} of dir={} is damaged, the batch behind has {}",
                    newEpoch,
                    newStart,
                    dir,
                    epoch);
            newEpoch = -1;
        } else {
            end();
        }
        if (newEpoch < 0 && epoch > epochs.latestEpoch()) {
            newEpoch = epoch;
            newStart = baseOffset;
        }
    }

    /** There is no further batch. */
    void end() {
        if (newEpoch >= 0) {
            epochs.assign(newEpoch, newStart);
            newEpoch = -1;
        }
    }
}
