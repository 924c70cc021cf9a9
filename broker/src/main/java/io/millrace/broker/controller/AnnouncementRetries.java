package io.millrace.broker.controller;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrPartitionError;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what brokers answer to LeaderAndIsr: partitions that a broker could not take up, because ZooKeeper or a disk failed
 * it, are announced to it again after a pause, which grows while that goes on. Nobody else would: the broker keeps its
 * registration, so nothing changes that the controller could see. Belongs to the controller's thread.
 */
final class AnnouncementRetries {
    private static final Logger LOG = LoggerFactory.getLogger(AnnouncementRetries.class);
    private static final long FIRST_PAUSE_MS = 500;
    private static final long LONGEST_PAUSE_MS = 30_000;

    private final BiConsumer<Integer, Collection<TopicPartition>> announcer;
    private final BiConsumer<Integer, Map<TopicPartition, Boolean>> disks;
    private final ObjLongConsumer<Runnable> scheduler;
    private final Map<Integer, Failed> brokers = new TreeMap<>();

    /** What a broker could not take up, and the pause, in milliseconds, before it is told again. */
    private static final class Failed {
        private final Set<TopicPartition> partitions = new HashSet<>();
        private long pauseMs = FIRST_PAUSE_MS;
        private boolean scheduled;
    }

    /**
     * @param announcer tells a broker of partitions, as far as they are still its business
     * @param disks told of a broker, for each partition, whether its disk serves it
     * @param scheduler runs a task on the controller's thread after so many milliseconds
     */
    AnnouncementRetries(
            BiConsumer<Integer, Collection<TopicPartition>> announcer,
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
        Map<Uuid, String> names = new HashMap<>();
        Map<TopicPartition, Boolean> works = new HashMap<>();
        for (LeaderAndIsrTopicState topic : request.topicStates) {
            names.put(topic.topicId, topic.topicName);
            for (LeaderAndIsrPartitionState partition : topic.partitionStates) {
                TopicPartition name = new TopicPartition(topic.topicName, partition.partitionIndex);
                failed.partitions.remove(name);
                works.put(name, true);
            }
        }
        for (LeaderAndIsrTopicError topic : response.topics) {
            String name = names.get(topic.topicId);
            if (name != null) {
                topic.partitionErrors.forEach(outcome -> note(broker, name, outcome, failed.partitions, works));
            }
        }
        response.partitionErrors.forEach(outcome -> note(broker, outcome.topicName, outcome, failed.partitions, works));
        disks.accept(broker, works);
        if (failed.partitions.isEmpty()) {
            brokers.remove(broker);
        } else if (!failed.scheduled) {
            failed.scheduled = true;
            scheduler.accept(() -> retry(broker, failed), failed.pauseMs);
            failed.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * failed.pauseMs);
        }
    }

    private void retry(int broker, Failed failed) {
        failed.scheduled = false;
        List<TopicPartition> again = List.copyOf(failed.partitions);
        failed.partitions.clear();
        announcer.accept(broker, again);
    }

    private static void note(
            int broker,
            String topic,
            LeaderAndIsrPartitionError outcome,
            Set<TopicPartition> failed,
            Map<TopicPartition, Boolean> works) {
        TopicPartition partition = new TopicPartition(topic, outcome.partitionIndex);
        ErrorCode error = ErrorCode.of(outcome.errorCode);
        switch (error) {
            case NONE, STALE_CONTROLLER_EPOCH -> {}
            case UNKNOWN_SERVER_ERROR, KAFKA_STORAGE_ERROR -> {
                LOG.warn("Broker {} could not take up {} ({}) and is told again", broker, partition, error);
                failed.add(partition);
                works.put(partition, error != ErrorCode.KAFKA_STORAGE_ERROR);
            }
            default -> {
                works.remove(partition);
                LOG.warn("Broker {} refused {}: {}", broker, partition, error);
            }
        }
    }
}
