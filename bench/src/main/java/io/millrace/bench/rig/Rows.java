package io.millrace.bench.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Which rows there are, and how large they are in a short run and in the chapters of the full one. */
final class Rows {
    /** How often at most what is around the goals is measured: often enough to see whether two runs agree. */
    static final int MOST_RUNS_AROUND_THE_GOALS = 2;

    /** How long what has a goal is driven at a fixed rate in the full run. */
    private static final Duration OF_GOALS = Duration.ofSeconds(20);

    /** Likewise what has none. */
    private static final Duration AROUND = Duration.ofSeconds(12);

    private static final int SMALL_RECORD = 100;
    private static final int RECORD = 1_024;
    private static final int LARGE_RECORD = 10_240;

    private Rows() {}

    /** @param asked how often what has goals is measured */
    static int runsAroundTheGoals(int asked) {
        return Math.min(asked, MOST_RUNS_AROUND_THE_GOALS);
    }

    /**
     * The rows of a chapter.
     *
     * @param only names of those that are wanted, where * at the end stands for anything; all if empty. Of bulk any setting can be
     *     named in a short run and among what is around the goals, whether it belongs there or not.
     */
    static List<Row> chosen(Chapter chapter, List<String> only) {
        List<Row> rows = switch (chapter) {
            case SHORT -> shortRows();
            case GOALS -> rowsOfTheGoals();
            case GROWTH -> rowsAroundTheGoals();
            case OPERATIONS -> List.of();
        };
        if (only.isEmpty()) {
            return rows;
        }
        List<Row> chosen = new ArrayList<>(rows);
        if (chapter == Chapter.SHORT || chapter == Chapter.GROWTH) {
            matrix(row -> only.contains(row.id())).stream()
                    .filter(named -> rows.stream().noneMatch(row -> row.id().equals(named.id())))
                    .forEach(chosen::add);
        }
        return chosen.stream()
                .filter(row -> only.stream().anyMatch(name -> matches(name, row)))
                .toList();
    }

    private static boolean matches(String name, Row row) {
        return name.endsWith("*")
                ? row.id().startsWith(name.substring(0, name.length() - 1))
                : row.id().equals(name);
    }

    /**
     * Bulk, in all its settings: one broker or three, which acknowledgement, which size of record, how many partitions, which
     * compression. Any of them can be chosen; all of them would take the better part of a day.
     */
    static List<BulkRow> matrix(Predicate<BulkRow> wanted) {
        List<BulkRow> rows = new ArrayList<>();
        for (int brokers : new int[] {1, 3}) {
            for (String acks : List.of("0", "1", "all")) {
                for (int bytes : new int[] {SMALL_RECORD, RECORD, LARGE_RECORD}) {
                    for (int partitions : new int[] {1, 16, 1_000}) {
                        for (String compression : List.of("none", "lz4", "zstd")) {
                            rows.add(BulkRow.around(
                                    brokers, acks, bytes, partitions, compression, bytes == SMALL_RECORD ? 100 : 400));
                        }
                    }
                }
            }
        }
        return rows.stream().filter(row -> !row.isStandard()).filter(wanted).toList();
    }

    /**
     * What is measured of them around the goals: of one broker every acknowledgement with every size, and of one and of three whatever
     * differs in one thing from a record of 1 KiB to one partition, with acks=1 of one broker and acks=all of three.
     */
    private static boolean isOneStepFromTheMiddle(BulkRow row) {
        int steps = (row.acks().equals(row.brokers() == 1 ? "1" : "all") ? 0 : 1)
                + (row.recordBytes() == RECORD ? 0 : 1)
                + (row.partitions() == 1 ? 0 : 1)
                + (row.compression().equals("none") ? 0 : 1);
        boolean isPlain = row.partitions() == 1 && row.compression().equals("none");
        return steps <= 1 || row.brokers() == 1 && isPlain;
    }

    private static List<Row> shortRows() {
        return List.of(
                new StartRow(Duration.ofSeconds(10)),
                new SmallRequestsRow(1, 1_000, Duration.ofSeconds(8)),
                BulkRow.standard(500),
                new PartitionsRow(500),
                new RecoveryRow(300, false),
                new ReplicatedRow(1_000, Duration.ofSeconds(8)),
                new FailoverRow(false));
    }

    private static List<Row> rowsOfTheGoals() {
        return List.of(
                new StartRow(Duration.ofSeconds(30)),
                new SmallRequestsRow(1, 2_000, OF_GOALS),
                BulkRow.standard(1_000),
                new PartitionsRow(500),
                new RecoveryRow(10_000, false),
                new ReplicatedRow(1_000, OF_GOALS),
                new FailoverRow(false));
    }

    private static List<Row> rowsAroundTheGoals() {
        List<Row> rows = new ArrayList<>();
        for (int partitions : new int[] {16, 1_000}) {
            rows.add(new SmallRequestsRow(partitions, 2_000, AROUND));
        }
        rows.addAll(matrix(Rows::isOneStepFromTheMiddle));
        for (int bytes : new int[] {SMALL_RECORD, RECORD, LARGE_RECORD}) {
            rows.add(new LatencyRow(1, "1", bytes, 1_000, AROUND));
            rows.add(new LatencyRow(3, "all", bytes, 1_000, AROUND));
        }
        rows.add(new LatencyRow(3, "1", RECORD, 1_000, AROUND));
        for (int partitions : new int[] {1, 10, 100, 1_000, 5_000, 10_000}) {
            rows.add(new PartitionsRow(partitions));
        }
        for (int partitions : new int[] {1, 10, 100, 1_000, 5_000}) {
            rows.add(new SessionRow(partitions, 500, AROUND));
        }
        for (int connections : new int[] {1, 10, 100, 1_000}) {
            rows.add(new ConnectionsRow(connections));
        }
        rows.add(new GroupsRow(List.of(20, 200, 800), 2_000, AROUND));
        for (int megabytes : new int[] {100, 1_000, 10_000}) {
            rows.add(new RecoveryRow(megabytes, false));
        }
        rows.add(new RecoveryRow(10_000, true));
        rows.add(new FailoverRow(true));
        return rows;
    }
}
