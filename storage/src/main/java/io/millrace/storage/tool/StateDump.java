package io.millrace.storage.tool;

import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.TransactionIndex;
import io.millrace.storage.producer.ProducerEntry;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** Prints transaction indexes and producer snapshots. */
final class StateDump {
    private final DumpOptions options;
    private final PrintStream out;
    private final Findings findings;

    StateDump(DumpOptions options, PrintStream out, Findings findings) {
        this.options = options;
        this.out = out;
        this.findings = findings;
    }

    void dumpTransactions(Path path) throws IOException {
        TransactionIndex index = new TransactionIndex(path);
        if (!index.load()) {
            findings.add(path, "not a whole transaction index");
        }
        for (AbortedTransaction transaction : index.entries()) {
            print("version: 0 producerId: " + transaction.producerId() + " firstOffset: " + transaction.firstOffset()
                    + " lastOffset: " + transaction.lastOffset() + " lastStableOffset: "
                    + transaction.lastStableOffset());
        }
    }

    void dumpSnapshot(Path path) throws IOException {
        ProducerStates states = new ProducerStates();
        if (!ProducerSnapshot.read(path, states, Long.MIN_VALUE)) {
            findings.add(path, "not a whole producer snapshot");
        }
        for (ProducerEntry entry : states.entries()) {
            String transaction = entry.currentTxnFirstOffset() < 0
                    ? "OptionalLong.empty"
                    : "OptionalLong[" + entry.currentTxnFirstOffset() + "]";
            print("producerId: " + entry.producerId() + " producerEpoch: " + entry.epoch() + " coordinatorEpoch: "
                    + entry.coordinatorEpoch() + " currentTxnFirstOffset: " + transaction + " lastTimestamp: "
                    + entry.lastTimestamp() + lastBatch(entry));
        }
    }

    private static String lastBatch(ProducerEntry entry) {
        if (entry.lastOffset() < 0) {
            return "";
        }
        int firstSequence = (entry.lastSequence() - entry.lastOffsetDelta()) & Integer.MAX_VALUE;
        return " firstSequence: " + firstSequence + " lastSequence: " + entry.lastSequence() + " lastOffset: "
                + entry.lastOffset() + " offsetDelta: " + entry.lastOffsetDelta() + " timestamp: "
                + entry.lastTimestamp();
    }

    private void print(String line) {
        if (!options.quiet()) {
            out.println(line);
        }
    }
}
