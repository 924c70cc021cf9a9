package io.millrace.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.MappedEntries;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What indexes make of their files. */
class IndexFilesTest {
    private static final int MAX_BYTES = 4096;

    @TempDir
    Path dir;

    private FileHost host;

    @BeforeEach
    void host() throws IOException {
        host = new FileHost(
                new OpenFiles(4, Runnable::run), Runnable::run, new SpaceGuard(Files.getFileStore(dir), 0), 4096);
    }

    @Test
    void aFlushThatComesTooLateDoesNotBringADeletedIndexBack() throws IOException {
        Path path = dir.resolve("0.index");
        MappedEntries entries = new OffsetIndex(path, 0, MAX_BYTES, 0, host).entries();
        entries.force();
        assertThat(path).isEmptyFile();
        entries.rename(dir.resolve("0.index.deleted"));
        entries.delete();
        entries.force();
        assertThat(dir).isEmptyDirectory();
    }
}
