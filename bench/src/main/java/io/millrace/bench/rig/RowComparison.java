package io.millrace.bench.rig;

import java.io.IOException;
import java.util.List;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Millrace and Apache Kafka by rows, each with clusters of its own and the same client.
 *
 * @param isShort whether single operations, if they are wanted, are measured in less time
 * @param micro whether they are wanted
 * @param kafka where a ZooKeeper can be had
 */
record RowComparison(List<Row> rows, boolean isShort, boolean micro, List<Contender> all, Contender.Kafka kafka)
        implements Comparison {
    private static final Report.Subject SUBJECT = new Report.Subject(
            "Millrace beside Apache Kafka 3.9.2",
            "",
            "<!-- The table of the short run is written by bench.sh rig. -->",
            "<!-- The table of the full run is written by bench.sh rig. -->",
            List.of(
                    "Both as they are shipped, on the same machine, with the same client (kafka-clients 3.9.2) in one process "
                            + "beside them. CPU time and memory are those of the broker; Kafka's ZooKeeper is not counted."));

    @Override
    public Report.Subject subject() {
        return SUBJECT;
    }

    @Override
    public List<String> contenders() {
        return all.stream().map(Contender::name).toList();
    }

    @Override
    public void measure(Turns turns, Samples samples, Progress progress) throws InterruptedException, IOException {
        if (micro) {
            progress.say("single operations");
            Samples ofMicro = new Samples();
            try {
                MicroRows.measure(!isShort, ofMicro);
            } catch (RunnerException e) {
                turns.failures().add("single operations: " + e);
            }
            Table.print("single operations", ofMicro, contenders());
            samples.addAll(ofMicro);
            progress.measured();
        }
        turns.unmeasured("first use", all, Contender::name, run(new FirstUse()));
        int done = 0;
        for (Row row : rows) {
            done++;
            progress.say("row " + done + "/" + rows.size() + ": " + row.title());
            Samples ofRow = turns.take(row.id(), all, Contender::name, run(row));
            Table.print(row.title(), ofRow, contenders());
            samples.addAll(ofRow);
            progress.measured();
        }
    }

    private Turns.Run<Contender> run(Row row) {
        return (contender, dir, into) -> {
            try (Cluster cluster = Cluster.start(contender, kafka, dir, row.brokers())) {
                row.measure(cluster, contender, into);
            }
        };
    }
}
