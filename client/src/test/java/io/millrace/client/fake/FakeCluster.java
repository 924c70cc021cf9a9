package io.millrace.client.fake;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.ApiVersions;
import io.millrace.protocol.message.CreateTopics;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.FindCoordinator;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.InitProducerId;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Metadata;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetFetch;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.message.SyncGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brokers on real sockets with partitions in memory: enough of Kafka's behaviour to judge what a client did, and every
 * fault a test wants. A group has one member, which is its leader.
 */
public final class FakeCluster implements AutoCloseable {
    private final List<FakeBroker> brokers = new ArrayList<>();
    private final Map<TopicPartition, FakeLog> logs = new ConcurrentHashMap<>();
    private final Map<String, Uuid> topicIds = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    private final Map<ApiKey, Integer> highestVersions = new EnumMap<>(ApiKey.class);
    private final List<ApiKey> requests = new CopyOnWriteArrayList<>();
    private final AtomicLong producerIds = new AtomicLong(1_000);
    private final AtomicInteger generation = new AtomicInteger();
    private volatile int controllerId;
    private volatile int toldControllerId;
    private volatile FakeBroker.FaultSource faults = (broker, key, request) -> null;
    private volatile List<Fetch.Response.AbortedTransaction> aborted = List.of();

    public FakeCluster(int brokerCount) throws IOException {
        for (int i = 0; i < brokerCount; i++) {
            brokers.add(new FakeBroker(this, i));
        }
    }

    /** Adds a topic whose partitions are led by the brokers in turn. */
    public FakeCluster topic(String name, int partitions) {
        topicIds.put(name, Uuid.random());
        for (int i = 0; i < partitions; i++) {
            FakeLog log = new FakeLog();
            log.leader = i % brokers.size();
            logs.put(new TopicPartition(name, i), log);
        }
        return this;
    }

    public void faults(FakeBroker.FaultSource source) {
        faults = source;
    }

    public void aborted(List<Fetch.Response.AbortedTransaction> transactions) {
        aborted = transactions;
    }

    /** Pretends to be of a time when this was the highest version of an API; -1 for none. */
    public void limitVersion(ApiKey key, int highest) {
        highestVersions.put(key, highest);
    }

    public String bootstrap() {
        return brokers.stream().map(broker -> "127.0.0.1:" + broker.port()).collect(Collectors.joining(","));
    }

    public FakeBroker broker(int id) {
        return brokers.get(id);
    }

    public FakeLog log(String topic, int partition) {
        return logs.get(new TopicPartition(topic, partition));
    }

    public void moveLeader(String topic, int partition, int broker) {
        FakeLog log = log(topic, partition);
        synchronized (log) {
            log.leader = broker;
            log.leaderEpoch++;
        }
    }

    /** Makes another broker the controller, and lets all brokers tell of it now or later. */
    public void moveController(int broker, boolean told) {
        controllerId = broker;
        if (told) {
            toldControllerId = broker;
        }
    }

    public @Nullable Long committed(String topic, int partition) {
        return committed.get(new TopicPartition(topic, partition));
    }

    public void commit(String topic, int partition, long offset) {
        committed.put(new TopicPartition(topic, partition), offset);
    }

    /** How many requests of an API have come, faulty ones included. */
    public long count(ApiKey key) {
        return requests.stream().filter(key::equals).count();
    }

    @Override
    public void close() throws IOException {
        for (FakeBroker broker : brokers) {
            broker.close();
        }
    }

    int highestVersion(ApiKey key) {
        return highestVersions.getOrDefault(key, (int) key.highestVersion());
    }

    Fault faultFor(FakeBroker broker, ApiKey key, Message request) {
        requests.add(key);
        Fault fault = faults.faultFor(broker, key, request);
        return fault == null ? Fault.NONE : fault;
    }

    ApiVersions.Response refusedVersions() {
        ApiVersions.Response response = new ApiVersions.Response();
        response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
        response.apiKeys = List.of(versionOf(ApiKey.API_VERSIONS));
        return response;
    }

    private ApiVersions.Response.ApiVersion versionOf(ApiKey key) {
        ApiVersions.Response.ApiVersion version = new ApiVersions.Response.ApiVersion();
        version.apiKey = key.id();
        version.minVersion = key.lowestVersion();
        version.maxVersion = (short) highestVersion(key);
        return version;
    }

