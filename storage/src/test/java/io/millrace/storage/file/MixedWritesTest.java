package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small batches go through mapped memory, large ones by calls, into the same file: what was appended is there, and nothing else. */
class MixedWritesTest {
    private static final int SMALL_BELOW = 4096;
    private static final String BACKGROUND = "background";
    private static final int LIMIT = 64 * 1024 * 1024;

    @TempDir
    Path dir;

    private final ExecutorService background = Executors.newSingleThreadExecutor(task -> new Thread(task, BACKGROUND));

    @AfterEach
    void stopBackground() throws InterruptedException {
        background.shutdown();
        assertThat(background.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsEveryByteWhateverTheMix(long seed) throws IOException {
        Random random = new Random(seed);
        // Of half of them more than the file was expected to hold, so that it is cut and goes on around its limit too.
        int limit = seed % 2 == 0 ? LIMIT : 2 * 1024 * 1024 * (int) seed;
        FileHost host = host(new SpaceGuard(Files.getFileStore(dir), 0));
        LogFile file = new LogFile(dir.resolve("log"), 0, limit, 0, host);
        byte[] expected = new byte[24 * 1024 * 1024];
        int size = 0;
        // Runs of one kind, so that windows grow, are left behind, and are earned again.
        boolean small = true;
        while (size < expected.length - 1024 * 1024) {
            if (random.nextInt(60) == 0) {
                small = !small;
            }
            int dice = random.nextInt(1000);
            if (dice == 0) {
                file.rest();
            } else if (dice < 4) {
                int back = Math.min(size, random.nextInt(300_000));
                file.truncateTo(size - back);
                size -= back;
            } else if (dice < 100 && size > 0) {
                int from = random.nextInt(size + 1);
                int count = Math.min(size - from, random.nextInt(20_000));
                assertThat(bytes(file, from, count)).isEqualTo(Arrays.copyOfRange(expected, from, from + count));
            } else {
                int bytes = 1 + random.nextInt(small ? SMALL_BELOW - 1 : 200_000);
                append(file, random, bytes, expected, size);
                size += bytes;
            }
        }
        assertThat(file.size()).isEqualTo(size);
        assertThat(Arrays.equals(bytes(file, 0, size), Arrays.copyOf(expected, size)))
                .as("all bytes")
                .isTrue();
        file.rest();
        assertThat(file.awaitCut(20_000)).isTrue();
        assertThat(Files.size(file.path())).isEqualTo(size);
        assertThat(Arrays.equals(Files.readAllBytes(file.path()), Arrays.copyOf(expected, size)))
                .as("the bytes on disk")
                .isTrue();
        file.closeIfIdle();
    }

    @Test
    void zerosOnTheirWayDoNotBlotOutALargeBatch() throws Exception {
        PausingStore store = new PausingStore(Files.getFileStore(dir));
        LogFile file =
                new LogFile(dir.resolve("log"), 0, LIMIT, MappedWriter.MIN_WINDOW * 2, host(new SpaceGuard(store, 1)));
        Random random = new Random(1);
        byte[] expected = new byte[4 * 1024 * 1024];
        // A busy log: its next window is made ready at once.
        append(file, random, 50, expected, 0);
        append(file, random, 50, expected, 50);
        assertThat(store.paused.await(20, TimeUnit.SECONDS))
                .as("zeros are about to be written")
                .isTrue();
        int large = 1024 * 1024;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread writer = new Thread(() -> {
            try {
                append(file, random, large, expected, 100);
            } catch (IOException | RuntimeException e) {
                failure.set(e);
            }
        });
        writer.start();
        Await.await(
                () -> "the large batch waits or is through",
                () -> writer.getState() != Thread.State.RUNNABLE && writer.getState() != Thread.State.NEW);
        store.resume.countDown();
        writer.join(20_000);
        assertThat(failure.get()).isNull();
        int size = 100 + large;
        while (size < 3 * large) {
            int bytes = 1 + random.nextInt(SMALL_BELOW - 1);
            append(file, random, bytes, expected, size);
            size += bytes;
        }
        assertThat(Arrays.equals(bytes(file, 0, size), Arrays.copyOf(expected, size)))
                .as("all bytes")
                .isTrue();
        file.rest();
        file.awaitCut(20_000);
        file.closeIfIdle();
    }

    @Test
    void zerosOfAClosedWriterDoNotBlotOutWhatTheNextOneAppends() throws Exception {
        PausingStore store = new PausingStore(Files.getFileStore(dir));
        LogFile file =
                new LogFile(dir.resolve("log"), 0, LIMIT, MappedWriter.MIN_WINDOW * 2, host(new SpaceGuard(store, 1)));
        Random random = new Random(1);
        byte[] expected = new byte[1024 * 1024];
        append(file, random, 50, expected, 0);
        append(file, random, 50, expected, 50);
        assertThat(store.paused.await(20, TimeUnit.SECONDS))
                .as("zeros are about to be written")
                .isTrue();
        file.rest();
        int bytes = 1024 * 1024 - 100;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread writer = new Thread(() -> {
            try {
                append(file, random, bytes, expected, 100);
            } catch (IOException | RuntimeException e) {
                failure.set(e);
            }
        });
        writer.start();
        Await.await(
                () -> "the next writer waits or is through",
                () -> writer.getState() != Thread.State.RUNNABLE && writer.getState() != Thread.State.NEW);
        store.resume.countDown();
        writer.join(20_000);
        assertThat(failure.get()).isNull();
        background.submit(() -> {}).get(20, TimeUnit.SECONDS);
        assertThat(Arrays.equals(bytes(file, 0, expected.length), expected))
                .as("all bytes")
                .isTrue();
        file.rest();
        file.awaitCut(20_000);
        file.closeIfIdle();
    }

    @Test
    void aWriterFasterThanTheZerosTakesWhatThereIsOfThem() throws Exception {
        // Four pieces make windows that end at 4 MiB; the fifth is ready, and the sixth on its way, when the writer
        // gets there.
        PausingStore store = new PausingStore(Files.getFileStore(dir), 6);
        LogFile file =
                new LogFile(dir.resolve("log"), 0, LIMIT, MappedWriter.MAX_WINDOW, host(new SpaceGuard(store, 1)));
        Random random = new Random(1);
        byte[] expected = new byte[6 * 1024 * 1024 - SMALL_BELOW];
        int size = 0;
        while (store.paused.getCount() > 0) {
            size += append(file, random, expected, size);
            Future<?> zerosSoFar = background.submit(() -> {});
            Await.await(
                    () -> "the zeros ahead are written, or held up",
                    () -> zerosSoFar.isDone() || store.paused.getCount() == 0);
        }
        assertThat(size).isLessThan(4 * 1024 * 1024);
        int begin = size;
        CompletableFuture<Integer> writer = CompletableFuture.supplyAsync(() -> {
            int end = begin;
            while (end + SMALL_BELOW < expected.length) {
                end += append(file, random, expected, end);
            }
            return end;
        });
        assertThat(writer)
                .as("the writer, which does not wait for a piece that it does not need")
                .succeedsWithin(10, TimeUnit.SECONDS);
        store.resume.countDown();
        size = writer.join();
        assertThat(Arrays.equals(bytes(file, 0, size), Arrays.copyOf(expected, size)))
                .as("all bytes")
                .isTrue();
        file.rest();
        file.awaitCut(20_000);
        file.closeIfIdle();
    }

    // One small batch; its size.
    private static int append(LogFile file, Random random, byte[] expected, int at) {
        int bytes = 1 + random.nextInt(SMALL_BELOW - 1);
        try {
            append(file, random, bytes, expected, at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    @Test
    void providesNothingAheadOfLargeBatches() throws Exception {
        LogFile file = new LogFile(dir.resolve("log"), 0, LIMIT, 0, host(new SpaceGuard(Files.getFileStore(dir), 0)));
        Random random = new Random(1);
        byte[] expected = new byte[2 * 1024 * 1024];
        append(file, random, 100, expected, 0);
        int size = 100;
        while (size < 1024 * 1024) {
            append(file, random, SMALL_BELOW, expected, size);
            size += SMALL_BELOW;
            // Too few to earn a window.
            append(file, random, 10, expected, size);
            size += 10;
            background.submit(() -> {}).get(20, TimeUnit.SECONDS);
        }
        assertThat(Files.size(file.path())).isEqualTo(size);
        while (Files.size(file.path()) == size) {
            append(file, random, 100, expected, size);
            size += 100;
            assertThat(size).as("a window is earned").isLessThan(expected.length - 100);
        }
        file.rest();
        file.awaitCut(20_000);
        file.closeIfIdle();
    }

    /** Of a kill at that moment no zeros are left behind it. */
    @ParameterizedTest
    @ValueSource(ints = {64 * 1024, 1024 * 1024, 9_999_999, 40 * 1024 * 1024})
    void aFullFileEndsWithItsData(int limit) throws Exception {
        for (int mostBytes : List.of(300, SMALL_BELOW - 1, Math.min(limit / 5, 1024 * 1024))) {
            LogFile file = new LogFile(
                    dir.resolve("log" + mostBytes), 0, limit, 0, host(new SpaceGuard(Files.getFileStore(dir), 0)));
            Random random = new Random(limit);
            byte[] expected = new byte[limit];
            boolean spaceAhead = false;
            int size = 0;
            int bytes = 1;
            while (size + bytes <= limit) {
                append(file, random, bytes, expected, size);
                size += bytes;
                spaceAhead = spaceAhead || Files.size(file.path()) > size;
                bytes = 1 + random.nextInt(mostBytes);
            }
            background.submit(() -> {}).get(20, TimeUnit.SECONDS);
            assertThat(Files.size(file.path()))
                    .as("batches of up to %d bytes", mostBytes)
                    .isEqualTo(size);
            assertThat(spaceAhead || mostBytes >= SMALL_BELOW)
                    .as("space was provided ahead of small ones")
                    .isTrue();
            assertThat(Arrays.equals(bytes(file, 0, size), Arrays.copyOf(expected, size)))
                    .as("all bytes")
                    .isTrue();
            file.rest();
            assertThat(file.awaitCut(20_000)).isTrue();
            file.closeIfIdle();
        }
    }

    private FileHost host(SpaceGuard space) {
        return new FileHost(new OpenFiles(4, background), background, space, SMALL_BELOW);
    }

    private static void append(LogFile file, Random random, int bytes, byte[] expected, int at) throws IOException {
        byte[] fresh = new byte[bytes];
        random.nextBytes(fresh);
        System.arraycopy(fresh, 0, expected, at, bytes);
        ByteBuffer source = ByteBuffer.allocateDirect(bytes + 3).put(3, fresh);
        file.reserve(bytes);
        file.append(source, 3, bytes);
    }

    private static byte[] bytes(LogFile file, int from, int count) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(count);
        file.read(from, target, count);
        return target.array();
    }

    /** Lets the thread that writes zeros ahead ask for room, and lets it wait for the answer. */
    private static final class PausingStore extends ForwardingStore {
        final CountDownLatch paused = new CountDownLatch(1);
        final CountDownLatch resume = new CountDownLatch(1);
        private final int pausedAt;
        private int asked;

        PausingStore(FileStore real) {
            this(real, 1);
        }

        /** @param pausedAt the how manieth question waits, and all after it */
        PausingStore(FileStore real, int pausedAt) {
            super(real);
            this.pausedAt = pausedAt;
        }

        @Override
        public long getUsableSpace() throws IOException {
            if (Thread.currentThread().getName().equals(BACKGROUND) && ++asked >= pausedAt) {
                paused.countDown();
                try {
                    assertThat(resume.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return super.getUsableSpace();
        }
    }
}
