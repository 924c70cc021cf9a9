package io.millrace.bench.rig;

import java.io.IOException;
import java.util.List;

/** Who is compared with whom, and by what. */
interface Comparison {
    /** Is told how far it has come. */
    interface Progress {
        /** In a few words, what goes on. */
        void say(String text);

        /** Something is measured; what there is should be kept now, as what follows may fail. */
        void measured() throws IOException;
    }

    /** What it is, for the report. */
    Report.Subject subject();

    /** Names of those that are compared, ours first. */
    List<String> contenders();

    /** How often each of them runs unless something else is asked for. */
    int usualPairs();

    /** Who or what was asked for and cannot be measured here, in a few words each. */
    default List<String> missing() {
        return List.of();
    }

    /** Removes the files that measuring has left, once nothing is to be measured any more. */
    default void removeFiles() throws IOException {}

    /** @param samples to which is added what was measured, bit by bit */
    void measure(Turns turns, Samples samples, Progress progress) throws Exception;
}
