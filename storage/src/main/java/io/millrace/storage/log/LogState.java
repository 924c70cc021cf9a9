package io.millrace.storage.log;

import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.producer.ProducerStates;
import java.util.List;

/**
 * What loading a log's directory yields.
 *
 * @param segments at least one, the last is the active one
 * @param logEndOffset offset after the last batch
 * @param recoveryPoint offset below which everything is known to be on disk
 * @param snapshotOffset of the newest producer snapshot; -1 if there is none
 * @param clean whether no recovery was needed
 */
record LogState(
        List<LogSegment> segments,
        long logStartOffset,
        long logEndOffset,
        long recoveryPoint,
        LeaderEpochs epochs,
        ProducerStates producers,
        long snapshotOffset,
        boolean clean) {}
