package io.millrace.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFileTest {
    @TempDir
    Path dir;

    private final OpenFiles openFiles = new OpenFiles(4, Runnable::run);

    /** Else its blocks would be gone from the disk until so many others are opened that it has to give way. */
    @Test
    void aFileThatWasDeletedWhileSomebodyUsedItIsClosedByTheLastOfThem() throws IOException {
        SharedFile file = new SharedFile(Files.createFile(dir.resolve("f")), openFiles);
        FileChannel channel = file.acquire();
        file.acquire();
        file.delete();
        file.release();
        assertThat(channel.isOpen()).as("while one uses it").isTrue();
        file.release();
        assertThat(channel.isOpen()).as("when nobody does").isFalse();
        assertThat(openFiles.count()).isZero();
    }

    /** As the thread does that provides space ahead, to a file of a directory that has just failed. */
    @Test
    void aFileThatWasAbandonedIsClosedByWhoeverComesLate() throws IOException {
        SharedFile file = new SharedFile(Files.createFile(dir.resolve("f")), openFiles);
        file.acquire();
        file.release();
        file.abandon();
        assertThat(openFiles.count()).isZero();
        FileChannel channel = file.acquire();
        file.release();
        assertThat(channel.isOpen()).isFalse();
        assertThat(openFiles.count()).isZero();
    }

    @Test
    void aFileStaysOpenForTheNextOne() throws IOException {
        SharedFile file = new SharedFile(Files.createFile(dir.resolve("f")), openFiles);
        FileChannel channel = file.acquire();
        file.release();
        assertThat(file.acquire()).isSameAs(channel);
        file.release();
        assertThat(openFiles.count()).isOne();
    }
}
