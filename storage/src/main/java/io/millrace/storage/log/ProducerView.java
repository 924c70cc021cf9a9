package io.millrace.storage.log;

import io.millrace.storage.producer.ProducerEntry;
import io.millrace.storage.producer.ProducerStates;
import java.util.ArrayList;
import java.util.List;

/**
 * A producer as DescribeProducers shows it.
 *
 * @param lastSequence -1 if only a marker was seen
 * @param lastOffset of its last batch, -1 likewise
 * @param lastTimestamp of its last batch in ms
 * @param coordinatorEpoch of its last marker, -1 if none
 * @param currentTxnFirstOffset -1 if no transaction is open
 */
public record ProducerView(
        long producerId,
        short producerEpoch,
        int lastSequence,
        long lastOffset,
        long lastTimestamp,
        int coordinatorEpoch,
        long currentTxnFirstOffset) {

    static List<ProducerView> of(ProducerStates states) {
        List<ProducerView> views = new ArrayList<>();
        for (ProducerEntry entry : states.entries()) {
            views.add(new ProducerView(
                    entry.producerId(),
                    entry.epoch(),
                    entry.lastSequence(),
                    entry.lastOffset(),
                    entry.lastTimestamp(),
                    entry.coordinatorEpoch(),
                    entry.currentTxnFirstOffset()));
        }
        return views;
    }
}
