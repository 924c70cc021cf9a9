package io.millrace.broker.replica;

import static io.millrace.broker.replica.TestReplicas.state;
import static io.millrace.broker.replica.TestReplicas.stored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowerLogTest {
    private static final int EPOCH = 9;

    @TempDir
    Path dir;

    private final AppendInfo info = new AppendInfo();
    private LogManager logs;
    private Partition partition;
    private PartitionLog log;
    private FollowerLog follower;

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
        TopicPartition name = new TopicPartition("t", 0);
        log = logs.getOrCreate(name, Uuid.random(), LogConfig.DEFAULT);
        partition = new Partition(name, TestReplicas.host(1, new TestLoop()), log, 1);
        follower = partition.becomeFollower(state(2, EPOCH, 0, 1, 2, 3));
    }

    @AfterEach
    void stop() throws Exception {
        logs.close();
    }

    @Test
    void cutsWhereTheEpochEndedAndNotAtItsHighWatermark() {
        append(0, 1, 10);
        append(10, 1, 10);
        follower.append(ByteBuffer.allocate(0), 3, 0, info);
        assertThat(log.highWatermark()).isEqualTo(3);

        follower.truncate(1, 10);
        assertThat(log.logEndOffset()).isEqualTo(10);
    }

    /** What lies above it may be committed: the high watermark reaches a follower later than the records do (KIP-101). */
    @Test
    void cutsNothingOffBeforeTheLeaderHasComparedItsEpochs() {
        append(0, 1, 10);
        append(10, 1, 10);
        follower.append(ByteBuffer.allocate(0), 3, 0, info);

        follower = partition.becomeFollower(state(3, EPOCH + 1, 1, 1, 2, 3));
        assertThat(follower.prepare()).isTrue();
        assertThat(follower.position()).isEqualTo(new FollowerPosition(20, 1, 0));
    }

    @Test
    void goesBackEpochByEpochWhereTheLeaderHasOneThatItLacks() {
        append(0, 1, 10);
        append(10, 3, 10);
        append(20, 5, 5);
        // The leader has nothing of 5 or 4 or 3, but 2, which is not here.
        follower.truncate(2, 22);
        assertThat(log.logEndOffset()).isEqualTo(10);
        assertThat(follower.position().lastEpoch()).as("compares this one next").isEqualTo(1);
        follower.truncate(1, 7);
        assertThat(log.logEndOffset()).isZero();
    }

    @Test
    void forgetsEpochsThatNeverHadARecord() {
        append(0, 1, 10);
        log.assignEpochStart(4);
        assertThat(follower.position().lastEpoch()).isEqualTo(4);

        follower.truncate(1, 12);
        assertThat(follower.position()).isEqualTo(new FollowerPosition(10, 1, 0));
    }

    @Test
    void cutsNothingOffALogWithoutEpochsWhoseHighWatermarkIsUnknown() {
        append(0, -1, 10);
        append(10, -1, 10);
        assertThat(follower.position().lastEpoch()).isEqualTo(-1);
        assertThat(follower.prepare()).isTrue();
        assertThat(log.logEndOffset())
                .as("no checkpoint is not a checkpoint of 0")
                .isEqualTo(20);

        follower.append(ByteBuffer.allocate(0), 10, 0, info);
        assertThat(follower.prepare()).isTrue();
        assertThat(log.logEndOffset()).as("nothing else can be compared").isEqualTo(10);
    }

    @Test
    void keepsWhatIsKnownToBeCommitted() {
        append(0, 1, 10);
        follower.append(ByteBuffer.allocate(0), 8, 0, info);
        follower.append(ByteBuffer.allocate(0), 5, 0, info);
        assertThat(log.highWatermark()).isEqualTo(8);
        follower.append(ByteBuffer.allocate(0), 50, 0, info);
        assertThat(log.highWatermark()).isEqualTo(10);
    }

    @Test
    void takesOverTheStartOfTheLeadersLog() {
        append(0, 1, 10);
        follower.append(ByteBuffer.allocate(0), 10, 6, info);
        assertThat(log.logStartOffset()).isEqualTo(6);
    }

    @Test
    void appendsNothingOfWhatIsDamaged() {
        ByteBuffer damaged = stored(0, 1, 3);
        damaged.put(damaged.limit() - 1, (byte) (damaged.get(damaged.limit() - 1) + 1));
        assertThatThrownBy(() -> follower.append(damaged, 3, 0, info))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.CORRUPT_MESSAGE));
        assertThat(log.logEndOffset()).isZero();
        assertThat(log.highWatermark()).isZero();
    }

    @Test
    void refusesWhatHoldsNoWholeBatch() {
        ByteBuffer cut = stored(0, 1, 3);
        cut.limit(cut.limit() - 1);
        assertThatThrownBy(() -> follower.append(cut, 0, 0, info)).isInstanceOf(StorageException.class);
    }

    @Test
    void beginsWithTheBatchInWhichTheLeadersLogStarts() {
        follower.restartAt(5);
        assertThat(follower.position().offset()).isEqualTo(5);
        follower.append(stored(2, 1, 6), 8, 5, info);
        assertThat(log.logEndOffset()).isEqualTo(8);
        assertThat(log.logStartOffset()).isEqualTo(5);
    }

    @Test
    void doesNothingInAnEpochThatIsOver() {
        append(0, 1, 10);
        partition.becomeFollower(state(3, EPOCH + 1, 1, 1, 2, 3));
        assertThat(follower.append(stored(10, 1, 1), 11, 0, info)).isFalse();
        assertThat(follower.truncate(1, 2)).isFalse();
        assertThat(follower.truncateTo(2)).isFalse();
        assertThat(follower.restartAt(20)).isFalse();
        partition.becomeLeader(state(1, EPOCH + 2, 2, 1, 2, 3));
        assertThat(follower.append(stored(10, 1, 1), 11, 0, info)).isFalse();
        assertThat(log.logEndOffset()).isEqualTo(10);
        assertThat(log.highWatermark()).isZero();
    }

    private void append(long baseOffset, int epoch, int records) {
        follower.append(stored(baseOffset, epoch, records), 0, 0, info);
    }
}
