package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartition.Request.BrokerState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes changes of the ISR in, which leaders propose by AlterPartition (KIP-497): a proposal holds if it was made on the
 * present state and everybody in it is alive and is who the leader thinks (KIP-841, KIP-903). Leaders of an older version
 * write the change themselves and leave a notice. Belongs to the controller's thread.
 */
final class IsrUpdates {
    private static final Logger LOG = LoggerFactory.getLogger(IsrUpdates.class);

    /** Up to this version topics go by their name. */
    private static final int LAST_BY_NAME = 1;

    /** From this version on replicas come with the epoch of their broker. */
    private static final int FIRST_WITH_EPOCHS = 3;

    private static final long UNKNOWN_EPOCH = -1;

    private final ClusterState state;
    private final PartitionElections elections;
    private final FencedWriter writer;
    private final PartitionStateStore store;
    private final Notices notices;

    IsrUpdates(
            ClusterState state,
            PartitionElections elections,
            FencedWriter writer,
            PartitionStateStore store,
            Notices notices) {
        this.state = state;
        this.elections = elections;
        this.writer = writer;
        this.store = store;
        this.notices = notices;
    }

    /**
     * Deals with a request.
     *
     * @param version of the request
     * @param batch gets what the brokers have to know
     */
    AlterPartition.Response alter(AlterPartition.Request request, int version, ControlBatch batch) {
        AlterPartition.Response response = new AlterPartition.Response();
        LiveBroker sender = state.broker(request.brokerId);
        if (sender == null || sender.epoch() != request.brokerEpoch) {
            LOG.info(
                    "Refused ISR changes of a former life of broker {} epoch={} epochNow={}",
                    request.brokerId,
                    request.brokerEpoch,
                    sender == null ? "none" : sender.epoch());
            response.errorCode = ErrorCode.STALE_BROKER_EPOCH.code();
            return response;
        }
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        Map<TopicPartition, AlterPartition.Response.PartitionData> answers = new LinkedHashMap<>();
        response.topics = new ArrayList<>();
        for (AlterPartition.Request.TopicData topic : request.topics) {
            String name = version > LAST_BY_NAME ? state.topicName(topic.topicId) : topic.topicName;
            AlterPartition.Response.TopicData answered = new AlterPartition.Response.TopicData();
            answered.topicId = topic.topicId;
            answered.topicName = version > LAST_BY_NAME ? "" : topic.topicName;
            answered.partitions = new ArrayList<>();
            response.topics.add(answered);
            for (AlterPartition.Request.PartitionData proposal : topic.partitions) {
                AlterPartition.Response.PartitionData answer = new AlterPartition.Response.PartitionData();
                answer.partitionIndex = proposal.partitionIndex;
                answered.partitions.add(answer);
                if (name == null || topic.topicId.equals(Uuid.ZERO) && version > LAST_BY_NAME) {
                    answer.errorCode = ErrorCode.UNKNOWN_TOPIC_ID.code();
                    continue;
                }
                TopicPartition partition = new TopicPartition(name, proposal.partitionIndex);
                answers.put(partition, answer);
                judge(request.brokerId, partition, proposal, version, answer, wanted);
            }
        }
        Set<TopicPartition> written = elections.record(wanted, batch);
        wanted.keySet().stream()
                .filter(partition -> !written.contains(partition))
                .forEach(partition -> expect(answers, partition).errorCode = ErrorCode.INVALID_UPDATE_VERSION.code());
        answers.forEach(this::complete);
        if (!written.isEmpty()) {
            batch.updateMetadata(state.brokerIds(), written);
        }
        return response;
    }

