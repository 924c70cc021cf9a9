package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A follower as fast as can be: the high watermark may pass at any moment while an append begins to wait for it. */
class AppendWakeUpTest {
    private static final int APPENDS = 20_000;

    @TempDir
    Path dir;

    @Test
    void everyAppendIsAnswered() throws Exception {
        try (LogManager logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
                DeadlineTimer timer = new DeadlineTimer(error -> {})) {
            logs.lockDirs();
            logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
            TopicPartition name = new TopicPartition("t", 0);
            Partition partition = new Partition(
                    name,
                    TestReplicas.host(1, new TestLoop()),
                    logs.getOrCreate(name, Uuid.random(), LogConfig.DEFAULT),
                    1);
            partition.becomeLeader(leader());
            AtomicBoolean stop = new AtomicBoolean();
            Thread follower = new Thread(() -> {
                while (!stop.get()) {
                    partition.onFollowerFetch(
                            2, -1, 0, TestReplicas.fetch(partition.log().logEndOffset(), 0, 0));
                }
            });
            follower.start();
            try {
                for (int i = 0; i < APPENDS; i++) {
                    assertThat(appended(partition, timer)).isEqualTo(ErrorCode.NONE);
                }
            } finally {
                stop.set(true);
                follower.join();
            }
        }
    }

    private static ErrorCode appended(Partition partition, DeadlineTimer timer) throws InterruptedException {
        AppendInfo info = new AppendInfo();
        partition.appendAsLeader(batch(), AppendOrigin.CLIENT, (short) -1, info);
        AtomicReference<ErrorCode> outcome = new AtomicReference<>();
        CountDownLatch answered = new CountDownLatch(1);
        DelayedAppend append = new DelayedAppend(timer) {
            @Override
            protected void onOutcome(int slot, ErrorCode error) {
                outcome.set(error);
            }

            @Override
            protected void onComplete() {
                answered.countDown();
            }
        };
        append.add(partition, info.lastOffset() + 1, 0);
        append.start(10_000);
        assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
        return outcome.get();
    }

    private static ByteBuffer batch() {
        ByteBuffer batch = new BatchBuilder()
                .begin(Compression.NONE)
                .append(1, null, new byte[] {1})
                .finish();
        return ByteBuffer.allocateDirect(batch.remaining()).put(batch).flip();
    }

    private static LeaderAndIsrPartitionState leader() {
        LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
        state.leader = 1;
        state.isr = new int[] {1, 2};
        state.replicas = new int[] {1, 2};
        return state;
    }
}
