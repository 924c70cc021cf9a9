package io.millrace.bench.rig;

import java.util.List;
import java.util.function.Consumer;

/** Who is compared with whom, and by what. */
interface Comparison {
    /** What it is, for the report. */
    Report.Subject subject();

    /** Names of those that are compared, ours first. */
    List<String> contenders();

    /** Who or what was asked for and cannot be measured here, in a few words each. */
    default List<String> missing() {
        return List.of();
    }

    /** @param progress is told in a few words what goes on */
    Samples measure(Turns turns, Consumer<String> progress) throws Exception;
}