    /** Notes the error, or what is wanted unless it is so already. */
    private void judge(
            int sender,
            TopicPartition partition,
            AlterPartition.Request.PartitionData proposal,
            int version,
            AlterPartition.Response.PartitionData answer,
            Map<TopicPartition, PartitionState> wanted) {
        PartitionState now = state.state(partition);
        List<BrokerState> members = members(proposal, version);
        List<Integer> isr = members.stream().map(member -> member.brokerId).toList();
        boolean recovering = proposal.leaderRecoveryState == 1;
        ErrorCode error = ErrorCode.NONE;
        if (now == null || state.isBeingDeleted(partition.topic())) {
            error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        } else if (proposal.leaderEpoch > now.leaderEpoch() || proposal.partitionEpoch > now.version()) {
            // It knows more than this controller, so there must be a later one.
            error = ErrorCode.NOT_CONTROLLER;
        } else if (proposal.leaderEpoch < now.leaderEpoch()) {
            error = ErrorCode.FENCED_LEADER_EPOCH;
        } else if (sender != now.leader()) {
            error = ErrorCode.INVALID_REQUEST;
        } else if (isr.equals(now.isr()) && recovering == now.recovering()) {
            // Before the check of the partition epoch, because the answer to this very proposal may have been lost.
            return;
        } else if (proposal.partitionEpoch < now.version()) {
            error = ErrorCode.INVALID_UPDATE_VERSION;
        } else if (!isSound(partition, isr, recovering, now)) {
            error = ErrorCode.INVALID_REQUEST;
        } else if (!members.stream().allMatch(member -> isEligible(member, sender))) {
            error = version > LAST_BY_NAME ? ErrorCode.INELIGIBLE_REPLICA : ErrorCode.OPERATION_NOT_ATTEMPTED;
        } else {
            wanted.put(partition, now.withIsr(isr, recovering));
            return;
        }
        LOG.info("Refused ISR {} of {} from broker {}: {}, present state {}", isr, partition, sender, error, now);
        answer.errorCode = error.code();
    }

    private static List<BrokerState> members(AlterPartition.Request.PartitionData proposal, int version) {
        return version >= FIRST_WITH_EPOCHS
                ? proposal.newIsrWithEpochs
                : Arrays.stream(proposal.newIsr)
                        .mapToObj(id -> {
                            BrokerState member = new BrokerState();
                            member.brokerId = id;
                            return member;
                        })
                        .toList();
    }

    private boolean isSound(TopicPartition partition, List<Integer> isr, boolean recovering, PartitionState now) {
        return isr.contains(now.leader())
                && new HashSet<>(isr).size() == isr.size()
                && state.replicas(partition).containsAll(isr)
                && !(recovering && (isr.size() > 1 || !now.recovering()));
    }

    /**
     * A broker that was restarted since the leader heard of it may have lost what the leader thinks it has, and one that is shutting
     * down is about to leave. A leader that is shutting down leads on until another one does, and its ISR changes as any other's.
     */
    private boolean isEligible(BrokerState member, int leader) {
        LiveBroker broker = state.broker(member.brokerId);
        return broker != null
                && (member.brokerId == leader || state.isStaying(member.brokerId))
                && (member.brokerEpoch == UNKNOWN_EPOCH || member.brokerEpoch == broker.epoch());
    }

    private void complete(TopicPartition partition, AlterPartition.Response.PartitionData answer) {
        PartitionState now = state.state(partition);
        if (answer.errorCode == ErrorCode.NONE.code() && now != null) {
            answer.leaderId = now.leader();
            answer.leaderEpoch = now.leaderEpoch();
            answer.isr = now.isr().stream().mapToInt(id -> id).toArray();
            answer.leaderRecoveryState = (byte) (now.recovering() ? 1 : 0);
            answer.partitionEpoch = now.version();
        }
    }

    private static AlterPartition.Response.PartitionData expect(
            Map<TopicPartition, AlterPartition.Response.PartitionData> answers, TopicPartition partition) {
        return answers.getOrDefault(partition, new AlterPartition.Response.PartitionData());
    }

    /**
     * Takes over what leaders have written themselves, and takes their notices away.
     *
     * @param onChange called when there are more
     * @return the partitions that were named
     */
    Set<TopicPartition> takeNotices(Runnable onChange, ControlBatch batch) {
        List<String> paths = notices.isrChanges(onChange);
        Set<TopicPartition> known = new HashSet<>();
        for (TopicPartition partition : notices.partitionsIn(paths)) {
            if (state.assignment(partition) != null) {
                known.add(partition);
            }
        }
        store.states(List.copyOf(known)).forEach(state::putState);
        batch.updateMetadata(known.isEmpty() ? List.of() : state.brokerIds(), known);
        writer.writeEach(paths.stream()
                .map(path -> new ZnodeOp.Delete(path, ZnodeOp.ANY_VERSION))
                .toList());
        return known;
    }
}
