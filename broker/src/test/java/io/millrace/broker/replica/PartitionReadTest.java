package io.millrace.broker.replica;

import static io.millrace.broker.replica.TestReplicas.batch;
import static io.millrace.broker.replica.TestReplicas.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads take no lock; what they give must be as if they did. */
class PartitionReadTest {
    private static final int BATCHES = 20_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final FetchParams FOLLOWER =
            new FetchParams(2, -1, 0, 1, Integer.MAX_VALUE, false, false, "", "PLAINTEXT", false, true);

    private static final FetchParams CONSUMER =
            new FetchParams(-1, -1, 0, 1, Integer.MAX_VALUE, false, false, "", "PLAINTEXT", false, true);

    private static final FetchParams COMMITTED =
            new FetchParams(-1, -1, 0, 1, Integer.MAX_VALUE, false, true, "", "PLAINTEXT", false, true);

    @TempDir
    Path dir;

    private LogManager logs;
    private Partition partition;

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        // Without an index a read walks from the beginning, which takes long enough to be met on its way.
        LogConfig config =
                new LogConfig.Builder().indexIntervalBytes(Integer.MAX_VALUE).build();
        logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> config).join();
        TopicPartition name = new TopicPartition("t", 0);
        partition = new Partition(
                name, TestReplicas.host(1, new TestLoop()), logs.getOrCreate(name, Uuid.random(), config), 1);
        partition.becomeLeader(state(1, 0, 0, 1, 2, 3));
        AppendInfo info = new AppendInfo();
        for (int i = 0; i < BATCHES; i++) {
            partition.appendAsLeader(batch(1), AppendOrigin.CLIENT, (short) 1, info);
        }
    }

    @AfterEach
    void stop() throws Exception {
        logs.close();
    }

    @Test
    void givesCommittedReadersNothingOfAnOpenTransaction() {
        partition.becomeLeader(state(1, 1, 1, 1));
        ByteBuffer built = new BatchBuilder()
                .begin(Compression.NONE)
                .producer(7, (short) 0, 0)
                .transactional(true)
                .append(1_700_000_000_000L, null, new byte[] {1})
                .finish();
        ByteBuffer open = ByteBuffer.allocate(built.remaining()).put(built).flip();
        partition.appendAsLeader(open, AppendOrigin.CLIENT, (short) 1, new AppendInfo());
        partition.log().updateHighWatermark(BATCHES + 1);

        assertThat(bytesRead(CONSUMER)).isPositive();
        assertThat(bytesRead(COMMITTED)).isZero();
    }

    private int bytesRead(FetchParams params) {
        FetchedPartition wanted = new FetchSet(false, false).want(null, "t", 0);
        wanted.want(1, BATCHES, -1, 0, Integer.MAX_VALUE);
        partition.read(wanted, params, Integer.MAX_VALUE, true);
        assertThat(wanted.error()).isEqualTo(ErrorCode.NONE);
        int bytes = wanted.slice().length();
        wanted.slice().release();
        return bytes;
    }

    /** It cuts its log, say, and the event loop has others to serve. */
    @Test
    void asksAFollowerThatIsBusyWithItsLogForNoCloserReplica() throws Exception {
        partition.becomeFollower(state(2, 1, 1, 2));
        CountDownLatch holds = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Boolean> change = CompletableFuture.supplyAsync(() -> partition.changeAsFollower(1, log -> {
            holds.countDown();
            await(go);
        }));
        try {
            await(holds);
            CompletableFuture<Integer> asked =
                    CompletableFuture.supplyAsync(() -> partition.closestReplica(0, broker -> broker == 3));
            assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
        } finally {
            go.countDown();
        }
        assertThat(change.get(20, TimeUnit.SECONDS)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A truncation may have taken away what was found, and another leader's records may lie there now. */
    @Test
    void refusesWhatWasReadWhileTheLeaderChanged() throws InterruptedException {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        ErrorCode error = ErrorCode.NONE;
        for (int epoch = 0; error == ErrorCode.NONE; epoch++) {
            assertThat(System.nanoTime())
                    .as("all of the " + epoch + " reads that a change of the leader met were answered")
                    .isLessThan(deadlineNs);
            error = readAcrossAChange(epoch);
        }
        assertThat(error).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    }

    /** NONE if the read was through before the leader changed. */
    private ErrorCode readAcrossAChange(int epoch) throws InterruptedException {
        FetchedPartition wanted = new FetchSet(false, true).want(null, "t", 0);
        wanted.want(epoch, BATCHES / 2, -1, 0, Integer.MAX_VALUE);
        Thread reader = new Thread(() -> partition.read(wanted, FOLLOWER, Integer.MAX_VALUE, true), "reader");
        reader.start();
        while (reader.isAlive() && !isInLog(reader)) {
            Thread.onSpinWait();
        }
        partition.becomeLeader(state(1, epoch + 1, epoch + 1, 1, 2, 3));
        reader.join();
        wanted.slice().release();
        return wanted.error();
    }

    // It has looked at the role before.
    private static boolean isInLog(Thread reader) {
        return Arrays.stream(reader.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(PartitionLog.class.getName()));
    }
}
