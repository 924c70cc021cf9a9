package io.millrace.client.samples;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds text files and reads them line by line, as bytes, so that any encoding comes through. Directories are walked;
 * in them hidden ones, build output and files that do not look like text are passed over.
 */
final class LineFiles {
    private static final Set<String> PASSED_OVER = Set.of("target", "node_modules", "data", "logs");
    private static final int LOOKED_AT = 8_192;

    private LineFiles() {}

    /** What to do with one line, without its line end. */
    interface LineHandler {

        void onLine(byte[] line);
    }

    /** The files named, and the text files in the directories named, in order. */
    static List<Path> find(List<Path> roots) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path root : roots) {
            if (!Files.exists(root)) {
                throw new IOException("There is no file or directory " + root);
            }
            Path start = root.toRealPath();
            if (Files.isRegularFile(start)) {
                files.add(start);
                continue;
            }
            Files.walkFileTree(start, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    String name = String.valueOf(directory.getFileName());
                    boolean skip = !directory.equals(start) && (name.startsWith(".") || PASSED_OVER.contains(name));
                    return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile() && looksLikeText(file)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        files.sort(null);
        return files;
    }

    private static boolean looksLikeText(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            for (byte b : in.readNBytes(LOOKED_AT)) {
                if (b == 0) {
                    return false;
                }
            }
            return true;
        }
    }

    static void read(Path file, LineHandler handler) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream(256);
            boolean open = false;
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\n') {
                    handler.onLine(line.toByteArray());
                    line.reset();
                    open = false;
                } else {
                    line.write(b);
                    open = true;
                }
            }
            if (open) {
                handler.onLine(line.toByteArray());
            }
        }
    }
}
