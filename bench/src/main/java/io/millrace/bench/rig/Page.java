package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page written by hand that shows the newest results of something between two comments. */
final class Page {
    private static final String END = "<!-- Here ends what bench.sh rig writes. -->";

    private final Path file;

    Page(Path file) {
        this.file = file;
    }

    /**
     * Replaces what the page shows between a comment and the next one that ends such a place; a page without that comment gets
     * both at its end. Does nothing if there is no page.
     */
    void show(String beginComment, String results) throws IOException {
        if (Files.exists(file)) {
            Files.writeString(file, with(Files.readString(file), beginComment, results));
        }
    }

    static String with(String text, String beginComment, String results) {
        int begin = text.indexOf(beginComment);
        String place = beginComment + "\n\n" + results + "\n" + END;
        if (begin < 0) {
            return text + "\n" + place + "\n";
        }
        int end = text.indexOf(END, begin);
        if (end < 0) {
            throw new IllegalStateException("The page has \"" + beginComment + "\", but behind it no \"" + END
                    + "\"; put it where results end");
        }
        return text.substring(0, begin) + place + text.substring(end + END.length());
    }
}
