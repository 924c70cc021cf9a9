package io.millrace.storage.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Arguments as people write them made those that {@link DumpOptions} knows: options may be shortened as long as they stay unique, and a
 * value may come behind a {@code =}.
 */
final class Arguments {
    private enum Value {
        NONE,
        OPTIONAL,
        NEEDED
    }

    private static final Map<String, Value> OPTIONS = options();

    private Arguments() {}

    private static Map<String, Value> options() {
        Map<String, Value> options = new TreeMap<>();
        for (String flag : List.of(
                "--cluster-metadata-decoder",
                "--deep-iteration",
                "--help",
                "--index-sanity-check",
                "--json",
                "--offsets-decoder",
                "--print-data-log",
                "--remote-log-metadata-decoder",
                "--skip-record-metadata",
                "--transaction-log-decoder",
                "--verify-index-only",
                "--version")) {
            options.put(flag, Value.NONE);
        }
        for (String option : List.of("--key-decoder-class", "--value-decoder-class")) {
            options.put(option, Value.OPTIONAL);
        }
        for (String option : List.of("--directory", "--files", "--max-bytes", "--max-message-size")) {
            options.put(option, Value.NEEDED);
        }
        return options;
    }

    /**
     * Every option with its whole name, and its value, if it has one, as the argument behind it.
     *
     * @throws IllegalArgumentException if there is no such option, or more than one that it may be, or it takes no value and has one
     */
    static String[] written(String[] args) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            String option = optionOf(equals < 0 ? args[i] : args[i].substring(0, equals));
            Value value = OPTIONS.get(option);
            all.add(option);
            if (equals >= 0 && value == Value.NONE) {
                throw new IllegalArgumentException(option + " takes no value");
            }
            if (equals >= 0) {
                all.add(args[i].substring(equals + 1));
            } else if (i + 1 < args.length
                    && (value == Value.NEEDED || value == Value.OPTIONAL && !args[i + 1].startsWith("--"))) {
                all.add(args[++i]);
            }
        }
        return all.toArray(String[]::new);
    }

    private static String optionOf(String name) {
        if (OPTIONS.containsKey(name)) {
            return name;
        }
        List<String> meant = OPTIONS.keySet().stream()
                .filter(option -> name.length() > "--".length() && option.startsWith(name))
                .toList();
        if (meant.isEmpty()) {
            throw new IllegalArgumentException("There is no option " + name);
        }
        if (meant.size() > 1) {
            throw new IllegalArgumentException(name + " may be " + String.join(" or ", meant));
        }
        return meant.get(0);
    }
}
