package io.millrace.storage.cleanup;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.index.AbortedTransaction;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows the transactions of a log in its order and says which batches were rolled back, and which markers end a transaction of which no
 * record is left. All transactions of the range have ended: compaction stays below the last stable offset.
 */
final class CleanedTransactions {
    private final ArrayDeque<AbortedTransaction> upcoming;

    // Producer → whether a batch of its aborted transaction was seen.
    private final Map<Long, Boolean> aborting = new HashMap<>();
    private final Set<Long> committing = new HashSet<>();

    CleanedTransactions(List<AbortedTransaction> aborted) {
        upcoming = new ArrayDeque<>(aborted.stream()
                .sorted(Comparator.comparingLong(AbortedTransaction::firstOffset))
                .toList());
    }

    /** Looks at a batch of data; true if it was rolled back. */
    boolean isAborted(ByteBuffer buffer, int index) {
        beginUpTo(BatchHeader.lastOffset(buffer, index));
        if (!BatchHeader.isTransactional(buffer, index)) {
            return false;
        }
        long producerId = BatchHeader.producerId(buffer, index);
        if (aborting.containsKey(producerId)) {
            aborting.put(producerId, true);
            return true;
        }
        committing.add(producerId);
        return false;
    }

    /** Looks at a marker; true if nothing is left of the transaction that it ends. */
    boolean endsNothing(ByteBuffer buffer, int index, boolean abort) {
        beginUpTo(BatchHeader.lastOffset(buffer, index));
        long producerId = BatchHeader.producerId(buffer, index);
        if (abort) {
            Boolean seen = aborting.remove(producerId);
            return seen == null || !seen;
        }
        return !committing.remove(producerId);
    }

    private void beginUpTo(long offset) {
        while (!upcoming.isEmpty() && upcoming.peekFirst().firstOffset() <= offset) {
            aborting.put(upcoming.removeFirst().producerId(), false);
        }
    }
}
