package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Linux says is understood, whichever file system it is about. */
class ProcTest {
    private static final int MIB = 32;

    @TempDir
    Path dir;

    @Test
    void aMappedFileIsCounted() throws IOException {
        assertThat(growthOfMapped(dir)).isGreaterThan(MIB / 2.0);
    }

    @Test
    void aMappedFileInMemoryIsCounted() throws IOException {
        Path shm = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(shm) && Files.getFileStore(shm).type().equals("tmpfs"), "There is no tmpfs here");
        Path own = Files.createTempDirectory(shm, "proc-test");
        try {
            assertThat(growthOfMapped(own)).isGreaterThan(MIB / 2.0);
        } finally {
            Files.delete(own);
        }
    }

    /** By how many MiB it becomes more when a file in this directory is mapped and looked at. */
    private static double growthOfMapped(Path where) throws IOException {
        long pid = ProcessHandle.current().pid();
        Path file = Files.createTempFile(where, "mapped", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            double before = Proc.rssMappedMiB(pid);
            MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) MIB << 20);
            map.load();
            return Proc.rssMappedMiB(pid) - before;
        } finally {
            Files.delete(file);
        }
    }
}
