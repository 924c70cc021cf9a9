package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadMapTest {
    private static final int FILE_BYTES = 1024 * 1024;
    private static final int HEADER_BYTES = 61;
    private static final int MANY = 100;

    @TempDir
    Path dir;

    private final List<Runnable> background = new ArrayList<>();
    private final List<Integer> mapped = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private final ByteBuffer target = ByteBuffer.allocateDirect(8192);
    private final Random random = new Random(4711);
    private boolean refused;
    private FileHost host;
    private OpenFiles openFiles;

    @BeforeEach
    void host() throws IOException {
        openFiles = new OpenFiles(16, 2L * FILE_BYTES, background::add);
        FileMaps maps = new FileMaps(this::map, () -> 1);
        SpaceGuard space = new SpaceGuard(Files.getFileStore(dir), 0);
        host = new FileHost(openFiles, background::add, space, 4096, maps, (doing, cause) -> unreadable.add(doing));
    }

    private MappedByteBuffer map(FileChannel channel, FileChannel.MapMode mode, long position, long length)
            throws IOException {
        if (refused) {
            throw new IOException("Map failed", new OutOfMemoryError("Map failed"));
        }
        if (mode == FileChannel.MapMode.READ_ONLY) {
            mapped.add((int) length);
        }
        return channel.map(mode, position, length);
    }

    @Test
    void aFileThatIsLookedAtOftenIsMapped() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(2);
        runBackground();
        assertThat(mapped).as("after two looks").isEmpty();
        stored.look(MANY);
        assertThat(background).as("a look maps nothing itself").hasSize(1);
        runBackground();
        stored.look(MANY);
        assertThat(mapped).containsExactly(FILE_BYTES);
    }

    @Test
    void readsOnWithoutMapsWhereTheSystemRefusesThem() throws IOException {
        refused = true;
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        stored.look(MANY);
        assertThat(background).as("nobody asks again at once").isEmpty();
        assertThat(unreadable).isEmpty();
    }

    @Test
    void whatIsNotUsedIsUnmapped() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        stored.look(1);
        assertThat(maps(stored.file)).isOne();
        openFiles.closeUnusedMaps();
        runBackground();
        assertThat(maps(stored.file)).as("used since the map was made").isOne();
        openFiles.closeUnusedMaps();
        runBackground();
        assertThat(maps(stored.file)).isZero();
        stored.look(MANY);
        runBackground();
        assertThat(maps(stored.file)).as("used again").isOne();
    }

    @Test
    void aPageIsLookedAtInTheMapOnceItWasReadByACallNotLongAgo() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.lookAt(0, MANY);
        runBackground();
        assertThat(maps(stored.file)).isOne();
        int byCall = 4096;
        int position = 10 * 4096 + 1000;
        assertThat(stored.lookAt(position, 1)).as("never read").isEqualTo(byCall);
        assertThat(stored.lookAt(position, 1)).as("the same").isEqualTo(HEADER_BYTES);
        assertThat(stored.lookAt(position + 4096, 1)).as("partly read with it").isEqualTo(HEADER_BYTES);
        assertThat(stored.lookAt(position + 2 * 4096 - 20, 1))
                .as("read, and the page behind")
                .isEqualTo(byCall);
        openFiles.closeUnusedMaps();
        assertThat(maps(stored.file)).isOne();
        assertThat(stored.lookAt(position, 1)).as("a minute later").isEqualTo(byCall);
        assertThat(stored.lookAt(position, 1)).isEqualTo(HEADER_BYTES);
    }

    @Test
    void whatIsReadAheadToBeSentIsNotLookedAtInTheMap() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        ByteBuffer piece = ByteBuffer.allocateDirect(8192);
        assertThat(stored.file.readThrough(0, FILE_BYTES + 1, piece, () -> false))
                .as("read up to a byte that is not there, which is in no map")
                .isFalse();
        assertThat(mapped).containsExactly(FILE_BYTES);
        assertThat(stored.lookAt(5000, 1)).as("read ahead").isEqualTo(4096);
        assertThat(stored.lookAt(5000, 1)).as("looked at").isEqualTo(HEADER_BYTES);
    }

    @Test
    void noMoreBytesStayMappedThanTheBound() throws IOException {
        List<Stored> all = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            Stored stored = new Stored(name, FILE_BYTES);
            all.add(stored);
            stored.look(MANY);
            runBackground();
        }
        long now = 0;
        for (Stored stored : all) {
            now += maps(stored.file);
        }
        assertThat(now).isEqualTo(2);
        assertThat(openFiles.count()).as("files that are open besides").isEqualTo(2 + all.size());
    }

    @Test
    void aFileThatGrowsIsMappedAgain() throws IOException {
        Stored stored = new Stored("a", 1000);
        stored.look(MANY);
        runBackground();
        stored.grow(1100);
        stored.lookAt(1000, MANY);
        runBackground();
        assertThat(mapped).as("hardly grown").containsExactly(1000);
        stored.grow(FILE_BYTES);
        stored.file.rest();
        stored.lookAt(1000, MANY);
        runBackground();
        stored.look(MANY);
        assertThat(mapped).containsExactly(1000, FILE_BYTES);
        assertThat(maps(stored.file)).isOne();
    }

    @Test
    void aMappedFileIsCutOnceNobodyLooksAtIt() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        stored.file.truncateTo(5000);
        assertThat(Files.size(stored.file.path())).isEqualTo(5000);
        assertThat(maps(stored.file)).isZero();
        assertThat(background).isEmpty();
    }

    @Test
    void aMapBeforeTheCutStays() throws IOException {
        Stored stored = new Stored("a", 10_000);
        stored.look(MANY);
        runBackground();
        stored.grow(12_000);
        stored.file.rest();
        runBackground();
        stored.file.truncateTo(11_000);
        assertThat(Files.size(stored.file.path())).isEqualTo(11_000);
        assertThat(maps(stored.file)).isOne();
    }

    @Test
    void aFileIsNotCutUnderAMapThatIsStillOnItsWayOut() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        openFiles.closeUnusedMaps();
        stored.file.closeIfIdle();
        assertThat(maps(stored.file)).as("let go, not unmapped").isOne();
        stored.file.truncateTo(5000);
        assertThat(Files.size(stored.file.path())).isEqualTo(FILE_BYTES);
        try (FileChannel channel = FileChannel.open(stored.file.path(), StandardOpenOption.READ)) {
            ByteBuffer zeros = ByteBuffer.allocate(FILE_BYTES - 5000);
            channel.read(zeros, 5000);
            assertThat(zeros.array()).containsOnly(0);
        }
        assertThat(stored.file.awaitCut(0)).isFalse();
        stored.size = 5000;
        stored.grow(5100);
        stored.file.rest();
        // All but what unmaps it.
        while (background.size() > 1) {
            background.remove(1).run();
        }
        assertThat(Files.size(stored.file.path()))
                .as("a writer has come and gone meanwhile")
                .isEqualTo(FILE_BYTES);
        runBackground();
        assertThat(stored.file.awaitCut(0)).isTrue();
        assertThat(Files.size(stored.file.path())).isEqualTo(5100);
    }

    @Test
    void aDeletedFileIsNotMappedAnyMore() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        stored.file.acquire();
        stored.file.delete();
        runBackground();
        assertThat(maps(stored.file)).isZero();
        stored.look(MANY);
        runBackground();
        assertThat(mapped).hasSize(1);
        stored.file.release();
    }

    @Test
    void whatTheDiskDoesNotGiveIsReadByACall() throws IOException {
        Stored stored = new Stored("a", FILE_BYTES);
        stored.look(MANY);
        runBackground();
        stored.lookAt(FILE_BYTES / 2, 1);
        assertThat(stored.lookAt(FILE_BYTES / 2, 1)).as("out of the map").isEqualTo(HEADER_BYTES);
        try (FileChannel channel = FileChannel.open(stored.file.path(), StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
        target.clear();
        assertThat(stored.file.look(FILE_BYTES / 2, target, HEADER_BYTES, 4096))
                .as("bytes read of a file that somebody has emptied")
                .isZero();
    }

    private void runBackground() {
        while (!background.isEmpty()) {
            background.remove(0).run();
        }
    }

    private static long maps(LogFile file) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(file.path().toString())).count();
        }
    }

    /** A file and what is in it. */
    private final class Stored {
        final LogFile file;
        final byte[] bytes = new byte[FILE_BYTES];
        int size;

        Stored(String name, int size) throws IOException {
            random.nextBytes(bytes);
            this.size = size;
            Path path = dir.resolve(name);
            Files.write(path, Arrays.copyOf(bytes, size));
            file = new LogFile(path, size, 4L * FILE_BYTES, 0, host);
        }

        void look(int times) throws IOException {
            for (int i = 0; i < times; i++) {
                lookAt(random.nextInt(size - HEADER_BYTES), 1);
            }
        }

        /** Bytes that were copied the last time. */
        int lookAt(int position, int times) throws IOException {
            int read = 0;
            for (int i = 0; i < times; i++) {
                target.clear();
                read = file.look(position, target, HEADER_BYTES, Math.min(4096, size - position));
                assertThat(read).isGreaterThanOrEqualTo(HEADER_BYTES);
                assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(bytes, position, read));
            }
            return read;
        }

        void grow(int newSize) throws IOException {
            file.reserve(newSize - size);
            file.append(ByteBuffer.wrap(bytes), size, newSize - size);
            size = newSize;
        }
    }
}
