package io.millrace.bench.rig;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * Under which figures were taken; without these they mean nothing.
 *
 * @param started when the run began
 * @param machine processors, memory, kernel, Java
 * @param load of the machine before the first run
 * @param code which commit was measured, and whether anything was changed since
 * @param kind of run, in a few words
 * @param runs of each contender
 * @param part what was asked for if that was less than everything, else empty
 * @param details what else is to be known, by name: file system, versions, how each contender is started and set
 */
record Circumstances(
        LocalDateTime started,
        String machine,
        String load,
        String code,
        String kind,
        int runs,
        String part,
        Map<String, List<String>> details) {
    /** What this is, for a sentence. */
    String title() {
        return part.isEmpty() ? "A " + kind : "A part (" + part + ") of a " + kind;
    }
}
