package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchScannerTest {
    @TempDir
    Path dir;

    @Test
    void doesNotKeepTheMemoryOfALargeBatch() throws IOException {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            ByteBuffer large = Batches.of(TestLog.NOW, "x".repeat(200_000));
            Path path = dir.resolve("large.log");
            byte[] bytes = new byte[large.remaining()];
            large.get(bytes);
            Files.write(path, bytes);
            LogFile file =
                    new LogFile(path, Files.size(path), 1 << 20, 0, test.host().files());
            BatchScanner scanner = new BatchScanner(ByteBuffer.allocateDirect(4096));
            scanner.begin(file, 0, file.size());
            assertThat(scanner.next()).isTrue();
            scanner.load();
            assertThat(scanner.buffer().capacity()).isGreaterThan(200_000);
            assertThat(scanner.checksumIsValid()).isTrue();
            scanner.begin(file, 0, file.size());
            assertThat(scanner.next()).isTrue();
            assertThat(scanner.buffer().capacity()).isEqualTo(4096);
            assertThat(scanner.checksumIsValid()).isTrue();
            file.closeIfIdle();
        }
    }
}
