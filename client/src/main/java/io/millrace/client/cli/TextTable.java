package io.millrace.client.cli;

import io.millrace.client.cli.Screen.Style;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest cell: for a person at a terminal. */
final class TextTable {
    private static final String GAP = "  ";

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<Boolean> alarming = new ArrayList<>();

    TextTable(String... header) {
        this.header = List.of(header);
    }

    void row(Object... cells) {
        markedRow(false, cells);
    }

    /** @param alarm whether the row tells of something that is not as it should be */
    void markedRow(boolean alarm, Object... cells) {
        List<String> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        alarming.add(alarm);
    }

    void print(Screen screen) {
        int[] widths = header.stream().mapToInt(String::length).toArray();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        screen.line(screen.styled(Style.BOLD, padded(header, widths)));
        for (int i = 0; i < rows.size(); i++) {
            String line = padded(rows.get(i), widths);
            screen.line(alarming.get(i) ? screen.styled(Style.RED, line) : line);
        }
    }

    private static String padded(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(cells.get(i));
            if (i < widths.length - 1) {
                line.append(" ".repeat(widths[i] - cells.get(i).length())).append(GAP);
            }
        }
        return line.toString();
    }
}
