package io.millrace.broker.controller;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrPartitionError;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what brokers answer to LeaderAndIsr: partitions that a broker could not take up, because ZooKeeper or a disk failed it or
 * the log of a former topic of the name is in the way, are announced to it again after a pause, which grows while that goes on.
 * Nobody else would: the broker keeps its registration, so nothing changes that the controller could see. Belongs to the
 * controller's thread.
 */
final class AnnouncementRetries {
    private static final Logger LOG = LoggerFactory.getLogger(AnnouncementRetries.class);
    private static final long FIRST_PAUSE_MS = 500;
    private static final long LONGEST_PAUSE_MS = 30_000;

    private final Announcer announcer;
    private final BiConsumer<Integer, Map<TopicPartition, Boolean>> disks;
    private final ObjLongConsumer<Runnable> scheduler;
    private final Map<Integer, Failed> brokers = new TreeMap<>();

    /** What the log says already of brokers that were told again, or are about to be. */
    private final Map<Integer, Map<TopicPartition, ErrorCode>> logged = new HashMap<>();

    /** Tells brokers once more. */
    interface Announcer {
        /**
         * @param brokerEpoch of the life in which the broker could not take the partitions up
         * @param partitions whether the broker may make each of them anew, as long as it is in that life: it knows of every log
         *     that it has had in it
         */
        void announce(int broker, long brokerEpoch, Map<TopicPartition, Boolean> partitions);
    }

    /** What a broker could not take up, and the pause, in milliseconds, before it is told again. */
    private static final class Failed {
        /** Each with whether it was new, at any telling since it was taken up last. */
        private final Map<TopicPartition, Boolean> partitions = new HashMap<>();

        private long brokerEpoch;
        private long pauseMs = FIRST_PAUSE_MS;
        private boolean scheduled;
    }

    /**
     * @param announcer tells a broker of partitions, as far as they are still its business
     * @param disks told of a broker, for each partition, whether its disk serves it
     * @param scheduler runs a task on the controller's thread after so many milliseconds
     */
    AnnouncementRetries(
            Announcer announcer,
            BiConsumer<Integer, Map<TopicPartition, Boolean>> disks,
            ObjLongConsumer<Runnable> scheduler) {
        this.announcer = announcer;
        this.disks = disks;
        this.scheduler = scheduler;
    }

    void onAnswer(int broker, LeaderAndIsr.Request request, LeaderAndIsr.Response response) {
        ErrorCode refusal = ErrorCode.of(response.errorCode);
        if (refusal != ErrorCode.NONE) {
            // It is about epochs: a later registration or a later controller, of which the news is on its way.
            LOG.warn("Broker {} refused LeaderAndIsr: {}", broker, refusal);
            return;
        }
        Failed failed = brokers.computeIfAbsent(broker, id -> new Failed());
        if (failed.brokerEpoch != request.brokerEpoch) {
            failed.brokerEpoch = request.brokerEpoch;
            failed.partitions.replaceAll((partition, isNew) -> false);
        }
        Map<Uuid, String> names = new HashMap<>();
        Map<TopicPartition, Boolean> fresh = new HashMap<>();
        Map<TopicPartition, Boolean> works = new HashMap<>();
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            names.put(topic.topicId, topic.topicName);
            for (LeaderAndIsrPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                // An election in between has told it of the same partition, and not that it is new.
                boolean wasNew = Boolean.TRUE.equals(failed.partitions.remove(name));
                fresh.put(name, wasNew || partition.isNew);
                works.put(name, true);
            }
        }
        Map<TopicPartition, ErrorCode> refused = new HashMap<>();
        for (LeaderAndIsrTopicError topic : response.topics) {
            String name = names.get(topic.topicId);
            if (name != null) {
                topic.partitionErrors.forEach(outcome -> note(broker, name, outcome, refused, works));
            }
        }
        response.partitionErrors.forEach(outcome -> note(broker, outcome.topicName, outcome, refused, works));
        log(broker, works.keySet(), refused);
        refused.keySet().forEach(partition -> failed.partitions.put(partition, fresh.getOrDefault(partition, false)));
        disks.accept(broker, works);
        if (failed.partitions.isEmpty()) {
            brokers.remove(broker);
        } else if (!failed.scheduled) {
            failed.scheduled = true;
            scheduler.accept(() -> retry(broker, failed), failed.pauseMs);
            failed.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * failed.pauseMs);
        }
    }

    // It may be told every half minute until somebody has replaced a disk.
    private void log(int broker, Set<TopicPartition> answered, Map<TopicPartition, ErrorCode> refused) {
        Map<TopicPartition, ErrorCode> before = logged.computeIfAbsent(broker, id -> new HashMap<>());
        answered.forEach(partition -> {
            ErrorCode error = refused.get(partition);
            if (error == null) {
                before.remove(partition);
            } else if (before.put(partition, error) == error) {
                LOG.debug("Broker {} still cannot take up {} ({}) and is told again", broker, partition, error);
            } else {
                LOG.warn(
                        "Broker {} could not take up {} ({}) and is told again until it can", broker, partition, error);
            }
        });
        if (before.isEmpty()) {
            logged.remove(broker);
        }
    }

    private void retry(int broker, Failed failed) {
        failed.scheduled = false;
        // The rest is no business of that broker any more.
        logged.getOrDefault(broker, new HashMap<>()).keySet().retainAll(failed.partitions.keySet());
        Map<TopicPartition, Boolean> again = Map.copyOf(failed.partitions);
        failed.partitions.clear();
        announcer.announce(broker, failed.brokerEpoch, again);
    }

    private static void note(
            int broker,
            String topic,
            LeaderAndIsrPartitionError outcome,
            Map<TopicPartition, ErrorCode> refused,
            Map<TopicPartition, Boolean> works) {
        TopicPartition partition = new TopicPartition(topic, outcome.partitionIndex);
        ErrorCode error = ErrorCode.of(outcome.errorCode);
        switch (error) {
            case NONE, STALE_CONTROLLER_EPOCH -> {}
            case UNKNOWN_SERVER_ERROR, KAFKA_STORAGE_ERROR -> {
                refused.put(partition, error);
                works.put(partition, error != ErrorCode.KAFKA_STORAGE_ERROR);
            }
            case INCONSISTENT_TOPIC_ID -> {
                // A log of a former topic is in the way, which its broker sets aside once it does not count as in sync.
                refused.put(partition, error);
                works.remove(partition);
            }
            default -> {
                works.remove(partition);
                LOG.warn("Broker {} refused {}: {}", broker, partition, error);
            }
        }
    }
}
