package io.millrace.broker.replica;

import static io.millrace.broker.Await.await;
import static io.millrace.broker.replica.TestReplicas.batch;
import static io.millrace.broker.replica.TestReplicas.state;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.BrokerConfig;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.SyncPolicy;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader under the sync policy "group", or of a topic with {@code flush.messages=1}. */
class SyncedRecordsTest {
    private static final int APPENDS = 200;

    @TempDir
    Path dir;

    /** What a loss of power could take is not committed, not even where nobody else has to have it. */
    @Test
    void commitsNothingThatIsNotSynced() throws Exception {
        BrokerConfig config = BrokerConfig.parse(Map.of("log.dirs", dir.toString(), "log.sync.policy", "group"));
        try (LogManager logs = new LogManager(config.storage(), Clock.systemUTC())) {
            logs.lockDirs();
            logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
            TopicPartition name = new TopicPartition("t", 0);
            PartitionLog log = logs.getOrCreate(name, Uuid.random(), LogConfig.DEFAULT);
            Partition partition = new Partition(name, TestReplicas.host(1, new TestLoop()), log, 1);
            LeaderAndIsrPartitionState alone = state(1, 0, 0, 1);
            alone.replicas = new int[] {1};
            partition.becomeLeader(alone);
            AppendInfo info = new AppendInfo();
            for (int i = 0; i < APPENDS; i++) {
                partition.appendAsLeader(batch(1), AppendOrigin.CLIENT, (short) -1, info);
                long highWatermark = log.highWatermark();
                assertThat(highWatermark).isLessThanOrEqualTo(log.durableOffset());
            }
            await("all is synced and committed", () -> log.highWatermark() == APPENDS);
        }
    }

    /** Whoever sets it to 1 expects to lose nothing that was acknowledged. */
    @Test
    void withoutThePolicyCommitsOnlyWhatIsSyncedOfATopicWhoseRecordsAreFlushedOneByOne() throws Exception {
        LogConfig each = new LogConfig.Builder().flushMessages(1).build();
        TopicPartition name = new TopicPartition("t", 0);
        HeldSyncs syncs = new HeldSyncs(dir, SyncPolicy.NONE);
        PartitionLog log = syncs.create(name, Uuid.random(), each);
        Partition partition = new Partition(name, TestReplicas.host(1, new TestLoop()), log, 1);
        LeaderAndIsrPartitionState alone = state(1, 0, 0, 1);
        alone.replicas = new int[] {1};
        partition.becomeLeader(alone);
        AppendInfo info = new AppendInfo();
        partition.appendAsLeader(batch(3), AppendOrigin.CLIENT, (short) -1, info);
        assertThat(log.highWatermark()).isZero();
        syncs.run();
        assertThat(log.highWatermark()).isEqualTo(3);

        log.updateConfig(LogConfig.DEFAULT);
        partition.appendAsLeader(batch(1), AppendOrigin.CLIENT, (short) -1, info);
        assertThat(log.highWatermark()).as("not asked for any more").isEqualTo(4);

        log.updateConfig(each);
        partition.appendAsLeader(batch(1), AppendOrigin.CLIENT, (short) -1, info);
        assertThat(log.highWatermark()).as("asked for again").isEqualTo(4);
        syncs.run();
        assertThat(log.highWatermark()).isEqualTo(5);
    }

    /** After a kill, and nobody appends. */
    @Test
    void commitsWhatWasThereWhenItBeganToLead() throws Exception {
        TopicPartition name = new TopicPartition("t", 0);
        new HeldSyncs(dir)
                .create(name, Uuid.random())
                .appendAsLeader(batch(3), 0, AppendOrigin.CLIENT, new AppendInfo());
        HeldSyncs syncs = new HeldSyncs(dir);
        PartitionLog log = syncs.open(name);
        Partition partition = new Partition(name, TestReplicas.host(1, new TestLoop()), log, 1);
        LeaderAndIsrPartitionState alone = state(1, 1, 0, 1);
        alone.replicas = new int[] {1};
        partition.becomeLeader(alone);
        assertThat(log.highWatermark()).isZero();
        syncs.run();
        assertThat(log.highWatermark()).isEqualTo(3);
    }
}
