package io.millrace.storage.checkpoint;

import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Whose a log directory is: {@code meta.properties}.
 *
 * @param brokerId -1 if the file does not say
 * @param clusterId null if the file does not say
 */
public record MetaProperties(int brokerId, @Nullable String clusterId) {
    public static final String NAME = "meta.properties";

    /**
     * What the file of a directory says; null if there is none.
     *
     * @throws IOException if it cannot be read, or is not such a file: guessing whose the data is would be worse than stopping
     */
    public static @Nullable MetaProperties read(Path logDir) throws IOException {
        Path path = logDir.resolve(NAME);
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(path, StandardCharsets.UTF_8)));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is not a properties file: " + e.getMessage(), e);
        }
        String version = properties.getProperty("version");
        if (version == null) {
            throw new IOException(path + " has no version: restore it, or remove the directory to start anew");
        }
        String id = properties.getProperty(version.equals("0") ? "broker.id" : "node.id");
        try {
            return new MetaProperties(id == null ? -1 : Integer.parseInt(id), properties.getProperty("cluster.id"));
        } catch (NumberFormatException e) {
            throw new IOException(path + " has the broker id '" + id + "', which is not a number", e);
        }
    }

    /** Writes the file into a directory. */
    public void write(Path logDir) throws IOException {
        String text = "#\n#\nversion=0\nbroker.id=" + brokerId + "\ncluster.id=" + clusterId + "\n";
        DurableFiles.replace(logDir.resolve(NAME), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}
