package io.millrace.storage.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was found wrong. */
final class Findings {
    /** Something wrong in a file. */
    record Finding(Path file, String what) {}

    private final List<Finding> all = new ArrayList<>();

    void add(Path path, String what) {
        all.add(new Finding(path, what));
    }

    List<Finding> all() {
        return all;
    }
}
