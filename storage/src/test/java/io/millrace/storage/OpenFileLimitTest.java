package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that can open no more files has sound disks. */
class OpenFileLimitTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final String RESULT = "Result: ";

    @TempDir
    Path root;

    /** In a process of its own, whose limit is low. */
    @Test
    void whatNeedsAFileIsRefusedUntilOneIsClosedAndTheDirectoryStaysInService() throws Exception {
        String printed = ChildJvm.run(
                ChildJvm.withOpenFiles(400, Child.class, root.resolve("logs").toString()));
        assertThat(printed.substring(printed.indexOf(' ') + 1).lines().filter(line -> line.startsWith(RESULT)))
                .as(printed)
                .containsExactly(RESULT + "append refused", RESULT + "in service: true", RESULT + "append 0");
        assertThat(printed).startsWith("0 ");
    }

    /** Opens files until it cannot, and closes them. */
    static final class Child {
        private static final LogConfig CONFIG = LogConfig.DEFAULT;

        private Child() {}

        public static void main(String[] args) throws Exception {
            loadClassesBeside(LogManager.class);
            loadClassesBeside(TopicPartition.class);
            Path dir = Path.of(args[0]);
            try (LogManager manager = new LogManager(StorageConfig.of(List.of(dir)), new TestClock(NOW))) {
                manager.lockDirs();
                manager.start(7, "abcdefghijklmnopqrstuv", topic -> CONFIG).join();
                append(manager.getOrCreate(new TopicPartition("warm", 0), Uuid.random(), CONFIG));
                PartitionLog log = manager.getOrCreate(new TopicPartition("t", 0), Uuid.random(), CONFIG);
                List<FileChannel> open = useUp(Files.createFile(dir.resolveSibling("any")));
                String append = attempt(() -> append(log));
                boolean online = manager.anyDirOnline();
                for (FileChannel channel : open) {
                    channel.close();
                }
                System.out.println(RESULT + "append " + append);
                System.out.println(RESULT + "in service: " + online);
                System.out.println(RESULT + "append " + attempt(() -> append(log)));
            }
        }

        private static String append(PartitionLog log) {
            AppendInfo info = new AppendInfo();
            log.appendAsLeader(Batches.of(NOW, "v"), 0, AppendOrigin.CLIENT, info);
            return String.valueOf(log.logEndOffset() - 1);
        }

        private static String attempt(Supplier<String> task) {
            try {
                return task.get();
            } catch (StorageException e) {
                return "refused";
            }
        }

        private static List<FileChannel> useUp(Path file) {
            List<FileChannel> open = new ArrayList<>();
            try {
                while (open.size() < 1_000) {
                    open.add(FileChannel.open(file, StandardOpenOption.READ));
                }
            } catch (IOException e) {
                return open;
            }
            throw new IllegalStateException("The limit does not count");
        }

        // To load one takes a file.
        private static void loadClassesBeside(Class<?> type) throws Exception {
            URI home = type.getProtectionDomain().getCodeSource().getLocation().toURI();
            Path classes = Path.of(home);
            if (!Files.isDirectory(classes)) {
                return;
            }
            try (Stream<Path> files = Files.walk(classes)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".class")).toList()) {
                    String name = classes.relativize(file).toString().replace('/', '.');
                    if (!name.endsWith("-info.class")) {
                        Class.forName(name.substring(0, name.length() - ".class".length()));
                    }
                }
            }
        }
    }
}
