package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A full disk is told of once a minute, however much is put off because of it. */
class DiskFullLinesTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final Path FULL = Path.of("/dev/full");

    @TempDir
    Path root;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
                lines.add(event.getFormattedMessage());
            }
        }
    };

    @Test
    void flushesAndCheckpointsThatFindNoRoomAreOneLine() throws IOException {
        assumeTrue(Files.exists(FULL), "The system has no file that is always full");
        Logger logger = (Logger) LoggerFactory.getLogger("io.millrace.storage");
        appender.start();
        logger.addAppender(appender);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(root)), new TestClock(NOW))) {
            manager.lockDirs();
            manager.start(7, "abcdefghijklmnopqrstuv", topic -> LogConfig.DEFAULT)
                    .join();
            List<Path> full = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                LogConfig config = new LogConfig.Builder().flushMessages(2).build();
                PartitionLog log = manager.getOrCreate(new TopicPartition("t", i), Uuid.random(), config);
                full.add(fill(log.path().resolve("leader-epoch-checkpoint")));
                log.appendAsLeader(Batches.of(NOW, "a", "b"), 0, AppendOrigin.CLIENT, new AppendInfo());
                log.updateHighWatermark(2);
                log.deleteRecords(1);
            }
            // Whoever finds no room removes what he began with.
            Await.await(
                    () -> "flushes find no room",
                    () -> full.stream().noneMatch(link -> Files.exists(link, LinkOption.NOFOLLOW_LINKS)));
            fill(root.resolve("recovery-point-offset-checkpoint"));
            fill(root.resolve("log-start-offset-checkpoint"));
            fill(root.resolve("replication-offset-checkpoint"));
            // Written when it closes.
        } finally {
            logger.detachAppender(appender);
        }
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).contains("Nothing can be written dir=" + root);
    }

    // What is written beside the file, to take its place, finds a full disk.
    private static Path fill(Path file) throws IOException {
        return Files.createSymbolicLink(file.resolveSibling(file.getFileName() + ".tmp"), FULL);
    }
}
