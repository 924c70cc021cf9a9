package io.millrace.bench.micro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import kafka.api.LeaderAndIsr;
import kafka.log.LogManager;
import kafka.server.AlterPartitionManager;
import kafka.server.BrokerTopicStats;
import kafka.server.KafkaConfig;
import kafka.server.MetadataCache;
import kafka.server.QuotaFactory;
import kafka.server.ReplicaManager;
import kafka.server.RequestLocal;
import kafka.server.builders.LogManagerBuilder;
import kafka.server.builders.ReplicaManagerBuilder;
import kafka.server.metadata.ConfigRepository;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.LeaderAndIsrRequestData.LeaderAndIsrPartitionState;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.requests.LeaderAndIsrRequest;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.CleanerConfig;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * The replicas of a Kafka broker that leads every partition of one topic, with logs on disk and without a network, ZooKeeper or
 * configuration: what {@link MillraceReplicas} is of ours.
 */
final class KafkaReplicas implements AutoCloseable {
    static final String TOPIC = "bench";
    static final Uuid TOPIC_ID = new Uuid(1, 2);

    private static final int BROKER = 1;
    private static final long FLUSH_CHECK_MS = 3_600_000;
    private static final long CHECKPOINT_MS = 60_000;
    private static final long RETENTION_CHECK_MS = 300_000;
    private static final int PRODUCER_EXPIRATION_MS = 86_400_000;
    private static final int MAX_TRANSACTION_TIMEOUT_MS = 900_000;

    private final Path dir;
    private final Metrics metrics = new Metrics();
    private final KafkaScheduler scheduler = new KafkaScheduler(1, true);
    private final QuotaFactory.QuotaManagers quotas;
    private final LogManager logs;
    private final ReplicaManager replicas;
    private final RequestLocal requestLocal = RequestLocal.withThreadConfinedCaching();

    KafkaReplicas(int partitions) throws IOException {
        dir = Files.createTempDirectory("kafka-bench");
        Properties properties = new Properties();
        properties.put("broker.id", Integer.toString(BROKER));
        properties.put("log.dirs", dir.toString());
        // It is never asked.
        properties.put("zookeeper.connect", "127.0.0.1:1");
        KafkaConfig config = KafkaConfig.fromProps(properties);
        scheduler.startup();
        quotas = QuotaFactory.instantiate(config, metrics, Time.SYSTEM, "");
        LogDirFailureChannel failures = new LogDirFailureChannel(1);
        BrokerTopicStats stats = new BrokerTopicStats(false);
        logs = new LogManagerBuilder()
                .setLogDirs(List.of(dir.toFile()))
                .setInitialOfflineDirs(List.of())
                .setConfigRepository(new NothingIsConfigured())
                .setInitialDefaultConfig(new LogConfig(new Properties()))
                .setCleanerConfig(new CleanerConfig(false))
                .setRecoveryThreadsPerDataDir(1)
                .setFlushCheckMs(FLUSH_CHECK_MS)
                .setFlushRecoveryOffsetCheckpointMs(CHECKPOINT_MS)
                .setFlushStartOffsetCheckpointMs(CHECKPOINT_MS)
                .setRetentionCheckMs(RETENTION_CHECK_MS)
                .setMaxTransactionTimeoutMs(MAX_TRANSACTION_TIMEOUT_MS)
                .setProducerStateManagerConfig(PRODUCER_EXPIRATION_MS, true)
                .setInterBrokerProtocolVersion(MetadataVersion.latestProduction())
                .setScheduler(scheduler)
                .setBrokerTopicStats(stats)
                .setLogDirFailureChannel(failures)
                .setTime(Time.SYSTEM)
                .setKeepPartitionMetadataFile(true)
                .build();
        replicas = new ReplicaManagerBuilder()
                .setConfig(config)
                .setMetrics(metrics)
                .setTime(Time.SYSTEM)
                .setScheduler(scheduler)
                .setLogManager(logs)
                .setQuotaManagers(quotas)
                .setBrokerTopicStats(stats)
                .setMetadataCache(MetadataCache.zkMetadataCache(
                        BROKER, MetadataVersion.latestProduction(), MetadataCache.zkMetadataCache$default$3(), false))
                .setLogDirFailureChannel(failures)
                .setAlterPartitionManager(new NothingChanges())
                .build();
        lead(partitions);
    }

    private void lead(int partitions) {
        List<LeaderAndIsrPartitionState> states = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            states.add(new LeaderAndIsrPartitionState()
                    .setTopicName(TOPIC)
                    .setPartitionIndex(i)
                    .setControllerEpoch(1)
                    .setLeader(BROKER)
                    .setLeaderEpoch(0)
                    .setIsr(List.of(BROKER))
                    .setReplicas(List.of(BROKER))
                    .setPartitionEpoch(0)
                    .setIsNew(true));
        }
        LeaderAndIsrRequest request = new LeaderAndIsrRequest.Builder(
                        ApiKeys.LEADER_AND_ISR.latestVersion(),
                        BROKER,
                        1,
                        0,
                        states,
                        Map.of(TOPIC, TOPIC_ID),
                        List.of())
                .build();
        Errors error = replicas.becomeLeaderOrFollower(0, request, (leaders, followers) -> BoxedUnit.UNIT)
                .error();
        if (error != Errors.NONE) {
            throw new IllegalStateException("LeaderAndIsr was refused with " + error);
        }
    }

    ReplicaManager replicas() {
        return replicas;
    }

    /** Appends a batch to a partition, and completes what waited for it, as a request handler does behind each request. */
    void append(int partition, ByteBuffer batch) {
        replicas.appendRecords(
                0,
                (short) 1,
                false,
                AppendOrigin.CLIENT,
                CollectionConverters.asScala(Map.of(
                        new TopicPartition(TOPIC, partition), MemoryRecords.readableRecords(Batches.anew(batch)))),
                answers -> {
                    Errors error = answers.head()._2().error;
                    if (error != Errors.NONE) {
                        throw new IllegalStateException("An append was answered " + error);
                    }
                    return BoxedUnit.UNIT;
                },
                replicas.appendRecords$default$7(),
                replicas.appendRecords$default$8(),
                requestLocal,
                replicas.appendRecords$default$10(),
                replicas.appendRecords$default$11());
        replicas.tryCompleteActions();
    }

    @Override
    public void close() throws IOException {
        replicas.shutdown(false);
        logs.shutdown(-1);
        try {
            scheduler.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        quotas.shutdown();
        metrics.close();
        requestLocal.close();
        TempDirs.delete(dir);
    }

    /** Everything is at its default. */
    private static final class NothingIsConfigured implements ConfigRepository {
        @Override
        public Properties config(ConfigResource resource) {
            return new Properties();
        }
    }

    /** There is one replica of each partition only. */
    private static final class NothingChanges implements AlterPartitionManager {
        @Override
        public CompletableFuture<LeaderAndIsr> submit(
                TopicIdPartition partition, LeaderAndIsr leaderAndIsr, int controllerEpoch) {
            throw new IllegalStateException("There is no in-sync replica that could come or go");
        }
    }
}
