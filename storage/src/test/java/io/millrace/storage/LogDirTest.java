package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.file.OpenFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogDirTest {
    private static final TopicPartition FOUND = new TopicPartition("found", 0);
    private static final TopicPartition DELETED = new TopicPartition("deleted", 0);
    private static final TopicPartition OTHER = new TopicPartition("other", 0);

    @TempDir
    Path root;

    /** What the creation and deletion of any log asks, in whatever directory, holding up all that the controller says. */
    @Test
    void whatADirectoryThatFailedHasIsKnownWhileItsDiskHangsInACheckpoint() throws Exception {
        LogDir dir = logDir();
        dir.checkpoints().onFound(FOUND);
        dir.checkpoints().onFound(DELETED);
        dir.onListed();
        // As housekeeping does for as long as the disk takes to sync.
        synchronized (dir.checkpoints()) {
            CompletableFuture<Void> asked = CompletableFuture.runAsync(() -> {
                dir.checkpoints().onDeleted(DELETED);
                dir.health().fail("syncing", new IOException("as of a disk that hangs"));
                assertThat(dir.hasLost(FOUND)).isTrue();
                assertThat(dir.hasLost(DELETED)).isFalse();
                assertThat(dir.hasLost(OTHER)).isFalse();
                assertThat(dir.mayHaveUnknown()).isFalse();
            });
            asked.get(20, TimeUnit.SECONDS);
        }
    }

    /** As when a directory fails and the broker is stopped for it: what frees it is under way in another thread. */
    @Test
    void whoeverReturnsFromUnlockingFindsTheLockFree() throws Exception {
        for (int i = 0; i < 300; i++) {
            LogDir dir = logDir();
            LogDir next = logDir();
            dir.lock();
            AtomicInteger atTheStart = new AtomicInteger();
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> unlockTogether(dir, atTheStart));
            unlockTogether(dir, atTheStart);
            next.lock();
            next.unlock();
            other.get(20, TimeUnit.SECONDS);
        }
    }

    private LogDir logDir() {
        return new LogDir(root, failed -> {}, DirThreads.ofOnlyDir(1), new OpenFiles(1, Runnable::run));
    }

    // Spins: two threads that are woken set out too far apart to meet.
    private static void unlockTogether(LogDir dir, AtomicInteger atTheStart) {
        atTheStart.incrementAndGet();
        while (atTheStart.get() < 2) {
            Thread.onSpinWait();
        }
        try {
            dir.unlock();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
