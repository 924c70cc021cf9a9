package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartition.Request.BrokerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposals by AlterPartition, the request of Kafka 3.9. One is on its way at a time and carries all proposals there are;
 * what comes meanwhile goes with the next. It is sent again until a controller has answered each proposal of it. State
 * belongs to the loop.
 */
public final class AlterPartitions implements IsrChanges {
    private static final Logger LOG = LoggerFactory.getLogger(AlterPartitions.class);

    private static final long RETRY_MS = 50;

    private static final long MAX_RETRY_MS = 1_000;

    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final Loop loop;
    private final ControllerLink controller;
    private Map<TopicPartition, IsrProposal> waiting = new LinkedHashMap<>();
    private boolean onItsWay;
    private int failures;

    /** @param brokerEpoch under which this broker is registered now */
    public AlterPartitions(int brokerId, LongSupplier brokerEpoch, Loop loop, ControllerLink controller) {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.loop = loop;
        this.controller = controller;
    }

    @Override
    public void propose(IsrProposal proposal) {
        loop.post("propose an ISR", () -> {
            waiting.put(proposal.name(), proposal);
            // Those proposed in the same turn of the loop go along.
            loop.post("send ISR proposals", this::sendNext);
        });
    }

    private void sendNext() {
        if (onItsWay || waiting.isEmpty()) {
            return;
        }
        onItsWay = true;
        Map<TopicPartition, IsrProposal> sent = waiting;
        waiting = new LinkedHashMap<>();
        controller.send(
                request(sent),
                (response, failure) ->
                        loop.post("take in the answer about ISRs", () -> onAnswer(sent, response, failure)));
    }

    private AlterPartition.Request request(Map<TopicPartition, IsrProposal> proposals) {
        AlterPartition.Request request = new AlterPartition.Request();
        request.brokerId = brokerId;
        request.brokerEpoch = brokerEpoch.getAsLong();
        request.topics = new ArrayList<>();
        Map<Uuid, AlterPartition.Request.TopicData> topics = new HashMap<>();
        for (IsrProposal proposal : proposals.values()) {
            topics.computeIfAbsent(proposal.topicId(), id -> {
                        AlterPartition.Request.TopicData topic = new AlterPartition.Request.TopicData();
                        topic.topicId = id;
                        topic.partitions = new ArrayList<>();
                        request.topics.add(topic);
                        return topic;
                    })
                    .partitions
                    .add(partition(proposal));
        }
        return request;
    }

    private static AlterPartition.Request.PartitionData partition(IsrProposal proposal) {
        AlterPartition.Request.PartitionData partition = new AlterPartition.Request.PartitionData();
        partition.partitionIndex = proposal.name().partition();
        partition.leaderEpoch = proposal.leaderEpoch();
        partition.partitionEpoch = proposal.partitionEpoch();
        partition.newIsrWithEpochs = new ArrayList<>(proposal.isr().length);
        for (int i = 0; i < proposal.isr().length; i++) {
            BrokerState broker = new BrokerState();
            broker.brokerId = proposal.isr()[i];
            broker.brokerEpoch = proposal.brokerEpochs()[i];
            partition.newIsrWithEpochs.add(broker);
        }
        return partition;
    }

    private void onAnswer(
            Map<TopicPartition, IsrProposal> sent,
            AlterPartition.@Nullable Response response,
            @Nullable Throwable failure) {
        onItsWay = false;
        if (response == null || response.errorCode != ErrorCode.NONE.code()) {
            sendAgain(sent, response == null ? failure : ErrorCode.of(response.errorCode));
            return;
        }
        Map<Uuid, Map<Integer, IsrProposal>> open = new HashMap<>();
        sent.values()
                .forEach(proposal -> open.computeIfAbsent(proposal.topicId(), id -> new HashMap<>())
                        .put(proposal.name().partition(), proposal));
        for (AlterPartition.Response.TopicData topic : response.topics) {
            for (AlterPartition.Response.PartitionData partition : topic.partitions) {
                IsrProposal proposal =
                        open.getOrDefault(topic.topicId, Map.of()).get(partition.partitionIndex);
                if (proposal != null) {
                    sent.remove(proposal.name());
                    proposal.onAnswer().accept(proposal, answer(partition));
                }
            }
        }
        if (sent.isEmpty()) {
            failures = 0;
            sendNext();
        } else {
            sendAgain(sent, "nothing");
        }
    }

    private void sendAgain(Map<TopicPartition, IsrProposal> unanswered, @Nullable Object why) {
        if (failures++ == 0) {
            LOG.warn(
                    "The controller is asked for these ISRs until it answers, and not {}: {}",
                    why,
                    unanswered.keySet());
        }
        List<IsrProposal> newer = new ArrayList<>(waiting.values());
        waiting = unanswered;
        newer.forEach(proposal -> waiting.put(proposal.name(), proposal));
        onItsWay = true;
        loop.schedule("send ISR proposals again", Math.min(RETRY_MS * failures, MAX_RETRY_MS), () -> {
            onItsWay = false;
            sendNext();
        });
    }

    private static IsrAnswer answer(AlterPartition.Response.PartitionData partition) {
        ErrorCode error = ErrorCode.of(partition.errorCode);
        return error == ErrorCode.NONE
                ? new IsrAnswer(error, partition.leaderEpoch, partition.partitionEpoch, partition.isr)
                : IsrAnswer.refused(error);
    }
}
