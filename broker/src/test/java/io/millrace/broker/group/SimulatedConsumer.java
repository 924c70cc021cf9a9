package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Response.JoinGroupResponseMember;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.LeaveGroup.Request.MemberIdentity;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.message.SyncGroup.Request.SyncGroupRequestAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer as clients write it: joins, assigns if it leads, reads on from the committed offsets, commits, and shows that it
 * lives. It can be paused, with answers piling up, and stopped for good. One request is under way at a time.
 */
final class SimulatedConsumer {
    private static final int SESSION_MS = 10_000;
    /** Shorter and longer than a session: static members that are away stay members over generations. */
    private static final int MIN_REBALANCE_MS = 2_000;

    private static final int MAX_REBALANCE_MS = 20_000;
    private static final int REQUEST_TIMEOUT_MS = 25_000;
    private static final int FIRST_JOIN_PATIENCE_MS = 400_000;

    private enum Phase {
        JOIN,
        SYNC,
        FETCH,
        CONSUME
    }

    private final SimulatedCluster cluster;
    private final GroupHistory history;
    final @Nullable String instanceId;
    private final String name;
    private final List<Runnable> inbox = new ArrayList<>();
    private final Deadline nextTick;
    private final int rebalanceMs;

    private SimulatedCluster.Broker coordinator;
    private Phase phase = Phase.JOIN;
    private String memberId = "";
    private int generation = -1;
    private @Nullable List<SyncGroupRequestAssignment> toAssign;
    private final Map<Integer, Long> positions = new TreeMap<>();
    private int request;
    private boolean waiting;
    private long waitingUntilMs;
    private boolean paused;
    private boolean stopped;

    SimulatedConsumer(SimulatedCluster cluster, GroupHistory history, String name, @Nullable String instanceId) {
        this.cluster = cluster;
        this.history = history;
        this.name = name;
        this.rebalanceMs = MIN_REBALANCE_MS + cluster.random.nextInt(MAX_REBALANCE_MS - MIN_REBALANCE_MS);
        this.instanceId = instanceId;
        this.coordinator = cluster.coordinator();
        this.nextTick = cluster.loop.deadline(this::tick);
        nextTick.set(cluster.loop.nowMs());
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isConsuming() {
        return phase == Phase.CONSUME;
    }

    int generation() {
        return generation;
    }

    Iterable<Integer> partitions() {
        return positions.keySet();
    }

    void pause(long ms) {
        if (!paused) {
            paused = true;
            cluster.after(ms, this::resume);
        }
    }

    private void resume() {
        paused = false;
        List<Runnable> arrived = List.copyOf(inbox);
        inbox.clear();
        if (!stopped) {
            arrived.forEach(Runnable::run);
            nextTick.set(cluster.loop.nowMs());
        }
    }

    /** Stops without a word. */
    void crash() {
        stopped = true;
        nextTick.cancel();
    }

    void leave() {
        if (!memberId.isEmpty()) {
            MemberIdentity identity = new MemberIdentity();
            identity.memberId = memberId;
            identity.groupInstanceId = instanceId;
            LeaveGroup.Request leave = new LeaveGroup.Request();
            leave.groupId = TestGroups.GROUP;
            leave.members = List.of(identity);
            coordinator.coordinator.leave(leave, response -> {});
        }
        crash();
    }

    private void tick() {
        if (stopped || paused) {
            return;
        }
        if (waiting && cluster.loop.nowMs() >= waitingUntilMs) {
            waiting = false;
            coordinator = cluster.coordinator();
            phase = phase == Phase.CONSUME ? Phase.CONSUME : Phase.JOIN;
        }
        if (!waiting) {
            switch (phase) {
                case JOIN -> join();
                case SYNC -> sync();
                case FETCH -> fetch();
                case CONSUME -> consume();
            }
        }
        nextTick.set(cluster.loop.nowMs() + 100 + cluster.random.nextInt(900));
    }

    private void join() {
        positions.clear();
        JoinGroup.Request join = TestGroups.joinRequest(memberId, instanceId);
        join.sessionTimeoutMs = SESSION_MS;
        join.rebalanceTimeoutMs = rebalanceMs;
        JoiningClient client = new JoiningClient(name, "/h", true, true);
        ask(FIRST_JOIN_PATIENCE_MS, answer -> coordinator.coordinator.join(join, client, answer), this::onJoined);
    }

    private void onJoined(JoinGroup.Response response, ErrorCode error) {
        if (error == ErrorCode.MEMBER_ID_REQUIRED) {
            memberId = response.memberId;
        } else if (error == ErrorCode.NONE) {
            memberId = response.memberId;
            generation = response.generationId;
            boolean assigns = response.leader.equals(memberId) && !response.skipAssignment;
            toAssign = assigns ? assignment(response.members) : List.of();
            phase = Phase.SYNC;
        } else {
            onError(error);
        }
    }

    private List<SyncGroupRequestAssignment> assignment(List<JoinGroupResponseMember> members) {
        int submission = history.newSubmission(generation);
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            List<Integer> mine = new ArrayList<>();
            for (int partition = i; partition < GroupHistory.PARTITIONS; partition += members.size()) {
                mine.add(partition);
            }
            SyncGroupRequestAssignment assignment = new SyncGroupRequestAssignment();
            assignment.memberId = members.get(i).memberId;
            String instance = members.get(i).groupInstanceId;
            String owner = instance == null ? assignment.memberId : instance;
            assignment.assignment = history.encode(submission, owner, mine);
            assignments.add(assignment);
        }
        return assignments;
    }

