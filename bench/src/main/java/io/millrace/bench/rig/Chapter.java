package io.millrace.bench.rig;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is measured in one go and shown as one table: a short run, or a chapter of the full one. The full run has chapters since no
 * machine stays the same for as long as all of it takes; within one of them figures were taken under like circumstances.
 */
enum Chapter {
    SHORT("short", "short run", 1, Operations.GOALS_BRIEFLY),
    GOALS("goals", "run of the goals", Table.PAIRS_FOR_A_VERDICT, Operations.GOALS),
    GROWTH("growth", "run of growth and what else is around the goals", 1, null),
    OPERATIONS("operations", "run of all single operations", Rows.MOST_RUNS_AROUND_THE_GOALS, Operations.ALL);

    /** Which single operations are measured. */
    enum Operations {
        /** Those that have a goal, in the usual way of each, in little time. */
        GOALS_BRIEFLY,
        /** Likewise, but in the time that they ask for. */
        GOALS,
        /** Those too that have none, and all ways of doing them. */
        ALL
    }

    /** Of the full run, in the order in which they are measured. */
    static final List<Chapter> FULL = List.of(GOALS, GROWTH, OPERATIONS);

    private final String id;
    private final String kind;
    private final int pairs;
    private final @Nullable Operations operations;

    Chapter(String id, String kind, int pairs, @Nullable Operations operations) {
        this.id = id;
        this.kind = kind;
        this.pairs = pairs;
        this.operations = operations;
    }

    /** By which it is chosen on the command line, and which the names of its files end in. */
    String id() {
        return id;
    }

    /** What it is, as the report calls it behind an article. */
    String kind() {
        return kind;
    }

    /** How often each contender runs unless something else is asked for. */
    int pairs() {
        return pairs;
    }

    /** Which single operations belong to it; null if none. */
    @Nullable
    Operations operations() {
        return operations;
    }

    /** The comment behind which the page shows it. */
    String comment() {
        return this == SHORT
                ? "<!-- The table of the short run is written by bench.sh rig. -->"
                : "<!-- The table of the full run, chapter " + id + ", is written by bench.sh rig. -->";
    }
}
