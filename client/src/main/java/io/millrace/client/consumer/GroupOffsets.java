package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetFetch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Stores and reads how far a group has come. Any thread. */
public final class GroupOffsets {
    /** Later versions of both requests name topics by id. */
    private static final int HIGHEST_VERSION = 9;

    /** OffsetFetch asks for several groups at once from here on. */
    private static final int LOWEST_VERSION_WITH_GROUPS = 8;

    /** OffsetFetch can leave out offsets of open transactions from here on. */
    private static final int LOWEST_VERSION_STABLE = 7;

    private final BrokerClient client;
    private final CoordinatorLink coordinator;
    private final String groupId;
    private final @Nullable String instanceId;
    private final Supplier<MemberIdentity> identity;
    private CompletableFuture<Void> lastCommit = CompletableFuture.completedFuture(null);

    GroupOffsets(
            BrokerClient client,
            CoordinatorLink coordinator,
            String groupId,
            @Nullable String instanceId,
            Supplier<MemberIdentity> identity) {
        this.client = client;
        this.coordinator = coordinator;
        this.groupId = groupId;
        this.instanceId = instanceId;
        this.identity = identity;
    }

    /** Those of a group that one is not a member of. They can be changed only while it has no members. */
    public static GroupOffsets ofOutsider(BrokerClient client, String groupId) {
        return new GroupOffsets(client, new CoordinatorLink(client, groupId), groupId, null, () -> MemberIdentity.NONE);
    }

