package io.millrace.bench.rig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Which rows there are, and how large they are in a short and in the full run. */
final class Rows {
    /** How often at most what is around the goals is measured: often enough to see whether two runs agree. */
    private static final int RUNS_AROUND_THE_GOALS = 2;

    private Rows() {}

    /** @param asked how often what has goals is measured */
    static int runsAroundTheGoals(int asked) {
        return Math.min(asked, RUNS_AROUND_THE_GOALS);
    }

    /**
     * The rows of a run.
     *
     * @param only names of those that are wanted, where * at the end stands for anything; all if empty
     */
    static List<Row> chosen(boolean isShort, List<String> only) {
        return (isShort ? shortRows() : fullRows())
                .stream()
                        .filter(row -> only.isEmpty() || only.stream().anyMatch(name -> matches(name, row)))
                        .toList();
    }

    private static boolean matches(String name, Row row) {
        return name.endsWith("*")
                ? row.id().startsWith(name.substring(0, name.length() - 1))
                : row.id().equals(name);
    }

    private static List<Row> shortRows() {
        return List.of(
                new StartRow(Duration.ofSeconds(10)),
                new SmallRequestsRow(1, 1_000, Duration.ofSeconds(8)),
                BulkRow.standard(500),
                new PartitionsRow(500),
                new RecoveryRow(300),
                new ReplicatedRow(1_000, Duration.ofSeconds(8)),
                new FailoverRow(false));
    }

    private static List<Row> fullRows() {
        List<Row> rows = new ArrayList<>();
        Duration duration = Duration.ofSeconds(30);
        rows.add(new StartRow(Duration.ofSeconds(60)));
        for (int partitions : new int[] {1, 16, 1_000}) {
            rows.add(new SmallRequestsRow(partitions, 2_000, duration));
        }
        rows.add(BulkRow.standard(1_000));
        for (String acks : List.of("0", "1", "all")) {
            for (int bytes : new int[] {100, 1_024, 10_240}) {
                BulkRow row = BulkRow.around(1, acks, bytes, 1, "none", bytes == 100 ? 400 : 1_000);
                if (!row.isStandard()) {
                    rows.add(row);
                }
            }
        }
        rows.add(BulkRow.around(1, "1", 1_024, 1, "lz4", 1_000));
        rows.add(BulkRow.around(1, "1", 1_024, 1, "zstd", 1_000));
        rows.add(BulkRow.around(1, "1", 1_024, 16, "none", 1_000));
        rows.add(BulkRow.around(1, "1", 1_024, 1_000, "none", 1_000));
        for (int bytes : new int[] {100, 1_024, 10_240}) {
            rows.add(BulkRow.around(3, "all", bytes, 1, "none", bytes == 100 ? 400 : 1_000));
        }
        rows.add(BulkRow.around(3, "1", 1_024, 1, "none", 1_000));
        rows.add(BulkRow.around(3, "all", 1_024, 16, "none", 1_000));
        rows.add(BulkRow.around(3, "all", 1_024, 1, "lz4", 1_000));
        for (int brokers : new int[] {1, 3}) {
            for (String acks : List.of("1", "all")) {
                for (int bytes : new int[] {100, 1_024, 10_240}) {
                    rows.add(new LatencyRow(brokers, acks, bytes, 1_000, duration));
                }
            }
        }
        for (int partitions : new int[] {1, 10, 100, 1_000, 5_000, 10_000}) {
            rows.add(new PartitionsRow(partitions));
        }
        for (int partitions : new int[] {1, 10, 100, 1_000, 5_000}) {
            rows.add(new SessionRow(partitions, 500, duration));
        }
        for (int connections : new int[] {1, 10, 100, 1_000}) {
            rows.add(new ConnectionsRow(connections));
        }
        rows.add(new GroupsRow(List.of(20, 200, 800), 2_000, duration));
        for (int megabytes : new int[] {100, 1_000, 10_000}) {
            rows.add(new RecoveryRow(megabytes));
        }
        rows.add(new ReplicatedRow(1_000, duration));
        rows.add(new FailoverRow(false));
        rows.add(new FailoverRow(true));
        return rows;
    }
}
