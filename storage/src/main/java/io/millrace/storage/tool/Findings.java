package io.millrace.storage.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was found wrong. */
final class Findings {
    private final List<String> all = new ArrayList<>();

    void add(Path path, String what) {
        all.add(path + ": " + what);
    }

    List<String> all() {
        return all;
    }
}
