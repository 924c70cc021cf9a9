package io.millrace.storage.tool;

import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.TransactionIndex;
import io.millrace.storage.producer.ProducerEntry;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Path;

/** Prints transaction indexes and producer snapshots. */
final class StateDump {
    private final DumpOutput out;
    private final Findings findings;

    StateDump(DumpOutput out, Findings findings) {
        this.out = out;
        this.findings = findings;
    }

    void dumpTransactions(Path path) throws IOException {
        TransactionIndex index = new TransactionIndex(
                path, SegmentFiles.offsetOf(path.getFileName().toString(), SegmentFiles.TXN_INDEX));
        if (!index.load()) {
            findings.add(path, "not a whole transaction index");
        }
        for (AbortedTransaction transaction : index.entries()) {
            out.entry(out.fields()
                    .add("version", 0)
                    .add("producerId", transaction.producerId())
                    .add("firstOffset", transaction.firstOffset())
                    .add("lastOffset", transaction.lastOffset())
                    .add("lastStableOffset", transaction.lastStableOffset()));
        }
    }

    void dumpSnapshot(Path path) throws IOException {
        ProducerStates states = new ProducerStates();
        if (!ProducerSnapshot.read(path, states, Long.MIN_VALUE)) {
            findings.add(path, "not a whole producer snapshot");
        }
        for (ProducerEntry entry : states.entries()) {
            Fields fields = out.fields()
                    .add("producerId", entry.producerId())
                    .add("producerEpoch", entry.epoch())
                    .add("coordinatorEpoch", entry.coordinatorEpoch())
                    .addOptional(
                            "currentTxnFirstOffset", entry.currentTxnFirstOffset() >= 0, entry.currentTxnFirstOffset())
                    .add("lastTimestamp", entry.lastTimestamp());
            addLastBatch(fields, entry);
            out.entry(fields);
        }
    }

    private static void addLastBatch(Fields fields, ProducerEntry entry) {
        if (entry.lastOffset() >= 0) {
            fields.add("firstSequence", (entry.lastSequence() - entry.lastOffsetDelta()) & Integer.MAX_VALUE)
                    .add("lastSequence", entry.lastSequence())
                    .add("lastOffset", entry.lastOffset())
                    .add("offsetDelta", entry.lastOffsetDelta())
                    .add("timestamp", entry.lastTimestamp());
        }
    }
}