    @Nullable
    Message handle(FakeBroker broker, Message request, int version, Fault fault) {
        if (request instanceof ApiVersions.Request) {
            ApiVersions.Response response = new ApiVersions.Response();
            response.apiKeys = new ArrayList<>();
            for (ApiKey key : ApiKey.values()) {
                if (highestVersion(key) >= 0) {
                    response.apiKeys.add(versionOf(key));
                }
            }
            return response;
        }
        if (request instanceof Metadata.Request metadata) {
            return metadata(metadata);
        }
        if (request instanceof InitProducerId.Request) {
            InitProducerId.Response response = new InitProducerId.Response();
            response.errorCode = code(fault);
            response.producerId = producerIds.incrementAndGet();
            return response;
        }
        if (request instanceof Produce.Request produce) {
            Produce.Response response = produce(broker, produce, fault);
            return produce.acks == 0 ? null : response;
        }
        if (request instanceof Fetch.Request fetch) {
            return fetch(broker, fetch, version, fault);
        }
        if (request instanceof ListOffsets.Request listOffsets) {
            return listOffsets(broker, listOffsets, fault);
        }
        if (request instanceof CreateTopics.Request create) {
            return createTopics(broker, create, fault);
        }
        return group(request, version, fault);
    }

    private static short code(Fault fault) {
        return fault.error() == null ? 0 : fault.error().code();
    }

    private Metadata.Response metadata(Metadata.Request request) {
        Metadata.Response response = new Metadata.Response();
        response.clusterId = "fake";
        response.controllerId = toldControllerId;
        response.brokers = new ArrayList<>();
        for (FakeBroker broker : brokers) {
            Metadata.Response.MetadataResponseBroker entry = new Metadata.Response.MetadataResponseBroker();
            entry.nodeId = broker.id();
            entry.host = "127.0.0.1";
            entry.port = broker.port();
            response.brokers.add(entry);
        }
        List<String> names = request.topics == null
                ? List.copyOf(topicIds.keySet())
                : request.topics.stream().map(topic -> topic.name).toList();
        response.topics = names.stream().map(this::topic).collect(Collectors.toList());
        return response;
    }

    private Metadata.Response.MetadataResponseTopic topic(String name) {
        Metadata.Response.MetadataResponseTopic topic = new Metadata.Response.MetadataResponseTopic();
        topic.name = name;
        if (!topicIds.containsKey(name)) {
            topic.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
            return topic;
        }
        topic.topicId = topicIds.get(name);
        topic.partitions = new ArrayList<>();
        for (int i = 0; log(name, i) != null; i++) {
            Metadata.Response.MetadataResponsePartition partition = new Metadata.Response.MetadataResponsePartition();
            FakeLog log = log(name, i);
            synchronized (log) {
                partition.partitionIndex = i;
                partition.leaderId = log.leader;
                partition.leaderEpoch = log.leaderEpoch;
                partition.replicaNodes = new int[] {log.leader};
                partition.isrNodes = new int[] {log.leader};
            }
            topic.partitions.add(partition);
        }
        return topic;
    }

    private Produce.Response produce(FakeBroker broker, Produce.Request request, Fault fault) {
        Produce.Response response = new Produce.Response();
        response.responses = new ArrayList<>();
        for (Produce.Request.TopicProduceData topic : request.topicData) {
            Produce.Response.TopicProduceResponse answer = new Produce.Response.TopicProduceResponse();
            answer.name = topic.name;
            answer.partitionResponses = new ArrayList<>();
            for (Produce.Request.PartitionProduceData data : topic.partitionData) {
                Produce.Response.PartitionProduceResponse partition = new Produce.Response.PartitionProduceResponse();
                partition.index = data.index;
                FakeLog log = log(topic.name, data.index);
                synchronized (log) {
                    if (fault.processed() && log.leader != broker.id()) {
                        partition.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER.code();
                    } else if (fault.processed()) {
                        FakeLog.Appended appended = log.append(data.records);
                        partition.errorCode = appended.error().code();
                        partition.baseOffset = appended.baseOffset();
                    }
                }
                if (fault.error() != null) {
                    partition.errorCode = fault.error().code();
                    partition.baseOffset = -1;
                }
                answer.partitionResponses.add(partition);
            }
            response.responses.add(answer);
        }
        return response;
    }

