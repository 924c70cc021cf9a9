package io.millrace.broker.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds the keys that were written down and that no setting has, and says of each what may have been meant. */
final class UnknownKeys {
    private UnknownKeys() {}

    /** A sentence for each such key, in the order of the keys; most often none. */
    static List<String> warnings(Map<String, String> written) {
        Set<String> unknown = new TreeSet<>(written.keySet());
        unknown.removeIf(key -> Settings.named(key) != null);
        if (unknown.isEmpty()) {
            return List.of();
        }
        Set<String> kafkaKeys = kafkaKeys();
        List<String> warnings = new ArrayList<>();
        for (String key : unknown) {
            warnings.add(
                    kafkaKeys.contains(key)
                            ? "The setting " + key + " is known to Kafka but has no effect here"
                            : "The setting " + key + " is not known and has no effect; did you mean " + nearest(key)
                                    + "?");
        }
        return warnings;
    }

    /** The defined key with the fewest edits from {@code key}; of several the first in the reference page. */
    static String nearest(String key) {
        String nearest = "";
        int fewest = Integer.MAX_VALUE;
        for (String name : Settings.names()) {
            int edits = edits(key, name);
            if (edits < fewest) {
                fewest = edits;
                nearest = name;
            }
        }
        return nearest;
    }

    /**
     * How many characters must be inserted or deleted to turn {@code a} into {@code b} (by Wagner and Fischer's table, of which one row is
     * kept). Another character is one of each: who shortens a word leaves some out rather than changing them.
     */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 2);
                row[j] = Math.min(replaced, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private static Set<String> kafkaKeys() {
        var resource = Objects.requireNonNull(UnknownKeys.class.getResourceAsStream("kafka-keys.txt"));
        try (var lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return lines.lines().filter(line -> !line.startsWith("#")).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
