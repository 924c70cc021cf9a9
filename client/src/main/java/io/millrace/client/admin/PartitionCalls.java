package io.millrace.client.admin;

import io.millrace.client.net.Call;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.DeleteRecords;
import io.millrace.protocol.message.DescribeProducers;
import io.millrace.protocol.message.ListOffsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What only the leader of a partition knows or may do. Any thread. */
public final class PartitionCalls {
    private final AdminLink link;

    public PartitionCalls(AdminLink link) {
        this.link = link;
    }

    public CompletableFuture<Outcomes<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> specs, boolean readCommitted) {
        int lowestVersion = specs.values().stream()
                .mapToInt(OffsetSpec::lowestVersion)
                .max()
                .orElse(1);
        return link.askLeaders(specs.keySet(), (node, mine) -> {
            ListOffsets.Request request = new ListOffsets.Request();
            request.replicaId = -1;
            request.isolationLevel = (byte) (readCommitted ? 1 : 0);
            request.timeoutMs = link.brokerTimeoutMs();
            request.topics = AdminLink.byTopic(mine, (name, members) -> {
                ListOffsets.Request.ListOffsetsTopic topic = new ListOffsets.Request.ListOffsetsTopic();
                topic.name = name;
                topic.partitions = new ArrayList<>();
                for (TopicPartition member : members) {
                    ListOffsets.Request.ListOffsetsPartition wanted = new ListOffsets.Request.ListOffsetsPartition();
                    wanted.partitionIndex = member.partition();
                    wanted.timestamp = specs.get(member).timestamp();
                    topic.partitions.add(wanted);
                }
                return topic;
            });
            return link.client()
                    .send(
                            node,
                            Call.of(request, ListOffsets.Response::new)
                                    .versions(lowestVersion, ApiKey.LIST_OFFSETS.highestVersion()))
                    .thenApply(PartitionCalls::listed);
        });
    }

    private static Outcomes<TopicPartition, ListedOffset> listed(ListOffsets.Response response) {
        Outcomes<TopicPartition, ListedOffset> outcomes = new Outcomes<>();
        for (ListOffsets.Response.ListOffsetsTopicResponse topic : response.topics) {
            for (ListOffsets.Response.ListOffsetsPartitionResponse answer : topic.partitions) {
                TopicPartition partition = new TopicPartition(topic.name, answer.partitionIndex);
                ListedOffset offset = new ListedOffset(answer.offset, answer.timestamp, answer.leaderEpoch);
                outcomes.note(partition, offset, answer.errorCode, null, "Cannot look up an offset of " + partition);
            }
        }
        return outcomes;
    }

    public CompletableFuture<Outcomes<TopicPartition, Long>> deleteRecords(Map<TopicPartition, Long> beforeOffsets) {
        return link.askLeaders(beforeOffsets.keySet(), (node, mine) -> {
            DeleteRecords.Request request = new DeleteRecords.Request();
            request.timeoutMs = link.brokerTimeoutMs();
            request.topics = AdminLink.byTopic(mine, (name, members) -> {
                DeleteRecords.Request.DeleteRecordsTopic topic = new DeleteRecords.Request.DeleteRecordsTopic();
                topic.name = name;
                topic.partitions = new ArrayList<>();
                for (TopicPartition member : members) {
                    DeleteRecords.Request.DeleteRecordsPartition wanted =
                            new DeleteRecords.Request.DeleteRecordsPartition();
                    wanted.partitionIndex = member.partition();
                    wanted.offset = beforeOffsets.get(member);
                    topic.partitions.add(wanted);
                }
                return topic;
            });
            return link.client()
                    .send(node, Call.of(request, DeleteRecords.Response::new))
                    .thenApply(response -> {
                        Outcomes<TopicPartition, Long> outcomes = new Outcomes<>();
                        for (DeleteRecords.Response.DeleteRecordsTopicResult topic : response.topics) {
                            for (DeleteRecords.Response.DeleteRecordsPartitionResult result : topic.partitions) {
                                TopicPartition partition = new TopicPartition(topic.name, result.partitionIndex);
                                String what = "Cannot delete records of " + partition;
                                outcomes.note(partition, result.lowWatermark, result.errorCode, null, what);
                            }
                        }
                        return outcomes;
                    });
        });
    }

    public CompletableFuture<Outcomes<TopicPartition, List<ProducerState>>> producers(
            Collection<TopicPartition> partitions) {
        return link.askLeaders(partitions, (node, mine) -> {
            DescribeProducers.Request request = new DescribeProducers.Request();
            request.topics = AdminLink.byTopic(mine, (name, members) -> {
                DescribeProducers.Request.TopicRequest topic = new DescribeProducers.Request.TopicRequest();
                topic.name = name;
                topic.partitionIndexes = AdminLink.numbers(members);
                return topic;
            });
            return link.client()
                    .send(node, Call.of(request, DescribeProducers.Response::new))
                    .thenApply(response -> {
                        Outcomes<TopicPartition, List<ProducerState>> outcomes = new Outcomes<>();
                        for (DescribeProducers.Response.TopicResponse topic : response.topics) {
                            for (DescribeProducers.Response.PartitionResponse result : topic.partitions) {
                                TopicPartition partition = new TopicPartition(topic.name, result.partitionIndex);
                                String what = "Cannot describe the producers of " + partition;
                                outcomes.note(partition, states(result), result.errorCode, result.errorMessage, what);
                            }
                        }
                        return outcomes;
                    });
        });
    }

    private static List<ProducerState> states(DescribeProducers.Response.PartitionResponse result) {
        return result.activeProducers.stream()
                .map(producer -> new ProducerState(
                        producer.producerId,
                        producer.producerEpoch,
                        producer.lastSequence,
                        producer.lastTimestamp,
                        producer.coordinatorEpoch,
                        producer.currentTxnStartOffset))
                .toList();
    }
}