    private void sync() {
        SyncGroup.Request sync = new SyncGroup.Request();
        sync.groupId = TestGroups.GROUP;
        sync.memberId = memberId;
        sync.generationId = generation;
        sync.groupInstanceId = instanceId;
        sync.assignments = toAssign == null ? List.of() : toAssign;
        ask(REQUEST_TIMEOUT_MS, answer -> coordinator.coordinator.sync(sync, answer), this::onSynced);
    }

    private void onSynced(SyncGroup.Response response, ErrorCode error) {
        if (error != ErrorCode.NONE) {
            onError(error);
            phase = Phase.JOIN;
            return;
        }
        String owner = instanceId == null ? memberId : instanceId;
        for (int partition : history.onAssigned(generation, owner, response.assignment)) {
            positions.put(partition, 0L);
        }
        phase = Phase.FETCH;
    }

    private void fetch() {
        OffsetFetchRequestTopics topic = new OffsetFetchRequestTopics();
        topic.name = "t";
        topic.partitionIndexes =
                positions.keySet().stream().mapToInt(Integer::intValue).toArray();
        OffsetFetchRequestGroup group = new OffsetFetchRequestGroup();
        group.groupId = TestGroups.GROUP;
        group.topics = List.of(topic);
        ask(
                REQUEST_TIMEOUT_MS,
                answer -> coordinator.coordinator.fetchOffsets(
                        List.of(group), true, groups -> answer.accept(groups.get(0))),
                this::onFetched);
    }

    private void onFetched(OffsetFetchResponseGroup response, ErrorCode error) {
        if (error != ErrorCode.NONE) {
            onError(error);
            return;
        }
        List<OffsetFetchResponsePartitions> partitions = response.topics.get(0).partitions;
        if (partitions.stream().anyMatch(partition -> partition.errorCode != 0)) {
            // A commit is under way; it asks again.
            return;
        }
        partitions.forEach(
                partition -> positions.put(partition.partitionIndex, Math.max(0, partition.committedOffset)));
        phase = Phase.CONSUME;
    }

    private void consume() {
        if (cluster.random.nextInt(3) == 0 && !positions.isEmpty()) {
            commit();
        } else {
            heartbeat();
        }
    }

    private void heartbeat() {
        Heartbeat.Request heartbeat = new Heartbeat.Request();
        heartbeat.groupId = TestGroups.GROUP;
        heartbeat.memberId = memberId;
        heartbeat.generationId = generation;
        heartbeat.groupInstanceId = instanceId;
        this.<Heartbeat.Response>ask(
                REQUEST_TIMEOUT_MS,
                answer -> coordinator.coordinator.heartbeat(heartbeat, answer),
                (response, error) -> onError(error));
    }

    private void commit() {
        OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic();
        topic.name = "t";
        topic.partitions = new ArrayList<>();
        positions.replaceAll((partition, position) -> position + cluster.random.nextInt(5));
        Map<Integer, Long> committed = new TreeMap<>(positions);
        committed.forEach((partition, offset) -> {
            OffsetCommitRequestPartition entry = new OffsetCommitRequestPartition();
            entry.partitionIndex = partition;
            entry.committedOffset = offset;
            topic.partitions.add(entry);
        });
        OffsetCommit.Request commit = new OffsetCommit.Request();
        commit.groupId = TestGroups.GROUP;
        commit.memberId = memberId;
        commit.generationIdOrMemberEpoch = generation;
        commit.groupInstanceId = instanceId;
        commit.topics = List.of(topic);
        SimulatedCluster.Broker asked = coordinator;
        this.<OffsetCommit.Response>ask(
                REQUEST_TIMEOUT_MS,
                answer -> asked.coordinator.commitOffsets(commit, response -> {
                    // It counts when it is said, whether or not this consumer still listens.
                    if (asked.alive && errorOf(response) == ErrorCode.NONE) {
                        history.onCommitted(committed);
                    }
                    answer.accept(response);
                }),
                (response, error) -> onError(error));
    }

    private void onError(ErrorCode error) {
        switch (error) {
            case NONE -> {}
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS ->
                coordinator = cluster.coordinator();
            case REBALANCE_IN_PROGRESS -> phase = Phase.JOIN;
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                memberId = "";
                phase = Phase.JOIN;
            }
            case FENCED_INSTANCE_ID -> crash();
            default -> throw new AssertionError(name + " got " + error);
        }
    }

    /** Sends a request; the answer is lost if the broker dies before it gives it. */
    private <T> void ask(long patienceMs, Consumer<Answer<T>> send, BiConsumer<T, ErrorCode> onAnswer) {
        int number = ++request;
        SimulatedCluster.Broker asked = coordinator;
        waiting = true;
        waitingUntilMs = cluster.loop.nowMs() + patienceMs;
        if (!asked.alive) {
            waitingUntilMs = cluster.loop.nowMs() + 1_000;
            return;
        }
        send.accept(response -> {
            if (!asked.alive) {
                // The connection breaks, which the client notices.
                waitingUntilMs = number == request ? cluster.loop.nowMs() : waitingUntilMs;
                return;
            }
            Runnable arrival = () -> {
                if (number == request && waiting) {
                    waiting = false;
                    onAnswer.accept(response, errorOf(response));
                }
            };
            if (paused) {
                inbox.add(arrival);
            } else if (!stopped) {
                arrival.run();
            }
        });
    }

    private static ErrorCode errorOf(Object response) {
        short code;
        if (response instanceof JoinGroup.Response join) {
            code = join.errorCode;
        } else if (response instanceof SyncGroup.Response sync) {
            code = sync.errorCode;
        } else if (response instanceof Heartbeat.Response heartbeat) {
            code = heartbeat.errorCode;
        } else if (response instanceof OffsetFetchResponseGroup group) {
            code = group.errorCode;
        } else {
            code = ((OffsetCommit.Response) response).topics.get(0).partitions.get(0).errorCode;
        }
        return ErrorCode.of(code);
    }
}
