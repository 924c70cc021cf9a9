package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.PartitionLog;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of the log of a former topic where there is another one of its name. Called by {@link ReplicaStateChanges}, with
 * its monitor.
 *
 * <p>A replica stays where it is if it was moved to another broker while this one was away, or by a controller that ended before this one
 * heard of it; and if its topic is deleted, nobody says so here. It would keep the next topic of that name from having a replica on this
 * broker. It is known by its id, and by this: since the broker has registered, or the controller was elected, it was not named.
 *
 * <p>That says nothing certain of which of the two is the former one. The id on record may be another because a tool that knows no ids has
 * written the topic, and then this is the replica of a topic that lives; or the request is that of a controller that is none any more. So
 * the log makes way only for the topic that is on record now, and only where nobody counts on what is in it: this broker is not in sync,
 * and fetches all there is, or the partition is new, or nothing was ever in the log.
 */
final class FormerLogs {
    private static final Logger LOG = LoggerFactory.getLogger(FormerLogs.class);

    private static final long NO_BROKER_EPOCH = -1;

    private final int brokerId;
    private final LogManager logs;
    private final HostedPartitions partitions;
    private final Function<String, @Nullable Uuid> topicIds;
    private final Complaints complaints;
    private final Consumer<Partition> removal;

    /**
     * The broker epoch in which a replica was stopped whose log stays, as long as there is no more news of it: that it was named in this
     * life is known by nothing else then.
     */
    private final Map<TopicPartition, Long> keptIn = new HashMap<>();

    /**
     * The request that names a partition.
     *
     * @param brokerEpoch the life of this broker that it is meant for, or -1
     * @param controllerEpoch the term of the controller that says it
     * @param idsOnRecord those that were read for it, by the names of topics
     */
    record Request(long brokerEpoch, int controllerEpoch, Map<String, Optional<Uuid>> idsOnRecord) {
        Request(long brokerEpoch, int controllerEpoch) {
            this(brokerEpoch, controllerEpoch, new HashMap<>());
        }
    }

    /**
     * @param topicIds the id of a topic on record, see {@link ReplicaEnvironment#topicIds}
     * @param removal takes a partition out of service
     */
    FormerLogs(
            int brokerId,
            LogManager logs,
            HostedPartitions partitions,
            Function<String, @Nullable Uuid> topicIds,
            Complaints complaints,
            Consumer<Partition> removal) {
        this.brokerId = brokerId;
        this.logs = logs;
        this.partitions = partitions;
        this.topicIds = topicIds;
        this.complaints = complaints;
        this.removal = removal;
    }

    /** A partition was named whose log is here: no more has to be remembered of it. */
    void onNamed(TopicPartition name) {
        keptIn.remove(name);
    }

    /** A log is here no more. */
    void onDeleted(TopicPartition name) {
        keptIn.remove(name);
    }

    /** A replica was stopped whose log stays. */
    void onStopped(TopicPartition name, long brokerEpoch) {
        keptIn.put(name, brokerEpoch);
    }

    /**
     * Sets the log here aside if it is of a former topic.
     *
     * @param topicId id of the topic that the request is of, zero if it says none
     * @return NONE if nothing is in the way of the partition here, or why the request is refused
     */
    ErrorCode makeWay(TopicPartition name, Uuid topicId, LeaderAndIsrPartitionState state, Request request) {
        PartitionLog log = logs.log(name);
        if (log == null
                || topicId.equals(Uuid.ZERO)
                || log.topicId().equals(Uuid.ZERO)
                || log.topicId().equals(topicId)
                || request.brokerEpoch <= keptIn.getOrDefault(name, NO_BROKER_EPOCH)) {
            return ErrorCode.NONE;
        }
        Partition partition = partitions.find(name.topic(), name.partition());
        if (partition != null && !partition.isUnnamedIn(request.brokerEpoch, request.controllerEpoch)) {
            return ErrorCode.NONE;
        }
        try {
            Uuid onRecord = request.idsOnRecord
                    .computeIfAbsent(name.topic(), topic -> Optional.ofNullable(topicIds.apply(topic)))
                    .orElse(null);
            if (!topicId.equals(onRecord)) {
                LOG.warn(
                        "Refused a leader for a topic that is not the one on record partition={} id={} idHere={} idOnRecord={}",
                        name,
                        topicId,
                        log.topicId(),
                        onRecord);
                return ErrorCode.INCONSISTENT_TOPIC_ID;
            }
            if (!state.isNew && ReplicationRules.contains(state.isr, brokerId) && log.logEndOffset() > 0) {
                complaints.complain(name, idChanged(log, topicId));
                return ErrorCode.INCONSISTENT_TOPIC_ID;
            }
            if (partition != null) {
                removal.accept(partition);
            }
            logs.setAside(name);
            keptIn.remove(name);
            return ErrorCode.NONE;
        } catch (StorageException e) {
            complaints.complain("set aside the former log of", name, e);
            return e.error();
        } catch (RuntimeException e) {
            LOG.error(
                    "Cannot find out whether the log here is of a former topic partition={} id={} idHere={}",
                    name,
                    topicId,
                    log.topicId(),
                    e);
            return ErrorCode.UNKNOWN_SERVER_ERROR;
        }
    }

    private static String idChanged(PartitionLog log, Uuid topicId) {
        TopicPartition name = log.topicPartition();
        return "Refused to serve partition=" + name + ", as it is said to be in sync here in the topic with id "
                + topicId
                + ", and the log here is of the topic with id " + log.topicId() + ". The records are intact in "
                + log.path() + ". If a tool that knows no topic ids has written /brokers/topics/" + name.topic()
                + " in ZooKeeper, put \"topic_id\":\"" + log.topicId()
                + "\" into it and remove /controller; if the topic of that id was deleted, stop the broker, move this"
                + " directory away and start it";
    }
}
