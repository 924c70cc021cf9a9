package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** The records that one of the child's logs has to have: what was acknowledged, less what was cut off or deleted. */
final class RecordsModel {
    private final TreeMap<Long, byte[]> records = new TreeMap<>();
    private long end;
    private long truncating = Long.MAX_VALUE;
    private long mayStartUpTo;

    boolean isEmpty() {
        return records.isEmpty();
    }

    /** Where the log may start: records below may have been deleted. */
    long mayStartUpTo() {
        return mayStartUpTo;
    }

    void appended(long offset, int count, long seed) {
        assertThat(offset).isEqualTo(end);
        for (int i = 0; i < count; i++) {
            records.put(offset + i, CrashChild.value(seed, i));
        }
        end = offset + count;
    }

    void appendedMarker(long offset) {
        assertThat(offset).isEqualTo(end);
        end = offset + 1;
    }

    void truncating(long offset) {
        truncating = offset;
    }

    void truncated(long newEnd) {
        records.tailMap(newEnd, true).clear();
        end = newEnd;
        truncating = Long.MAX_VALUE;
    }

    void mayStart(long offset) {
        mayStartUpTo = Math.max(mayStartUpTo, offset);
    }

    /** Whatever was done to the files: no record is another one, and only what was hurt may be missing. */
    void compareHurt(LogContent log, boolean hurt, Injury injury, String context) {
        long surelyThere = Math.min(end, Math.max(log.start(), truncating - 5));
        log.values().forEach((offset, value) -> {
            byte[] known = records.get(offset);
            assertThat(known == null || Arrays.equals(known, value))
                    .as(context + ": value of offset " + offset)
                    .isTrue();
        });
        for (long offset : records.tailMap(log.start()).keySet()) {
            if (!log.values().containsKey(offset) && offset < surelyThere) {
                assertThat(hurt && injury.mayTake(offset, log.end()))
                        .as(context + ": offset " + offset + " is missing, the log ends at " + log.end())
                        .isTrue();
            }
        }
    }

    /** Everything is there, and at most one batch more than was reported; from then on that one has to be there, too. */
    void compare(LogContent log, String context) {
        assertThat(log.start()).as(context + ": log start").isLessThanOrEqualTo(mayStartUpTo);
        long surelyThere = Math.min(end, Math.max(log.start(), truncating - 5));
        assertThat(log.end()).as(context + ": log end").isGreaterThanOrEqualTo(surelyThere);
        for (Map.Entry<Long, byte[]> record : records.tailMap(log.start()).entrySet()) {
            byte[] there = log.values().get(record.getKey());
            if (there == null) {
                assertThat(record.getKey()).as(context + ": missing").isGreaterThanOrEqualTo(log.end());
                continue;
            }
            assertThat(Arrays.equals(there, record.getValue()))
                    .as(context + ": value of offset " + record.getKey())
                    .isTrue();
        }
        int unreported = log.values().tailMap(end, true).size();
        assertThat(unreported).as(context + ": unreported records").isLessThanOrEqualTo(5);
        records.clear();
        records.putAll(log.values());
        end = log.end();
        truncating = Long.MAX_VALUE;
    }
}
