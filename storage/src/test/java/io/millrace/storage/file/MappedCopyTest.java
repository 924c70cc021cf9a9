package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a file that is cut under its map, which no log is: the pages behind the cut are like those that the disk does not give. */
class MappedCopyTest {
    private static final int FILE_BYTES = 4 * 1024 * 1024;
    private static final int PAGE = 4096;
    private static final int MAX_COUNT = 5 * PAGE;

    /** Until the copy is compiled, which changes what the JVM does about a fault. */
    private static final int ROUNDS = 30_000;

    @TempDir
    Path dir;

    @Test
    void copiesWhatThereIsAndSaysSoOfWhatThereIsNot() throws IOException {
        Random random = new Random(4711);
        byte[] bytes = new byte[FILE_BYTES];
        random.nextBytes(bytes);
        Path path = Files.write(dir.resolve("file"), bytes);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, FILE_BYTES);
            for (int i = 0; i < ROUNDS; i++) {
                assertThat(copies(mapped, bytes, random)).isTrue();
            }
            int cut = FILE_BYTES / 2 + 100;
            file.truncate(cut);
            int lost = 0;
            int left = (cut + PAGE - 1) / PAGE * PAGE;
            for (int i = 0; i < 2_000; i++) {
                int from = random.nextInt(FILE_BYTES - MAX_COUNT);
                int count = MappedCopy.MIN_BYTES + random.nextInt(MAX_COUNT - MappedCopy.MIN_BYTES);
                boolean there = from + count <= left;
                lost += there ? 0 : 1;
                assertThat(MappedCopy.copy(mapped, from, from, target, random.nextInt(64), count))
                        .as("%d bytes at %d", count, from)
                        .isEqualTo(there);
                // Nothing is left to be thrown later.
                sink = new byte[8 * 1024 * 1024];
            }
            assertThat(lost).isPositive();
        }
    }

    private final ByteBuffer target = ByteBuffer.allocateDirect(MAX_COUNT + 64);
    private byte[] sink = {};

    private boolean copies(MappedByteBuffer mapped, byte[] bytes, Random random) {
        int count = MappedCopy.MIN_BYTES + random.nextInt(MAX_COUNT - MappedCopy.MIN_BYTES);
        int from = random.nextInt(FILE_BYTES - count);
        int at = random.nextInt(64);
        return MappedCopy.copy(mapped, from, from, target, at, count)
                && target.slice(at, count).equals(ByteBuffer.wrap(bytes, from, count));
    }
}
