package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
    /** In a process of its own, whose limit is low. */
    @Test
    void areUsedUpWhenNoFileCanBeOpenedAndNotOnceOneIsClosed() throws Exception {
        Path output = Files.createTempFile("millrace-descriptors-", ".txt");
        try {
            Process child = new ProcessBuilder(
                            "sh",
                            "-c",
                            "ulimit -n 400 && exec \"$0\" \"$@\"",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Child.class.getName())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectOutput(output.toFile())
                    .start();
            int status = child.waitFor();
            assertThat(output).content().isEqualTo("before: false\nat the limit: true\nafter: false\n");
            assertThat(status).isZero();
        } finally {
            Files.delete(output);
        }
    }

    /** Opens files until it cannot, and closes them. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws IOException {
            Path file = Files.createTempFile("millrace-descriptors-", ".open");
            List<FileChannel> open = new ArrayList<>();
            boolean before = Descriptors.areUsedUp();
            boolean full = false;
            try {
                while (open.size() < 1_000) {
                    open.add(FileChannel.open(file, StandardOpenOption.READ));
                }
            } catch (IOException e) {
                full = Descriptors.areUsedUp();
            }
            for (FileChannel channel : open) {
                channel.close();
            }
            Files.delete(file);
            System.out.println("before: " + before);
            System.out.println("at the limit: " + full);
            System.out.println("after: " + Descriptors.areUsedUp());
        }
    }
}
