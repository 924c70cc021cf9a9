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
 * @param isShort whether it was measured briefly
 * @param runs of each contender
 * @param part what was asked for if that was less than everything, else empty
 * @param details what else is to be known, by name: file system, versions, how each contender is started and set
 */
record Circumstances(
        LocalDateTime started,
        String machine,
        String load,
        String code,
        boolean isShort,
        int runs,
        String part,
        Map<String, List<String>> details) {
    String kind() {
        String whole = isShort ? "short run" : "full run";
        if (!part.isEmpty()) {
            return "A part (" + part + ") of a " + whole;
        }
        return (isShort ? "A " : "The ") + whole;
    }
}
