package io.millrace.bench.rig;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which part of which chapters is measured when only some rows were asked for. */
final class Plan {
    /** What all single operations of a chapter are called together. */
    static final String OPERATIONS = "micro";

    private Plan() {}

    /**
     * What is measured of a chapter.
     *
     * @param operations whether its single operations are
     */
    record Part(Chapter chapter, List<Row> rows, boolean operations) {}

    /**
     * What is to be measured, in order. A row that was asked for by its name and that several chapters have is measured in the first
     * of them.
     *
     * @param only names of rows; all if empty
     */
    static List<Part> of(List<Chapter> chapters, List<String> only) {
        List<Part> parts = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Chapter chapter : chapters) {
            List<Row> rows = Rows.chosen(chapter, only).stream()
                    .filter(row -> only.isEmpty() || taken.add(row.id()))
                    .toList();
            boolean operations = chapter.operations() != null
                    && (only.isEmpty() || only.contains(OPERATIONS) && taken.add(OPERATIONS));
            if (!rows.isEmpty() || operations) {
                parts.add(new Part(chapter, rows, operations));
            }
        }
        return parts;
    }

    /** Whether any of the chapters has what is called so. */
    static boolean has(List<Chapter> chapters, String name) {
        return !of(chapters, List.of(name)).isEmpty();
    }
}
