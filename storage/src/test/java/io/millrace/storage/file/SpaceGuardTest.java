package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceGuardTest {
    @TempDir
    Path dir;

    /** Mapped or by write calls. */
    @ParameterizedTest
    @ValueSource(ints = {4096, 0})
    void whatIsAppendedDoesNotUseUpTheReserve(int mappedMaxBytes) throws IOException {
        SpaceGuard guard = new SpaceGuard(Files.getFileStore(dir), Long.MAX_VALUE / 2);
        FileHost host = new FileHost(new OpenFiles(16, Runnable::run), Runnable::run, guard, mappedMaxBytes);
        LogFile file = new LogFile(dir.resolve("f"), 0, 1 << 20, 0, host);
        assertThatThrownBy(() -> file.reserve(100)).isInstanceOf(DiskFullException.class);

        guard.serve(SpaceGuard.Purpose.RECOVERY);
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> assertThatThrownBy(() -> file.reserve(100))
                .as("a thread that recovers nothing")
                .isInstanceOf(DiskFullException.class));
        assertThatCode(other::join).doesNotThrowAnyException();
        file.reserve(100);
        guard.serve(SpaceGuard.Purpose.APPEND);
        assertThatThrownBy(() -> file.reserve(1 << 19)).isInstanceOf(DiskFullException.class);
        file.rest();
    }

    @Test
    void aCompactionMayHaveHalfOfTheReserve() throws IOException {
        FileStore store = Files.getFileStore(dir);
        long free = store.getUsableSpace();
        SpaceGuard guard = new SpaceGuard(store, free + free / 2);
        assertThatThrownBy(() -> guard.require(100)).isInstanceOf(DiskFullException.class);
        guard.serve(SpaceGuard.Purpose.COMPACTION);
        guard.require(100);
        assertThatThrownBy(() -> guard.require(free / 2)).isInstanceOf(DiskFullException.class);
        guard.serve(SpaceGuard.Purpose.APPEND);
        assertThatThrownBy(() -> guard.require(100)).isInstanceOf(DiskFullException.class);
    }
}
