package io.millrace.client.samples;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts lines, and keeps for each key a running hash of its lines in order: two tallies are equal only if both saw the
 * same lines of each key in the same order, each once.
 */
final class LineTally {
    private static final long PRIME = 0x100000001b3L;

    private final Map<String, Entry> byKey = new TreeMap<>();
    private final Map<Integer, Long> linesByPartition = new TreeMap<>();
    private long lines;
    private long bytes;

    /** What was seen of one key. */
    record Entry(long lines, long hash) {}

    void add(String key, byte[] line) {
        Entry seen = byKey.getOrDefault(key, new Entry(0, 0));
        byKey.put(key, new Entry(seen.lines + 1, (seen.hash ^ Arrays.hashCode(line)) * PRIME + line.length));
        lines++;
        bytes += line.length;
    }

    /** From any thread, unlike the rest. */
    void countIn(int partition) {
        synchronized (linesByPartition) {
            linesByPartition.merge(partition, 1L, Long::sum);
        }
    }

    long lines() {
        return lines;
    }

    /** Of the lines, without line ends and keys. */
    long bytes() {
        return bytes;
    }

    int keys() {
        return byKey.size();
    }

    Map<Integer, Long> linesByPartition() {
        synchronized (linesByPartition) {
            return new TreeMap<>(linesByPartition);
        }
    }

    /** What is different in {@code other}, by key, in words; empty if nothing is. */
    Map<String, String> differences(LineTally other) {
        Map<String, String> differences = new TreeMap<>();
        byKey.forEach((key, expected) -> {
            Entry actual = other.byKey.getOrDefault(key, new Entry(0, 0));
            if (actual.lines != expected.lines) {
                differences.put(key, "sent " + expected.lines + " lines, read " + actual.lines);
            } else if (actual.hash != expected.hash) {
                differences.put(key, "the " + expected.lines + " lines came in another order or changed");
            }
        });
        other.byKey.forEach((key, actual) -> {
            if (!byKey.containsKey(key)) {
                differences.put(key, "sent nothing, read " + actual.lines + " lines");
            }
        });
        return differences;
    }
}
