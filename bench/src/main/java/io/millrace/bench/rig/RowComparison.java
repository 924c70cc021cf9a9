package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Millrace and Apache Kafka by rows, each with clusters of its own and the same client.
 *
 * @param chapter which they belong to
 * @param operations whether its single operations are wanted
 * @param missing what of it is not wanted, in a few words each
 * @param kafka where a ZooKeeper can be had
 * @param work where files are while they are needed
 * @param details to which is added how each contender was started and set
 * @param kept to which directories are added whose files stay until all rows are done
 * @param flames draws where the time of brokers goes while they are measured; null if nobody wants to see that
 */
record RowComparison(
        Chapter chapter,
        List<Row> rows,
        boolean operations,
        List<String> missing,
        List<Contender> all,
        Contender.Kafka kafka,
        Path work,
        Map<String, List<String>> details,
        List<Path> kept,
        @Nullable Flames flames)
        implements Comparison {
    private static final String HOW =
            "Millrace and Kafka with the settings they are shipped with, on the same machine, with the same client "
                    + "(kafka-clients 3.9.2; groups and idle connections by the bare protocol) in one process beside them. CPU time and "
                    + "memory are those of the broker; Kafka's ZooKeeper is not counted, and Millrace's inside a single broker is. "
                    + "Kafka runs with ZooKeeper, as Millrace does; with KRaft it is not measured. Of "
                    + "garbage less than a byte in twenty operations is taken for none.";
    private static final String TWICE = "What has no goal is measured twice at most.";
    private static final String ONLY_SHIPPED =
            "Goals are held against Kafka as it is shipped, and not against one that is tuned.";
    private static final String TUNED =
            "Kafka tuned: two threads for the network and two for requests, heap, pages and collector of Millrace, socket buffers "
                    + "that are left to the kernel as Millrace's are, and a buffer of 4 MiB for its cleaner, as the usual one would "
                    + "take half of that heap; neither the compiler thresholds nor a class archive of Millrace. A goal holds against "
                    + "both.";

    @Override
    public Report.Subject subject() {
        boolean hasTuned =
                all.stream().anyMatch(contender -> contender instanceof Contender.Kafka other && other.tuned());
        return new Report.Subject(
                "Millrace beside Apache Kafka 3.9.2",
                chapter.kind(),
                "-" + chapter.id(),
                chapter.comment(),
                hasTuned ? List.of(HOW, TWICE, TUNED) : List.of(HOW, TWICE, ONLY_SHIPPED));
    }

    @Override
    public List<String> contenders() {
        return all.stream().map(Contender::name).toList();
    }

    @Override
    public int usualPairs() {
        return chapter.pairs();
    }

    @Override
    public void measure(Turns turns, Samples samples, Progress progress) throws InterruptedException, IOException {
        if (operations && chapter.operations() != null) {
            new MicroRows(chapter.operations(), work).measure(turns, samples, progress);
        }
        if (!rows.isEmpty()) {
            turns.unmeasured("first use", all, Contender::name, run(new FirstUse(details)));
        }
        int done = 0;
        for (Row row : rows) {
            done++;
            progress.say("row " + done + "/" + rows.size() + ": " + row.title());
            Samples ofRow = turns.take(
                    row.runs(turns.runs()),
                    row.id(),
                    all.stream().filter(row::suits).toList(),
                    Contender::name,
                    run(row));
            Table.print(row.title(), ofRow, contenders());
            samples.addAll(ofRow);
            progress.measured();
        }
    }

    @Override
    public void removeFiles() throws IOException {
        for (Path dir : kept) {
            Processes.delete(dir);
        }
    }

    private Turns.Run<Contender> run(Row row) {
        return (contender, dir, into) -> {
            try (Cluster cluster = Cluster.start(contender, kafka, dir, row.brokers())) {
                if (flames != null) {
                    cluster.profile(flames, row.id() + " " + contender.name());
                }
                row.measure(cluster, contender, into);
                if (row.leavesManyFiles()) {
                    cluster.keepFiles();
                    kept.add(dir);
                }
            }
        };
    }
}
