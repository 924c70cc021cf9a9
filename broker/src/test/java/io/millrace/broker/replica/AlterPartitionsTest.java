package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.AlterPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class AlterPartitionsTest {
    private final TestLoop loop = new TestLoop();
    private final Queue<Sent> sent = new ArrayDeque<>();
    private final List<IsrAnswer> answers = new ArrayList<>();
    private final Uuid topicId = Uuid.random();
    private final AlterPartitions changes =
            new AlterPartitions(1, () -> 71, loop, (request, then) -> sent.add(new Sent(request, then)));

    private record Sent(AlterPartition.Request request, BiConsumer<AlterPartition.Response, Throwable> then) {}

    @Test
    void sendsWhatThereIsTogetherAndOneRequestAtATime() {
        propose(0);
        propose(1);
        loop.run();
        propose(2);
        loop.run();
        assertThat(sent).hasSize(1);
        AlterPartition.Request request = sent.peek().request;
        assertThat(request.brokerEpoch).isEqualTo(71);
        assertThat(partitions(request)).containsExactly(0, 1);
        AlterPartition.Request.PartitionData first =
                request.topics.get(0).partitions.get(0);
        assertThat(first.leaderEpoch).isEqualTo(4);
        assertThat(first.partitionEpoch).isEqualTo(10);
        assertThat(first.newIsrWithEpochs.get(1).brokerId).isEqualTo(2);
        assertThat(first.newIsrWithEpochs.get(1).brokerEpoch).isEqualTo(82);

        answer(ErrorCode.NONE, 0, 1);
        assertThat(answers).hasSize(2);
        assertThat(partitions(sent.peek().request)).containsExactly(2);
    }

    @Test
    void asksUntilAControllerAnswers() {
        propose(0);
        loop.run();
        sent.remove().then.accept(null, new IllegalStateException("no controller"));
        loop.run();
        assertThat(sent).as("not at once").isEmpty();
        loop.advance(1_000);
        answer(ErrorCode.NOT_CONTROLLER);
        loop.advance(1_000);
        answer(ErrorCode.STALE_BROKER_EPOCH);
        loop.advance(1_000);
        assertThat(answers).isEmpty();
        answer(ErrorCode.NONE, 0);
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).partitionEpoch()).isEqualTo(11);
        loop.advance(10_000);
        assertThat(sent).isEmpty();
    }

    @Test
    void asksAgainForWhatAnAnswerLeftOut() {
        propose(0);
        propose(1);
        loop.run();
        answer(ErrorCode.NONE, 1);
        assertThat(answers).hasSize(1);
        loop.advance(1_000);
        assertThat(partitions(sent.peek().request)).containsExactly(0);
    }

    private void propose(int partition) {
        changes.propose(new IsrProposal(
                new TopicPartition("t", partition),
                topicId,
                4,
                10,
                new int[] {1, 2},
                new long[] {71, 82},
                (proposal, answer) -> answers.add(answer)));
    }

    private void answer(ErrorCode error, int... partitions) {
        AlterPartition.Response response = new AlterPartition.Response();
        response.errorCode = error.code();
        AlterPartition.Response.TopicData topic = new AlterPartition.Response.TopicData();
        topic.topicId = topicId;
        topic.partitions = new ArrayList<>();
        for (int number : partitions) {
            AlterPartition.Response.PartitionData partition = new AlterPartition.Response.PartitionData();
            partition.partitionIndex = number;
            partition.partitionEpoch = 11;
            partition.isr = new int[] {1, 2};
            topic.partitions.add(partition);
        }
        response.topics = List.of(topic);
        sent.remove().then.accept(response, null);
        loop.run();
    }

    private static List<Integer> partitions(AlterPartition.Request request) {
        List<Integer> numbers = new ArrayList<>();
        request.topics.forEach(topic -> topic.partitions.forEach(partition -> numbers.add(partition.partitionIndex)));
        return numbers;
    }
}
