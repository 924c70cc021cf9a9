package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The newest offset of each key of the compacted log. */
final class CompactedModel {
    private final Map<Integer, Long> newest = new TreeMap<>();

    boolean isEmpty() {
        return newest.isEmpty();
    }

    void appended(long offset, int key) {
        newest.merge(key, offset, Math::max);
    }

    void compare(LogContent log, String context) {
        newest.forEach((key, offset) -> requireThere(log, key, offset, context));
        log.values().forEach((offset, value) -> {
            int key = requireWhole(offset, value, context);
            // One may have been appended without being reported.
            appended(offset, key);
        });
    }

    /** Whatever was done to the files: the newest record of a key is missing only where it was hurt. */
    void compareHurt(LogContent log, boolean hurt, Injury injury, String context) {
        newest.forEach((key, offset) -> {
            boolean mayBeMissing = hurt && injury.mayTake(offset, log.end());
            if (!mayBeMissing || log.values().containsKey(offset)) {
                requireThere(log, key, offset, context);
            }
        });
        log.values().forEach((offset, value) -> requireWhole(offset, value, context));
    }

    private static void requireThere(LogContent log, int key, long offset, String context) {
        assertThat(log.values().get(offset))
                .as(context + ": newest record of key " + key + " at offset " + offset + " of a log that ends at "
                        + log.end())
                .isEqualTo(CrashChild.keyedValue(key, offset));
    }

    private static int requireWhole(long offset, byte[] value, String context) {
        int key = Integer.parseInt(new String(value, StandardCharsets.UTF_8).split(" ")[0]);
        assertThat(value).as(context + ": value of offset " + offset).isEqualTo(CrashChild.keyedValue(key, offset));
        return key;
    }
}
