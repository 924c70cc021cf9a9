package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.LogConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log goes on where it ended, and has no hole, whatever its files say after a stop. */
class RestartOffsetsTest {
    @TempDir
    Path dir;

    @Test
    void anEmptiedLogGoesOnWhereItEnded() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            PartitionLogTest.appendNumbered(test, 0, 10);
            test.log.updateHighWatermark(10);
            test.removeOldest(1);
            assertThat(test.log.logStartOffset()).isEqualTo(10);
            test.close();
            test.open(new LogHints(10, -1, 10, true));
            assertThat(test.log.logEndOffset()).isEqualTo(10);
        }
    }

    @Test
    void anEmptiedLogGoesOnWhereItEndedAfterAKill() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            PartitionLogTest.appendNumbered(test, 0, 10);
            test.log.updateHighWatermark(10);
            test.removeOldest(1);
            test.kill(10);
            assertThat(test.log.logEndOffset()).isEqualTo(10);
        }
    }

    @Test
    void aLogThatEndsInAGapBehindItsStartBeginsAnewThere() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            PartitionLogTest.appendNumbered(test, 0, 5);
            // Compaction on the leader left a gap, and this replica is cut inside it, where its log also starts.
            test.log.appendAsFollower(Batches.stored(25, 1, TestLog.NOW, "later"), test.info);
            test.log.updateHighWatermark(26);
            test.log.deleteRecords(18);
            test.log.truncateTo(18);
            assertThat(test.log.logEndOffset()).isEqualTo(18);
            test.restart();
            assertThat(test.log.logStartOffset()).isEqualTo(18);
            assertThat(test.log.logEndOffset()).isEqualTo(18);
        }
    }

    @Test
    void zerosInPlaceOfLostBatchesEndTheLog() throws IOException {
        LogConfig config = TestLog.config().segmentBytes(1000).build();
        try (TestLog test = new TestLog(dir, config)) {
            List<String> all = PartitionLogTest.appendNumbered(test, 0, 100);
            test.restart();
            String name = test.files().stream()
                    .filter(file -> file.endsWith(".log"))
                    .toList()
                    .get(1);
            Path second = test.dir.resolve(name);
            long size = Files.size(second);
            long batchBytes = size / 13;
            long wholeBatches = 6 * batchBytes;
            assertThat(size).isEqualTo(13 * batchBytes);
            try (FileChannel channel = FileChannel.open(second, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate((int) (size - wholeBatches)), wholeBatches);
            }
            test.kill(0);
            List<String> found = test.records(0);
            assertThat(found).isEqualTo(all.subList(0, 19));
            assertThat(test.log.logEndOffset()).isEqualTo(19);
        }
    }
}
