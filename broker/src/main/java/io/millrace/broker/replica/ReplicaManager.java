package io.millrace.broker.replica;

import io.millrace.broker.config.ReplicaConfig;
import io.millrace.broker.loop.Loop;
import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.StopReplica;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.DamagedRange;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of which this broker has a replica: what handlers, coordinators and the controller's requests reach them by.
 * Safe for use by any thread. Appends and reads come from event loops and do not wait; the controller's requests create and
 * remove logs, so they belong on a thread that may wait for a disk, and are applied one after the other.
 */
public final class ReplicaManager {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaManager.class);

    private final ReplicaConfig config;
    private final LogManager logs;
    private final MetadataCache metadata;
    private final ReplicaEnvironment environment;
    private final HostedPartitions partitions = new HostedPartitions();
    private final FetchSessions sessions;
    private final NewLeaderships newLeaderships;
    private final ReplicaStateChanges stateChanges;
    private final List<LeadershipListener> listeners = new CopyOnWriteArrayList<>();
    private final ThreadLocal<AppendInfo> appendInfo = ThreadLocal.withInitial(AppendInfo::new);

    /**
     * @param logs started, or starting: what the controller says of a log that is being recovered is done once that is ready, see
     *     {@link #onLogLoaded}
     * @param settings of topics
     */
    public ReplicaManager(
            ReplicaConfig config,
            LogManager logs,
            MetadataCache metadata,
            TopicSettingsSource settings,
            ReplicaEnvironment environment) {
        this.config = config;
        this.logs = logs;
        this.metadata = metadata;
        this.environment = environment;
        Loop loop = environment.loop();
        this.sessions = new FetchSessions(config.maxFetchSessions(), loop::nowMs);
        this.newLeaderships = new NewLeaderships(sessions, loop);
        ReplicaHost host = new ReplicaHost(
                config.brokerId(),
                config.replicaLagTimeMaxMs(),
                environment.brokerEpoch(),
                broker -> metadata.snapshot().broker(broker) != null,
                loop,
                environment.isrChanges());
        IsrUpkeep isrUpkeep = new IsrUpkeep(partitions, loop, config.replicaLagTimeMaxMs());
        metadata.addListener(isrUpkeep::onMetadata);
        Consumer<Partition> onLeading = partition -> {
            if (partition.watchesIsr()) {
                newLeaderships.onLeading();
                isrUpkeep.arm();
            }
        };
        this.stateChanges = new ReplicaStateChanges(
                host, logs, partitions, settings, environment.topicIds(), environment.fetching(), listeners, onLeading);
    }

    /** Hears of every partition that this broker begins or ceases to lead. To be added before the first request arrives. */
    public void addListener(LeadershipListener listener) {
        listeners.add(listener);
    }

    /** Applies what the controller says about leaders. May wait for a disk; not for event loops. */
    public LeaderAndIsr.Response applyLeaderAndIsr(LeaderAndIsr.Request request) {
        return stateChanges.apply(request);
    }

    /** Stops replicas, and deletes them if the controller says so. May wait for a disk; not for event loops. */
    public StopReplica.Response stopReplicas(StopReplica.Request request) {
        return stateChanges.stop(request);
    }

    /** A topic has other settings now. */
    public void updateSettings(String topic, TopicSettings settings) {
        stateChanges.onSettingsChanging();
        logs.updateConfig(topic, settings.log());
        partitions.ofTopic(topic, partition -> partition.minInsyncReplicas(settings.minInsyncReplicas()));
    }

    /** A log directory failed: its partitions are served no longer. For {@link LogManager#onDirFailure}. */
    public void onDirFailure(Path dir) {
        LOG.error("The partitions in a failed log directory are offline dir={}", dir);
        stateChanges.takeOffline(dir);
    }

    /**
     * A log is ready that was being recovered, or cannot be: does what the controller has said of it meanwhile. For
     * {@link LogManager#onLoaded}, on the thread that applies the controller's requests.
     *
     * @return whether that could be done; else the controller, which counts on it, is to be told that a disk has failed
     */
    public boolean onLogLoaded(TopicPartition name) {
        return stateChanges.onLogLoaded(name) == ErrorCode.NONE;
    }

    /**
     * Bytes of a log are damaged: tells what that means for the partition. Its replica stays what it is. One in sync must not be cut
     * there to be fetched anew: behind the damage it may be the only one that has what was committed. For
     * {@link LogManager#onDamage}.
     */
    public void onDamage(TopicPartition name) {
        PartitionLog log = logs.log(name);
        List<DamagedRange> ranges = log == null ? List.of() : log.damagedRanges();
        if (!ranges.isEmpty()) {
            Partition partition = partitions.find(name.topic(), name.partition());
            LOG.warn(
                    "Records cannot be read on this broker while other replicas have them partition={} leadsHere={} count={}"
                            + " first={}: let another one lead, and have this replica made anew",
                    name,
                    partition != null && partition.isLeader(),
                    ranges.size(),
                    ranges.get(0));
        }
    }

    /** The partition, whatever its role here; null if this broker has no replica of it. */
    public @Nullable Partition partition(String topic, int partition) {
        return partitions.find(topic, partition);
    }

    /** All partitions of which this broker has a replica. */
    public void forEachPartition(Consumer<Partition> action) {
        partitions.forEach(action);
    }

    /** Whether this broker leads a partition that has other replicas. */
    public boolean leadsWithFollowers() {
        boolean[] leads = {false};
        partitions.forEach(partition -> leads[0] |= partition.watchesIsr());
        return leads[0];
    }

    /** Why a partition that this broker has no replica of cannot be asked for here. */
    public ErrorCode absence(String topic, int partition) {
        return metadata.snapshot().partition(topic, partition) == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** Name of the topic with this id, as the replicas here or the controller know it; or null. */
    public @Nullable String topicName(Uuid id) {
        String hosted = partitions.topicName(id);
        return hosted != null ? hosted : metadata.snapshot().topicName(id);
    }

    /** The replica's log, if this broker leads the partition; or null. */
    public @Nullable PartitionLog leaderLog(TopicPartition name) {
        Partition partition = partitions.find(name.topic(), name.partition());
        return partition != null && partition.isLeader() ? partition.log() : null;
    }

    /**
     * Appends a batch of a coordinator.
     *
     * @param leaderEpoch of the leadership under which the coordinator decided on it; under any other it is refused
     *     with NOT_LEADER_OR_FOLLOWER
     * @param records position to limit; may be changed, must stay untouched until this returns
     * @param acks 1: answer when it is appended here; -1: when all replicas in sync have it
     * @param timeoutMs longest wait for the replicas
     * @param callback learns the outcome, perhaps before this returns
     */
    public void append(
            TopicPartition name,
            int leaderEpoch,
            ByteBuffer records,
            short acks,
            int timeoutMs,
            AppendCallback callback) {
        Partition partition = partitions.find(name.topic(), name.partition());
        if (partition == null) {
            callback.onAppended(absence(name.topic(), name.partition()), -1);
            return;
        }
        AppendInfo info = appendInfo.get();
        try {
            partition.appendAsLeaderIn(leaderEpoch, records, AppendOrigin.COORDINATOR, acks, info);
        } catch (StorageException e) {
            callback.onAppended(e.error(), -1);
            return;
        }
        long firstOffset = info.firstOffset();
        if (acks != -1) {
            callback.onAppended(ErrorCode.NONE, firstOffset);
            return;
        }
        CoordinatorAppend append = new CoordinatorAppend(environment.timer(), firstOffset, callback);
        append.add(partition, info.lastOffset() + 1, 0);
        append.start(timeoutMs);
    }

    /** The replica that is closest to a consumer, unless it is this one; broker id, or -1. */
    int closestReplica(Partition partition, FetchedPartition wanted, FetchParams params) {
        ClusterSnapshot cluster = metadata.snapshot();
        return partition.closestReplica(wanted.fetchOffset(), id -> {
            BrokerMetadata broker = cluster.broker(id);
            return broker != null
                    && broker.endpoint(params.listenerName()) != null
                    && params.rackId().equals(broker.rack());
        });
    }

    /** How long a follower's fetch may wait for records that wants to wait for so long. */
    public int followerWaitMs(int wantedMs) {
        return newLeaderships.waitMs(wantedMs);
    }

    /** The incremental fetch sessions. */
    public FetchSessions sessions() {
        return sessions;
    }

    MetadataCache metadata() {
        return metadata;
    }

    /** The deadlines of those who wait. */
    public Timer timer() {
        return environment.timer();
    }

    /** Milliseconds that never go back. */
    long nowMs() {
        return environment.loop().nowMs();
    }

    public ReplicaConfig config() {
        return config;
    }
}
