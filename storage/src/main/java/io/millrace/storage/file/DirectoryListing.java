package io.millrace.storage.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is in a directory. A disk that fails in the midst of the listing is an {@link IOException} like any other, unlike in the JDK. */
public final class DirectoryListing {
    private DirectoryListing() {}

    /** Everything in it, in no order. */
    public static List<Path> of(Path dir) throws IOException {
        return endingIn(dir, "");
    }

    /** What has a name that ends so, in no order. */
    public static List<Path> endingIn(Path dir, String suffix) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(dir, "*" + suffix)) {
            paths.forEach(found::add);
        } catch (DirectoryIteratorException e) {
            throw new IOException("Cannot list " + dir + ": " + e.getCause().getMessage(), e.getCause());
        }
        return found;
    }
}
