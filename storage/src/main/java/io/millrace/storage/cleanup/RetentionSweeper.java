package io.millrace.storage.cleanup;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.SegmentView;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies {@link Retention} to logs, one after another; a log in trouble does not keep the others waiting. A storage thread. */
public final class RetentionSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionSweeper.class);

    private final Clock clock;

    public RetentionSweeper(Clock clock) {
        this.clock = clock;
    }

    public void sweep(Collection<PartitionLog> logs) {
        for (PartitionLog log : logs) {
            try {
                sweep(log);
            } catch (StorageException e) {
                LOG.warn("Skipped retention of log={} because={}", log, e.getMessage());
            } catch (RuntimeException e) {
                // Nobody expects it, and least of all the logs that come behind.
                LOG.error("Retention of log={} failed", log, e);
            }
        }
    }

    /** Removes what has expired; returns the number of segments. */
    public int sweep(PartitionLog log) {
        List<SegmentView> views;
        List<Retention.Reason> reasons;
        try {
            views = log.upkeep().segmentViews();
            reasons = Retention.expired(views, log.config(), log.logStartOffset(), log.highWatermark(), clock.millis());
        } catch (IOException e) {
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "Cannot look at the segments of " + log, e);
        }
        if (!reasons.isEmpty()) {
            log.upkeep().removeUpTo(views.get(reasons.size() - 1).endOffset());
            tell(log, views, reasons);
        }
        return reasons.size();
    }

    private static void tell(PartitionLog log, List<SegmentView> views, List<Retention.Reason> reasons) {
        for (int i = 0; i < reasons.size(); i++) {
            LOG.info(
                    "Removed segment partition={} baseOffset={} bytes={} because {}",
                    log.topicPartition(),
                    views.get(i).baseOffset(),
                    views.get(i).bytes(),
                    reasons.get(i).sentence(log.config()));
        }
    }
}
