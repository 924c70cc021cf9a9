package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
    @TempDir
    Path dir;

    private final OpenFiles openFiles = new OpenFiles(2, task -> {
        throw new RejectedExecutionException("The thread has stopped");
    });

    /** Two that open files would wait for each other: each holds the lock of its own and wants that of another. */
    @Test
    void whoOpensAFileClosesNoOtherOnceNobodyDoesSoInTheBackground() throws IOException {
        List<FileChannel> opened = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            SharedFile file = new SharedFile(Files.createFile(dir.resolve("f" + i)), openFiles);
            opened.add(file.acquire());
            file.release();
        }
        assertThat(opened).allMatch(FileChannel::isOpen);
        openFiles.closeIdle();
        assertThat(opened).noneMatch(FileChannel::isOpen);
        assertThat(openFiles.count()).isZero();
    }

    @Test
    void whoIsTheLastToLetGoOfADeletedFileClosesItThenItself() throws IOException {
        SharedFile file = new SharedFile(Files.createFile(dir.resolve("f")), openFiles);
        FileChannel channel = file.acquire();
        file.delete();
        assertThat(channel.isOpen()).isTrue();
        file.release();
        assertThat(channel.isOpen()).isFalse();
    }
}
