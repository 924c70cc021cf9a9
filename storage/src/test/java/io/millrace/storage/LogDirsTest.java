package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.file.SharedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogDirsTest {
    private static final int MAX_OPEN_FILES = 3;

    @TempDir
    Path root;

    /** Else the process would run out of files sooner or later, which takes the sound ones out of service as well. */
    @Test
    void aDirectoryWhoseDiskHangsKeepsNoFilesOfAnotherOpen() throws IOException {
        LogDirs dirs =
                new LogDirs(List.of(root.resolve("hung"), root.resolve("sound")), 1, MAX_OPEN_FILES, failed -> {});
        List<LogDir> both = new ArrayList<>();
        dirs.forEach(both::add);
        CountDownLatch healed = new CountDownLatch(1);
        try {
            both.get(0).threads().runToClose(() -> awaitQuietly(healed));
            LogDir sound = both.get(1);
            for (int i = 0; i < 10; i++) {
                SharedFile file = new SharedFile(Files.createFile(root.resolve("file-" + i)), sound.openFiles());
                file.acquire();
                file.release();
            }
            Await.await(
                    () -> "open files: " + sound.openFiles().count(),
                    () -> sound.openFiles().count() == (MAX_OPEN_FILES + 1) / 2);
        } finally {
            healed.countDown();
            dirs.forEach(dir -> dir.threads().stopSpace(() -> false));
        }
        assertThat(both.get(0).openFiles().count()).isZero();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
