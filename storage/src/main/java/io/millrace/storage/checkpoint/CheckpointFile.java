package io.millrace.storage.checkpoint;

import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small text file of entries, always replaced as a whole.
 *
 * <pre>
 *   0              version
 *   2              number of entries
 *   topic 0 1234   one entry a line
 *   topic 1 5678
 * </pre>
 *
 * A file that is missing, empty, cut short or otherwise not of this form means that nothing is known, never that something
 * is 0: its reader gets no entries at all.
 */
final class CheckpointFile {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);
    private static final String VERSION = "0";

    private CheckpointFile() {}

    /**
     * @param parser makes an entry of the words of a line; may throw {@link IllegalArgumentException}
     * @throws IOException if the disk fails; not for bad content
     */
    static <T> List<T> read(Path path, Function<String[], T> parser) throws IOException {
        List<T> entries = readIfWhole(path, parser);
        return entries == null ? List.of() : entries;
    }

    /** Likewise, but null if nothing is known. */
    static <T> @Nullable List<T> readIfWhole(Path path, Function<String[], T> parser) throws IOException {
        if (Files.notExists(path)) {
            return null;
        }
        String text;
        try {
            text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        }
        if (text.isEmpty()) {
            return null;
        }
        try {
            return parse(text, parser);
        } catch (IllegalArgumentException e) {
            LOG.warn("Ignored checkpoint file={} because={}", path, e.getMessage());
            return null;
        }
    }

    /** What is wrong with a file; null if it is missing, empty or of the form. */
    static @Nullable String fault(Path path, Function<String[], ?> parser) throws IOException {
        if (Files.notExists(path)) {
            return null;
        }
        String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
        try {
            if (!text.isEmpty()) {
                parse(text, parser);
            }
            return null;
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static <T> List<T> parse(String text, Function<String[], T> parser) {
        if (!text.endsWith("\n")) {
            throw new IllegalArgumentException("the last line is cut off");
        }
        String[] lines = text.split("\n");
        if (lines.length < 2 || !lines[0].equals(VERSION)) {
            throw new IllegalArgumentException("the first line is not the version " + VERSION);
        }
        int count = Integer.parseInt(lines[1]);
        if (count != lines.length - 2) {
            throw new IllegalArgumentException(count + " entries are announced, " + (lines.length - 2) + " are there");
        }
        List<T> entries = new ArrayList<>(count);
        for (int i = 2; i < lines.length; i++) {
            entries.add(parser.apply(lines[i].split(" ")));
        }
        return entries;
    }

    static void write(Path path, List<String> lines) throws IOException {
        StringBuilder text = new StringBuilder(64 + 32 * lines.size());
        text.append(VERSION).append('\n').append(lines.size()).append('\n');
        for (String line : lines) {
            text.append(line).append('\n');
        }
        DurableFiles.replace(path, ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
