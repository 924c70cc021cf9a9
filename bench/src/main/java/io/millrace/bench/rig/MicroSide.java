package io.millrace.bench.rig;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One micro-benchmark with one set of parameters, and whose it is: some have a method for each contender, whose name begins with
 * {@code millrace}, {@code kafka} or {@code limit}, others say by the parameter {@code target} whose turn it is.
 *
 * @param benchmark as JMH calls it
 */
record MicroSide(String benchmark, SortedMap<String, String> params) {
    private static final String OURS = "millrace";
    private static final String THEIRS = "kafka";
    private static final String LIMIT = "limit";
    private static final String TARGET = "target";
    private static final String BATCH_BYTES = "batchBytes";

    enum Kind {
        OURS,
        THEIRS,
        LIMIT
    }

    static MicroSide of(String benchmark, Collection<String> keys, Map<String, String> values) {
        SortedMap<String, String> params = new TreeMap<>();
        keys.forEach(key -> params.put(key, values.getOrDefault(key, "")));
        return new MicroSide(benchmark, params);
    }

    private String method() {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    /** What it is about, from the name of its class. */
    String subject() {
        String[] path = benchmark.split("\\.");
        return path[path.length - 2].replace("Benchmark", "");
    }

    private boolean hasTarget() {
        return params.containsKey(TARGET);
    }

    private String turn() {
        return params.getOrDefault(TARGET, method());
    }

    Kind kind() {
        if (turn().startsWith(OURS)) {
            return Kind.OURS;
        }
        return turn().startsWith(THEIRS) ? Kind.THEIRS : Kind.LIMIT;
    }

    /** What it does, without whose it is; empty if its class does one thing only. */
    String operation() {
        if (hasTarget()) {
            return method();
        }
        // Ours are called by how they do it, too.
        String rest = method().replaceFirst("^(" + OURS + "|" + THEIRS + "|" + LIMIT + ")", "")
                .replaceFirst("(View|Writer)$", "");
        return rest.isEmpty() ? "" : rest.substring(0, 1).toLowerCase(Locale.ROOT) + rest.substring(1);
    }

    /** Which of several ways of the same contender it is, or which limit; empty for the usual way. */
    String variant() {
        return switch (kind()) {
            case OURS -> hasTarget() ? turn().substring(OURS.length()).replaceFirst("^-", "") : "";
            case THEIRS -> "";
            case LIMIT -> hasTarget() ? turn() : operation();
        };
    }

    /** What it must have in common with what it is compared with. */
    String group() {
        SortedMap<String, String> rest = new TreeMap<>(params);
        rest.remove(TARGET);
        return subject() + rest + (hasTarget() ? method() : "");
    }

    /** Its parameters, as a name ends with them. */
    String suffix() {
        StringBuilder text = new StringBuilder();
        params.forEach((key, value) -> {
            if (!key.equals(TARGET)) {
                text.append(key.equals(BATCH_BYTES) ? ", batches of " + value + " B" : ", " + value + " " + key);
            }
        });
        return text.toString();
    }

    @Override
    public String toString() {
        return benchmark.replaceFirst("^.*\\.(?=[^.]+\\.[^.]+$)", "") + params;
    }
}
