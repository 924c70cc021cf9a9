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
            int refused = 0;
            for (int i = 0; i < ROUNDS; i++) {
                refused += copies(mapped, bytes, random) ? 0 : 1;
            }
            // Those of which one to seven bytes lie in the last page.
            assertThat(refused).isBetween(1, ROUNDS / 300);
            int cut = FILE_BYTES / 2 + 100;
            file.truncate(cut);
            int lost = 0;
            int left = (cut + PAGE - 1) / PAGE * PAGE;
            for (int i = 0; i < 500; i++) {
                int count = MappedCopy.MIN_BYTES + random.nextInt(MAX_COUNT - MappedCopy.MIN_BYTES);
                // Every other one ends a few bytes behind the last page there is.
                int from = i % 2 == 0 ? random.nextInt(FILE_BYTES - MAX_COUNT) : left - count + random.nextInt(12);
                boolean there = from + count <= left;
                lost += there ? 0 : 1;
                boolean copied = MappedCopy.copy(mapped, from, from, target, random.nextInt(64), count);
                assertThat(copied).as("%d bytes at %d", count, from).isEqualTo(there && mayBeCopied(from, count));
                // Nothing is left to be thrown later.
                sink = new byte[8 * 1024 * 1024];
            }
            assertThat(lost).isPositive();
        }
    }

    private final ByteBuffer target = ByteBuffer.allocateDirect(MAX_COUNT + 64);
    private byte[] sink = {};

    private static boolean mayBeCopied(int from, int count) {
        int inLastPage = (from + count) % PAGE;
        return inLastPage == 0 || inLastPage >= MappedCopy.MIN_BYTES || inLastPage >= count;
    }

    // Or refuses to.
    private boolean copies(MappedByteBuffer mapped, byte[] bytes, Random random) {
        int count = MappedCopy.MIN_BYTES + random.nextInt(MAX_COUNT - MappedCopy.MIN_BYTES);
        int from = random.nextInt(FILE_BYTES - count);
        int at = random.nextInt(64);
        boolean copied = MappedCopy.copy(mapped, from, from, target, at, count);
        assertThat(copied).isEqualTo(mayBeCopied(from, count));
        if (copied) {
            assertThat(target.slice(at, count)).isEqualTo(ByteBuffer.wrap(bytes, from, count));
        }
        return copied;
    }
}