    private Fetch.Response fetch(FakeBroker broker, Fetch.Request request, int version, Fault fault) {
        Fetch.Response response = new Fetch.Response();
        response.responses = new ArrayList<>();
        boolean empty = true;
        for (Fetch.Request.FetchTopic topic : request.topics) {
            String name = version >= 13 ? nameOf(topic.topicId) : topic.topic;
            Fetch.Response.FetchableTopicResponse answer = new Fetch.Response.FetchableTopicResponse();
            answer.topic = version >= 13 ? "" : name;
            answer.topicId = topic.topicId;
            answer.partitions = new ArrayList<>();
            for (Fetch.Request.FetchPartition wanted : topic.partitions) {
                Fetch.Response.PartitionData data = new Fetch.Response.PartitionData();
                data.partitionIndex = wanted.partition;
                FakeLog log = log(name, wanted.partition);
                synchronized (log) {
                    data.highWatermark = log.endOffset();
                    data.lastStableOffset = log.endOffset();
                    data.logStartOffset = log.startOffset();
                    data.abortedTransactions = aborted;
                    if (fault.error() != null) {
                        data.errorCode = fault.error().code();
                    } else if (log.leader != broker.id()) {
                        data.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER.code();
                    } else if (wanted.fetchOffset < log.startOffset() || wanted.fetchOffset > log.endOffset()) {
                        data.errorCode = ErrorCode.OFFSET_OUT_OF_RANGE.code();
                    } else {
                        data.records = log.read(wanted.fetchOffset, wanted.partitionMaxBytes);
                    }
                }
                empty &= data.errorCode == 0 && (data.records == null || !data.records.hasRemaining());
                answer.partitions.add(data);
            }
            response.responses.add(answer);
        }
        if (empty) {
            awaitALittle();
        }
        return response;
    }