    /**
     * Stores offsets. Commits arrive in the order in which they were made: each waits for the one before, so that none
     * that was delayed undoes a later one.
     *
     * @param retrying whether to try again while the coordinator moves, as somebody who waits for the outcome wants it
     * @return fails with ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID or REBALANCE_IN_PROGRESS if the partitions belong, or may
     *     belong, to another member by now
     */
    public CompletableFuture<Void> commit(
            Map<TopicPartition, OffsetAndMetadata> offsets, boolean retrying, long timeoutMs) {
        if (offsets.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        // As who it is now: by the time it is sent this consumer may be another member, and these offsets none of
        // its business.
        OffsetCommit.Request request = commitRequest(offsets);
        synchronized (this) {
            CompletableFuture<Void> commit = lastCommit
                    .handle((done, failure) -> null)
                    .thenCompose(turn ->
                            retrying ? client.retrying(() -> commitOnce(request), timeoutMs) : commitOnce(request));
            lastCommit = commit;
            return commit;
        }
    }

    private CompletableFuture<Void> commitOnce(OffsetCommit.Request request) {
        return coordinator
                .send(Call.of(request, OffsetCommit.Response::new).versions(1, HIGHEST_VERSION))
                .thenApply(response -> {
                    requireCommitted(response);
                    return null;
                });
    }

    private OffsetCommit.Request commitRequest(Map<TopicPartition, OffsetAndMetadata> offsets) {
        MemberIdentity member = identity.get();
        OffsetCommit.Request request = new OffsetCommit.Request();
        request.groupId = groupId;
        request.generationIdOrMemberEpoch = member.generation();
        request.memberId = member.isMember() ? member.memberId() : "";
        request.groupInstanceId = member.isMember() ? instanceId : null;
        Map<String, OffsetCommit.Request.OffsetCommitRequestTopic> topics = new HashMap<>();
        offsets.forEach((partition, offset) -> {
            OffsetCommit.Request.OffsetCommitRequestTopic topic = topics.computeIfAbsent(partition.topic(), name -> {
                OffsetCommit.Request.OffsetCommitRequestTopic added =
                        new OffsetCommit.Request.OffsetCommitRequestTopic();
                added.name = name;
                added.partitions = new ArrayList<>();
                return added;
            });
            OffsetCommit.Request.OffsetCommitRequestPartition entry =
                    new OffsetCommit.Request.OffsetCommitRequestPartition();
            entry.partitionIndex = partition.partition();
            entry.committedOffset = offset.offset();
            entry.committedMetadata = offset.metadata();
            topic.partitions.add(entry);
        });
        request.topics = new ArrayList<>(topics.values());
        return request;
    }

    private void requireCommitted(OffsetCommit.Response response) {
        for (OffsetCommit.Response.OffsetCommitResponseTopic topic : response.topics) {
            for (OffsetCommit.Response.OffsetCommitResponsePartition partition : topic.partitions) {
                requireSuccess(
                        partition.errorCode,
                        "Cannot commit the offset of " + topic.name + "-" + partition.partitionIndex + " for group "
                                + groupId);
            }
        }
    }

    /**
     * Reads offsets; partitions for which nothing is committed are missing in the answer.
     *
     * @param partitions null for all for which something is
     */
    public CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> fetch(
            @Nullable Collection<TopicPartition> partitions, long timeoutMs) {
        Map<String, List<TopicPartition>> byTopic =
                partitions == null ? null : partitions.stream().collect(Collectors.groupingBy(TopicPartition::topic));
        // Asking for all of them came with version 2.
        int lowestVersion = byTopic == null ? 2 : 1;
        return client.retrying(
                () -> coordinator
                        .send(Call.of(
                                        ApiKey.OFFSET_FETCH,
                                        version -> fetchRequest(version, byTopic),
                                        OffsetFetch.Response::new)
                                .versions(lowestVersion, HIGHEST_VERSION))
                        .thenApply(this::offsets),
                timeoutMs);
    }

    private Message fetchRequest(int version, @Nullable Map<String, List<TopicPartition>> byTopic) {
        OffsetFetch.Request request = new OffsetFetch.Request();
        request.requireStable = version >= LOWEST_VERSION_STABLE;
        if (version >= LOWEST_VERSION_WITH_GROUPS) {
            OffsetFetch.Request.OffsetFetchRequestGroup group = new OffsetFetch.Request.OffsetFetchRequestGroup();
            group.groupId = groupId;
            group.topics = structs(byTopic, (name, numbers) -> {
                OffsetFetch.Request.OffsetFetchRequestTopics topic = new OffsetFetch.Request.OffsetFetchRequestTopics();
                topic.name = name;
                topic.partitionIndexes = numbers;
                return topic;
            });
            request.groups = List.of(group);
        } else {
            request.groupId = groupId;
            request.topics = structs(byTopic, (name, numbers) -> {
                OffsetFetch.Request.OffsetFetchRequestTopic topic = new OffsetFetch.Request.OffsetFetchRequestTopic();
                topic.name = name;
                topic.partitionIndexes = numbers;
                return topic;
            });
        }
        return request;
    }

    private static <T> @Nullable List<T> structs(
            @Nullable Map<String, List<TopicPartition>> byTopic, BiFunction<String, int[], T> struct) {
        if (byTopic == null) {
            return null;
        }
        List<T> structs = new ArrayList<>(byTopic.size());
        byTopic.forEach((name, members) -> structs.add(struct.apply(
                name, members.stream().mapToInt(TopicPartition::partition).toArray())));
        return structs;
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(OffsetFetch.Response response) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        requireFetched(response.errorCode);
        for (OffsetFetch.Response.OffsetFetchResponseTopic topic : response.topics) {
            for (OffsetFetch.Response.OffsetFetchResponsePartition partition : topic.partitions) {
                requireFetched(partition.errorCode);
                add(offsets, topic.name, partition.partitionIndex, partition.committedOffset, partition.metadata);
            }
        }
        for (OffsetFetch.Response.OffsetFetchResponseGroup group : response.groups) {
            requireFetched(group.errorCode);
            for (OffsetFetch.Response.OffsetFetchResponseTopics topic : group.topics) {
                for (OffsetFetch.Response.OffsetFetchResponsePartitions partition : topic.partitions) {
                    requireFetched(partition.errorCode);
                    add(offsets, topic.name, partition.partitionIndex, partition.committedOffset, partition.metadata);
                }
            }
        }
        return offsets;
    }

    private void requireFetched(short code) {
        requireSuccess(code, "Cannot read the offsets of group " + groupId);
    }

    private void requireSuccess(short code, String what) {
        ErrorCode error = ErrorCode.of(code);
        if (error != ErrorCode.NONE) {
            coordinator.forget(error);
            throw new ClientException(error, what);
        }
    }

    private static void add(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            String topic,
            int partition,
            long offset,
            @Nullable String metadata) {
        if (offset >= 0) {
            offsets.put(
                    new TopicPartition(topic, partition),
                    new OffsetAndMetadata(offset, metadata == null ? "" : metadata));
        }
    }
}
