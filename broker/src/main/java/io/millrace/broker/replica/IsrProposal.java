package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import java.util.function.BiConsumer;

/**
 * What a leader wants the in-sync replicas of its partition to be.
 *
 * @param leaderEpoch under which it leads
 * @param partitionEpoch of the state that it wants changed; if that holds no longer, neither does the proposal
 * @param isr broker ids, the leader's among them
 * @param brokerEpochs of these brokers, in the same order, as of the fetch that showed how far each is; -1 where unknown
 * @param onAnswer takes this and the answer, on any thread
 */
public record IsrProposal(
        TopicPartition name,
        Uuid topicId,
        int leaderEpoch,
        int partitionEpoch,
        int[] isr,
        long[] brokerEpochs,
        BiConsumer<IsrProposal, IsrAnswer> onAnswer) {}