    /** In place of a long poll, so that a consumer at the end does not turn as fast as the machine can. */
    private synchronized void awaitALittle() {
        try {
            wait(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String nameOf(Uuid id) {
        return topicIds.entrySet().stream()
                .filter(entry -> entry.getValue().equals(id))
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private CreateTopics.Response createTopics(FakeBroker broker, CreateTopics.Request request, Fault fault) {
        CreateTopics.Response response = new CreateTopics.Response();
        response.topics = new ArrayList<>();
        for (CreateTopics.Request.CreatableTopic topic : request.topics) {
            CreateTopics.Response.CreatableTopicResult result = new CreateTopics.Response.CreatableTopicResult();
            result.name = topic.name;
            result.errorCode = broker.id() == controllerId ? code(fault) : ErrorCode.NOT_CONTROLLER.code();
            if (result.errorCode == 0) {
                topic(topic.name, topic.numPartitions);
            }
            response.topics.add(result);
        }
        return response;
    }

    private ListOffsets.Response listOffsets(FakeBroker broker, ListOffsets.Request request, Fault fault) {
        ListOffsets.Response response = new ListOffsets.Response();
        response.topics = new ArrayList<>();
        for (ListOffsets.Request.ListOffsetsTopic topic : request.topics) {
            ListOffsets.Response.ListOffsetsTopicResponse answer = new ListOffsets.Response.ListOffsetsTopicResponse();
            answer.name = topic.name;
            answer.partitions = new ArrayList<>();
            for (ListOffsets.Request.ListOffsetsPartition wanted : topic.partitions) {
                ListOffsets.Response.ListOffsetsPartitionResponse partition =
                        new ListOffsets.Response.ListOffsetsPartitionResponse();
                partition.partitionIndex = wanted.partitionIndex;
                FakeLog log = log(topic.name, wanted.partitionIndex);
                partition.errorCode = log.leader == broker.id() ? code(fault) : ErrorCode.NOT_LEADER_OR_FOLLOWER.code();
                partition.offset = wanted.timestamp == -2 ? log.startOffset() : log.endOffset();
                answer.partitions.add(partition);
            }
            response.topics.add(answer);
        }
        return response;
    }

    private Message group(Message request, int version, Fault fault) {
        if (request instanceof FindCoordinator.Request find) {
            FindCoordinator.Response response = new FindCoordinator.Response();
            if (version >= 4) {
                FindCoordinator.Response.Coordinator coordinator = new FindCoordinator.Response.Coordinator();
                coordinator.key = find.coordinatorKeys.get(0);
                coordinator.host = "127.0.0.1";
                coordinator.port = brokers.get(0).port();
                coordinator.errorCode = code(fault);
                response.coordinators = List.of(coordinator);
            } else {
                response.host = "127.0.0.1";
                response.port = brokers.get(0).port();
                response.errorCode = code(fault);
            }
            return response;
        }
        if (request instanceof JoinGroup.Request join) {
            return join(join, fault);
        }
        if (request instanceof SyncGroup.Request sync) {
            SyncGroup.Response response = new SyncGroup.Response();
            response.errorCode = code(fault);
            response.assignment = sync.assignments.isEmpty() ? new byte[0] : sync.assignments.get(0).assignment;
            return response;
        }
        if (request instanceof Heartbeat.Request) {
            Heartbeat.Response response = new Heartbeat.Response();
            response.errorCode = code(fault);
            return response;
        }
        if (request instanceof LeaveGroup.Request) {
            return new LeaveGroup.Response();
        }
        if (request instanceof OffsetCommit.Request commit) {
            return commit(commit, fault);
        }
        if (request instanceof OffsetFetch.Request fetch) {
            return offsets(fetch, version, fault);
        }
        throw new IllegalArgumentException("No fake for " + request.apiKey());
    }

    private JoinGroup.Response join(JoinGroup.Request request, Fault fault) {
        JoinGroup.Response response = new JoinGroup.Response();
        if (fault.error() != null) {
            response.errorCode = fault.error().code();
            return response;
        }
        if (request.memberId.isEmpty()) {
            response.errorCode = ErrorCode.MEMBER_ID_REQUIRED.code();
            response.memberId = "member-" + Uuid.random();
            return response;
        }
        response.memberId = request.memberId;
        response.leader = request.memberId;
        response.generationId = generation.incrementAndGet();
        response.protocolType = request.protocolType;
        response.protocolName = request.protocols.get(0).name;
        JoinGroup.Response.JoinGroupResponseMember member = new JoinGroup.Response.JoinGroupResponseMember();
        member.memberId = request.memberId;
        member.metadata = request.protocols.get(0).metadata;
        response.members = List.of(member);
        return response;
    }

    private OffsetCommit.Response commit(OffsetCommit.Request request, Fault fault) {
        OffsetCommit.Response response = new OffsetCommit.Response();
        response.topics = new ArrayList<>();
        for (OffsetCommit.Request.OffsetCommitRequestTopic topic : request.topics) {
            OffsetCommit.Response.OffsetCommitResponseTopic answer =
                    new OffsetCommit.Response.OffsetCommitResponseTopic();
            answer.name = topic.name;
            answer.partitions = new ArrayList<>();
            for (OffsetCommit.Request.OffsetCommitRequestPartition partition : topic.partitions) {
                if (fault.processed()) {
                    committed.put(new TopicPartition(topic.name, partition.partitionIndex), partition.committedOffset);
                }
                OffsetCommit.Response.OffsetCommitResponsePartition result =
                        new OffsetCommit.Response.OffsetCommitResponsePartition();
                result.partitionIndex = partition.partitionIndex;
                result.errorCode = code(fault);
                answer.partitions.add(result);
            }
            response.topics.add(answer);
        }
        return response;
    }

    private OffsetFetch.Response offsets(OffsetFetch.Request request, int version, Fault fault) {
        OffsetFetch.Response response = new OffsetFetch.Response();
        if (version < 8) {
            response.errorCode = code(fault);
            response.topics = new ArrayList<>();
            for (OffsetFetch.Request.OffsetFetchRequestTopic topic : request.topics) {
                OffsetFetch.Response.OffsetFetchResponseTopic answer =
                        new OffsetFetch.Response.OffsetFetchResponseTopic();
                answer.name = topic.name;
                answer.partitions = new ArrayList<>();
                for (int index : topic.partitionIndexes) {
                    OffsetFetch.Response.OffsetFetchResponsePartition partition =
                            new OffsetFetch.Response.OffsetFetchResponsePartition();
                    partition.partitionIndex = index;
                    partition.committedOffset = committed.getOrDefault(new TopicPartition(topic.name, index), -1L);
                    answer.partitions.add(partition);
                }
                response.topics.add(answer);
            }
            return response;
        }
        OffsetFetch.Response.OffsetFetchResponseGroup group = new OffsetFetch.Response.OffsetFetchResponseGroup();
        group.groupId = request.groups.get(0).groupId;
        group.errorCode = code(fault);
        group.topics = new ArrayList<>();
        for (OffsetFetch.Request.OffsetFetchRequestTopics topic : request.groups.get(0).topics) {
            OffsetFetch.Response.OffsetFetchResponseTopics answer =
                    new OffsetFetch.Response.OffsetFetchResponseTopics();
            answer.name = topic.name;
            answer.partitions = new ArrayList<>();
            for (int index : topic.partitionIndexes) {
                OffsetFetch.Response.OffsetFetchResponsePartitions partition =
                        new OffsetFetch.Response.OffsetFetchResponsePartitions();
                partition.partitionIndex = index;
                partition.committedOffset = committed.getOrDefault(new TopicPartition(topic.name, index), -1L);
                answer.partitions.add(partition);
            }
            group.topics.add(answer);
        }
        response.groups = List.of(group);
        return response;
    }
}
