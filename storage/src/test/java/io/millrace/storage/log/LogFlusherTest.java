package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.Uuid;
import io.millrace.storage.Await;
import io.millrace.storage.checkpoint.LeaderEpochs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a flush writes beside the batches, and what it must not write any more. */
class LogFlusherTest {
    @TempDir
    Path root;

    private TestLog test;

    @BeforeEach
    void open() {
        test = new TestLog(root, TestLog.config().build());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aDeletedLogDoesNotWriteIntoTheDirectoryOfItsSuccessor() throws IOException {
        test.append(Batches.idempotent(9, 0, 0, TestLog.NOW, "p"), 5);
        Path deleted = root.resolve("topic-0.deleted-delete");
        test.log.closeAndRename(deleted);
        Files.createDirectory(test.dir);
        test.log.upkeep().checkpointEpochs();
        test.log.finish();
        assertThat(test.dir).isEmptyDirectory();
        assertThat(test.failures).isEmpty();
    }

    @Test
    void aLogWhoseFilesAreGoneFailsNoFlush() throws IOException {
        test.append(Batches.of(TestLog.NOW, "a"));
        Path deleted = root.resolve("topic-0.deleted-delete");
        test.log.closeAndRename(deleted);
        test.log.closeFiles();
        try (Stream<Path> files = Files.list(deleted)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        test.log.flush();
        assertThat(test.failures).isEmpty();
    }

    @Test
    void aSegmentDeletedBeforeItsSuccessorStandsFailsNoFlush() throws IOException {
        Path dir = Files.createDirectory(root.resolve("flushed"));
        Segments segments = new Segments();
        LogSegment segment = LogSegment.create(
                dir,
                0,
                SegmentShape.of(test.config, 0),
                TestLog.NOW,
                test.host().files());
        segments.replaceAll(List.of(segment));
        ByteBuffer batch = Batches.of(TestLog.NOW, "a");
        segment.reserve(batch.remaining(), 0);
        segment.append(batch, 0, batch.remaining(), 0, TestLog.NOW, 0);
        segment.rest();
        assertThat(segment.files().awaitCut()).isTrue();
        segment.files().renameTo(".deleted");
        segment.files().delete();
        LogFlusher flusher = new LogFlusher(dir, inUse(dir), segments, LeaderEpochs.load(dir), () -> 1, 0, test.host());
        flusher.flush();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void theNameOfASegmentThatHadNoFileAtTheLastSyncIsSynced() throws IOException {
        Path dir = Files.createDirectory(root.resolve("synced"));
        AtomicLong end = new AtomicLong();
        try (TestLog host = new TestLog(
                Files.createDirectory(root.resolve("host")), TestLog.config().build(), true, true)) {
            // Its files lie elsewhere: what happens in the directory of the flusher are the syncs of names.
            LogSegment segment = LogSegment.create(
                    test.dir,
                    7,
                    SegmentShape.of(test.config, 0),
                    TestLog.NOW,
                    host.host().files());
            Segments segments = new Segments();
            segments.replaceAll(List.of(segment));
            LogFlusher flusher =
                    new LogFlusher(dir, inUse(dir), segments, LeaderEpochs.load(dir), end::get, 0, host.host());
            end.set(7);
            flusher.sync().request();
            Await.await(
                    () -> "synced up to " + flusher.sync().durableOffset(),
                    () -> flusher.sync().durableOffset() == 7);
            ByteBuffer batch = Batches.of(TestLog.NOW, "a");
            segment.reserve(batch.remaining(), 0);
            segment.append(batch, 0, batch.remaining(), 7, TestLog.NOW, 0);
            end.set(8);
            Files.delete(dir);
            flusher.sync().request();
            // That it cannot be opened shows that it would have been synced.
            Await.await(
                    () -> "a failure, while synced up to " + flusher.sync().durableOffset(),
                    () -> !host.failures.isEmpty());
            assertThat(flusher.sync().durableOffset()).isEqualTo(7);
            segment.rest();
            // With a directory that can be closed in order.
            host.kill(-1);
        }
    }

    @Test
    void whatAFailedFlushLeftIsLeftToTheNextOne() throws IOException {
        Path missing = root.resolve("missing");
        Segments segments = new Segments();
        segments.replaceAll(List.of(LogSegment.create(
                test.dir,
                0,
                SegmentShape.of(test.config, 0),
                TestLog.NOW,
                test.host().files())));
        LogFlusher flusher =
                new LogFlusher(missing, inUse(missing), segments, LeaderEpochs.load(test.dir), () -> 0, 0, test.host());
        flusher.onFilesChanged();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(flusher::flush).isInstanceOf(NoSuchFileException.class);
        }
        Files.createDirectory(missing);
        flusher.flush();
        Files.delete(missing);
        flusher.flush();
    }

    /** Whatever it was, how far it came with the disk is not known. Were it lost on a thread, the next flush would wait for this one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExceptionThatNobodyExpectedTakesTheDirectoryOutOfService(boolean bySync) throws IOException {
        Path dir = Files.createDirectory(root.resolve("flushed"));
        try (TestLog host = new TestLog(
                Files.createDirectory(root.resolve("host")), TestLog.config().build(), true, true)) {
            LogFlusher flusher = new LogFlusher(
                    dir,
                    inUse(dir),
                    new Segments(),
                    LeaderEpochs.load(dir),
                    () -> {
                        throw new IllegalStateException("made up");
                    },
                    0,
                    host.host());
            if (bySync) {
                flusher.sync().request();
            } else {
                flusher.request();
            }
            Await.await(() -> "the directory fails", () -> !host.failures.isEmpty());
            // With a directory that can be closed in order.
            host.kill(-1);
        }
    }

    @Test
    void snapshotsBelowTheLogStartAreNotWritten() throws IOException {
        Path dir = Files.createDirectory(root.resolve("flushed"));
        Segments segments = new Segments();
        segments.replaceAll(List.of(LogSegment.create(
                dir,
                10,
                SegmentShape.of(test.config, 0),
                TestLog.NOW,
                test.host().files())));
        LogFlusher flusher =
                new LogFlusher(dir, inUse(dir), segments, LeaderEpochs.load(dir), () -> 20, 0, test.host());
        for (long offset : new long[] {5, 10, 15}) {
            flusher.addSnapshot(offset, ByteBuffer.allocate(8));
        }
        flusher.onStartMoved(10);
        flusher.flush();
        try (Stream<Path> files = Files.list(dir)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("00000000000000000010.snapshot", "00000000000000000015.snapshot");
        }
    }

    private static DirectoryOwner inUse(Path dir) throws IOException {
        DirectoryOwner owner = DirectoryOwner.ofNew(dir, Uuid.ZERO);
        owner.beforeFile();
        return owner;
    }
}
