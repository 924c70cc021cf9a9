package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.ChildJvm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
    private static final String RESULT = "Result: ";

    /** In a process of its own, whose limit is low. */
    @Test
    void aLackOfThemIsToldFromOtherErrorsInEveryLanguage() throws Exception {
        String printed = ChildJvm.run(ChildJvm.withOpenFiles(400, Child.class));
        assertThat(printed.substring(printed.indexOf(' ') + 1).lines().filter(line -> line.startsWith(RESULT)))
                .as(printed)
                .containsExactly(
                        RESULT + "in French, while there are some: false",
                        RESULT + "of the disk, when there are none: false",
                        RESULT + "in French, when there are none: true",
                        RESULT + "in English, when there are some again: true",
                        RESULT + "in French, when there are some again: false");
    }

    /** Opens files until it cannot, and closes them. */
    static final class Child {
        private static final int ATTEMPTS = 1_000;
        private static final IOException FRENCH = new FileSystemException("any", null, "Trop de fichiers ouverts");

        private Child() {}

        public static void main(String[] args) throws IOException {
            Path file = Files.createTempFile("millrace-descriptors-", ".open");
            List<FileChannel> open = new ArrayList<>();
            List<String> lines = new ArrayList<>();
            lines.add("in French, while there are some: " + Descriptors.lackIsSaidBy(FRENCH));
            IOException english = useUp(file, open);
            lines.add("of the disk, when there are none: "
                    + Descriptors.lackIsSaidBy(new IOException("Input/output error")));
            lines.add("in French, when there are none: " + isSaidInFrench(file, open));
            for (FileChannel channel : open) {
                channel.close();
            }
            Files.delete(file);
            lines.add("in English, when there are some again: " + Descriptors.lackIsSaidBy(english));
            lines.add("in French, when there are some again: " + Descriptors.lackIsSaidBy(FRENCH));
            lines.forEach(line -> System.out.println(RESULT + line));
        }

        // The JVM itself opens a file now and then, and closes it, so that there may be one left right after there was
        // none.
        private static boolean isSaidInFrench(Path file, List<FileChannel> open) {
            for (int i = 0; i < ATTEMPTS; i++) {
                useUp(file, open);
                if (Descriptors.lackIsSaidBy(FRENCH)) {
                    return true;
                }
            }
            return false;
        }

        private static IOException useUp(Path file, List<FileChannel> open) {
            while (true) {
                try {
                    open.add(FileChannel.open(file, StandardOpenOption.READ));
                } catch (IOException e) {
                    return e;
                }
            }
        }
    }
}
