package io.millrace.client.producer;

import io.millrace.client.net.Node;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one partition in the order in which they must arrive, and the rules that keep that order.
 *
 * <p>Appending threads share the deque with the event loop under the lock of this object; everything else belongs to the
 * event loop alone.
 */
final class PartitionQueue {
    final TopicPartition partition;
    /** Whether the sender has this queue on its list. */
    final AtomicBoolean active = new AtomicBoolean();

    private final ArrayDeque<ProducerBatch> batches = new ArrayDeque<>();

    // On the event loop only.
    private final List<ProducerBatch> inFlight = new ArrayList<>();
    private @Nullable Node inFlightLeader;
    private long nextOrder;
    private long producerId = BatchHeader.NO_PRODUCER_ID;
    private short epoch;
    private int nextSequence;
    private boolean sequenceKnown;
    private boolean sequenceGap;

    PartitionQueue(TopicPartition partition) {
        this.partition = partition;
    }

    /** The batch that takes records, or null; under the lock. */
    @Nullable
    ProducerBatch last() {
        return batches.peekLast();
    }

    /** Under the lock. */
    void addLast(ProducerBatch batch) {
        batches.addLast(batch);
    }

    synchronized boolean isIdle() {
        return batches.isEmpty() && inFlight.isEmpty();
    }

    synchronized @Nullable ProducerBatch head() {
        return batches.peekFirst();
    }

    /** Whether the first batch will take no more records: there is another one behind it, or it was sealed. */
    synchronized boolean headIsFull() {
        ProducerBatch head = batches.peekFirst();
        return head != null && (batches.size() > 1 || head.isSealed());
    }

    /** Whether {@code head} may go to {@code leader} now, as far as order is concerned. */
    boolean maySend(ProducerBatch head, Node leader, int maxInFlight) {
        if (inFlight.isEmpty()) {
            return true;
        }
        if (producerId != BatchHeader.NO_PRODUCER_ID && !sequenceKnown) {
            // A broker takes the first sequence it sees of a producer for the right one, so the first batch goes alone:
            // if it failed and the second did not, the first could never be sent again.
            return false;
        }
        // After a failure, an epoch change or a move everything that is under way must have come back first: only then
        // is it certain what the broker has and what it lacks.
        if (head.attempts > 0 || sequenceGap || !leader.equals(inFlightLeader)) {
            return false;
        }
        // Counted from the oldest batch under way and not only how many there are: behind one that was sent
        // again as many have arrived as a broker remembers, and one more would make it forget that one.
        long oldest = nextOrder;
        for (ProducerBatch batch : inFlight) {
            oldest = Math.min(oldest, batch.order);
        }
        return nextOrder - oldest < maxInFlight;
    }

    /** Takes the first batch out, sealed and stamped, and counts it as under way to {@code leader}. */
    ProducerBatch take(Node leader, @Nullable ProducerIdentity identity) {
        ProducerBatch batch;
        synchronized (this) {
            batch = batches.removeFirst();
            batch.seal();
        }
        if (batch.order < 0) {
            batch.order = nextOrder++;
        }
        if (identity != null && !batch.hasSequence()) {
            stamp(batch, identity);
        }
        batch.attempts++;
        inFlight.add(batch);
        inFlightLeader = leader;
        return batch;
    }

    private void stamp(ProducerBatch batch, ProducerIdentity identity) {
        if (producerId == BatchHeader.NO_PRODUCER_ID) {
            adopt(identity.producerId(), identity.epoch());
        }
        batch.stamp(producerId, epoch, nextSequence);
        nextSequence = BatchHeader.incrementSequence(nextSequence, batch.recordCount());
    }

    private void adopt(long newProducerId, short newEpoch) {
        producerId = newProducerId;
        epoch = newEpoch;
        nextSequence = 0;
        sequenceKnown = false;
    }

    /** The batch is not under way any more. */
    void onReturned(ProducerBatch batch) {
        inFlight.remove(batch);
    }

    /** The broker has the batch. */
    void onAcknowledged(ProducerBatch batch) {
        sequenceKnown |= batch.hasSequence();
    }

