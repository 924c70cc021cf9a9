package io.millrace.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Log directories that Apache Kafka 3.9.2 has written. */
public final class KafkaSegments {
    private KafkaSegments() {}

    /**
     * @param set {@code clean} or {@code unclean}
     * @param root where the directories d1 and d2 will be
     */
    public static void unzip(String set, Path root) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                        KafkaSegments.class.getResourceAsStream("/segments/kafka-3.9.2-" + set + ".zip"));
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path target = root.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(zip, target);
                }
            }
        }
    }
}