    /** Whether a batch that should come first is not acknowledged, so that "out of order" is a passing matter. */
    synchronized boolean waitsForEarlier(ProducerBatch batch) {
        ProducerBatch head = batches.peekFirst();
        if (sequenceGap || (head != null && head.order >= 0 && head.order < batch.order)) {
            return true;
        }
        for (ProducerBatch other : inFlight) {
            if (other.order < batch.order) {
                return true;
            }
        }
        return false;
    }

    /** Puts a batch back to where it belongs, to be sent again. */
    synchronized void putBack(ProducerBatch batch) {
        ArrayDeque<ProducerBatch> earlier = new ArrayDeque<>();
        while (!batches.isEmpty() && batches.getFirst().order >= 0 && batches.getFirst().order < batch.order) {
            earlier.push(batches.removeFirst());
        }
        batches.addFirst(batch);
        earlier.forEach(batches::addFirst);
    }

    /** Puts the parts of a batch that was too large where the batch was; they take its sequences between them. */
    void replace(ProducerBatch whole, List<ProducerBatch> parts) {
        int sequence = whole.baseSequence;
        for (ProducerBatch part : parts) {
            part.order = whole.order;
            part.attempts = 1;
            part.seal();
            if (whole.hasSequence()) {
                part.stamp(producerId, epoch, sequence);
                sequence = BatchHeader.incrementSequence(sequence, part.recordCount());
            }
        }
        synchronized (this) {
            for (int i = parts.size() - 1; i >= 0; i--) {
                putBack(parts.get(i));
            }
        }
    }

    /** A batch with sequences was given up, and it is not known whether the broker has it: later ones would not fit. */
    void onSequenceGap() {
        sequenceGap = true;
    }

    /** Whether sequences must begin anew under another epoch before anything else is sent. */
    boolean needsNewEpoch() {
        return sequenceGap && inFlight.isEmpty();
    }

    /**
     * Begins sequences anew, for all batches that wait.
     *
     * @return false if this id has no epoch left; {@code identity} must have another id first
     */
    boolean beginNewEpoch(ProducerIdentity identity) {
        if (identity.producerId() != producerId) {
            adopt(identity.producerId(), identity.epoch());
        } else if (epoch == Short.MAX_VALUE) {
            return false;
        } else {
            adopt(producerId, (short) (epoch + 1));
        }
        sequenceGap = false;
        synchronized (this) {
            for (ProducerBatch batch : batches) {
                if (batch.hasSequence()) {
                    batch.stamp(producerId, epoch, nextSequence);
                    nextSequence = BatchHeader.incrementSequence(nextSequence, batch.recordCount());
                }
            }
        }
        return true;
    }

    /** Takes out the waiting batches that were created before {@code limitNs}. */
    List<ProducerBatch> removeCreatedBefore(long limitNs) {
        synchronized (this) {
            // They lie in the order in which they were created, also those that came back.
            ProducerBatch head = batches.peekFirst();
            if (head == null || head.createdNs - limitNs >= 0) {
                return List.of();
            }
            List<ProducerBatch> expired = new ArrayList<>();
            while (head != null && head.createdNs - limitNs < 0) {
                batches.removeFirst();
                head.seal();
                expired.add(head);
                head = batches.peekFirst();
            }
            return expired;
        }
    }

    /** Takes out all waiting batches. */
    synchronized List<ProducerBatch> removeAll() {
        List<ProducerBatch> all = new ArrayList<>(batches);
        batches.clear();
        return all;
    }

    /** Batches under way, in no particular order. */
    List<ProducerBatch> inFlight() {
        return inFlight;
    }

    /** When the oldest batch was created, of those that wait and those under way; null if there is none. */
    synchronized @Nullable Long oldestCreatedNs() {
        Long oldest = batches.isEmpty() ? null : batches.getFirst().createdNs;
        for (ProducerBatch batch : inFlight) {
            if (!batch.isDone() && (oldest == null || batch.createdNs - oldest < 0)) {
                oldest = batch.createdNs;
            }
        }
        return oldest;
    }
}
