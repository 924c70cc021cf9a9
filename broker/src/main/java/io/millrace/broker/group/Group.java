package io.millrace.broker.group;

import io.millrace.broker.group.GroupMember.Protocol;
import io.millrace.broker.group.GroupState.Dead;
import io.millrace.broker.group.GroupState.Empty;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ConsumerProtocol;
import io.millrace.protocol.message.ConsumerProtocol.Subscription;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One group: its members, their generation, what it is doing, and its offsets. Keeps itself consistent and decides nothing:
 * {@link Joining}, {@link Syncing}, {@link Leaving} and {@link Rebalances} do. Lives on the group thread.
 */
final class Group {
    final String id;
    final Shard shard;
    final GroupOffsets offsets = new GroupOffsets();
    /** Ids handed out to those who have not come back with them yet, with the deadline for doing so. */
    final Map<String, Deadline> pendingMembers = new HashMap<>();
    /** Members that have not asked for the assignment of this generation yet. */
    final Set<String> unsynced = new HashSet<>();

    private final GroupLoop loop;
    private final Deadline rebalanceDeadline;
    private final Map<String, GroupMember> members = new LinkedHashMap<>();
    private final Map<String, String> memberIdByInstance = new HashMap<>();
    private final ProtocolTally tally = new ProtocolTally();
    private GroupState state = new Empty();
    private long stateSinceMs;
    private int generation;
    private int awaitingJoin;
    private @Nullable String protocolType;
    private @Nullable String protocolName;
    private @Nullable String leaderId;
    private @Nullable Set<String> subscribedTopics;

    Group(String id, Shard shard, GroupLoop loop, Consumer<Group> onRebalanceDeadline) {
        this.id = id;
        this.shard = shard;
        this.loop = loop;
        this.stateSinceMs = loop.wallClockMs();
        this.rebalanceDeadline = loop.deadline(() -> onRebalanceDeadline.accept(this));
    }

    /** Takes over what the log says of a generation; members and offsets are added after. */
    void restore(
            @Nullable String protocolType,
            int generation,
            @Nullable String protocolName,
            @Nullable String leaderId,
            long stateSinceMs) {
        this.protocolType = protocolType;
        this.generation = generation;
        this.protocolName = protocolName;
        this.leaderId = leaderId;
        this.stateSinceMs = stateSinceMs;
    }

    /** Takes the state that the log implies, without the rules for transitions. */
    void restore(GroupState state) {
        this.state = state;
        refreshSubscribedTopics();
    }

    GroupState state() {
        return state;
    }

    boolean is(Class<? extends GroupState> kind) {
        return kind.isInstance(state);
    }

    /** Moves on to another state, or to other particulars of this one, and sets its deadline. */
    void become(GroupState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("Group " + id + " cannot go from " + state + " to " + next);
        }
        if (next.getClass() != state.getClass()) {
            stateSinceMs = loop.wallClockMs();
        }
        state = next;
        rebalanceDeadline.set(next.deadlineMs());
    }

    /** When it came into its state, ms since 1970; -1 if the log did not say. */
    long stateSinceMs() {
        return stateSinceMs;
    }

    int generation() {
        return generation;
    }

    /** What kind of members it has or had last; null if it never had any. */
    @Nullable
    String protocolType() {
        return protocolType;
    }

    /** What the members agreed on for this generation; null without members. */
    @Nullable
    String protocolName() {
        return protocolName;
    }

    @Nullable
    String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    boolean isConsumerGroup() {
        return ConsumerProtocol.PROTOCOL_TYPE.equals(protocolType);
    }

    Collection<GroupMember> members() {
        return members.values();
    }

    int size() {
        return members.size();
    }

    int awaitingJoin() {
        return awaitingJoin;
    }

    @Nullable
    GroupMember member(String memberId) {
        return members.get(memberId);
    }

    /** Id of the member that goes by this static name, or null. */
    @Nullable
    String memberIdOf(String instanceId) {
        return memberIdByInstance.get(instanceId);
    }

    boolean hasAllJoined() {
        return awaitingJoin == members.size() && pendingMembers.isEmpty();
    }

    /** As long as the most patient member allows. */
    int rebalanceTimeoutMs() {
        int longest = 0;
        for (GroupMember member : members.values()) {
            longest = Math.max(longest, member.rebalanceTimeoutMs);
        }
        return longest;
    }

    /** Whether somebody with these protocols has one in common with all members. */
    boolean accepts(String type, List<Protocol> protocols) {
        if (members.isEmpty()) {
            return !type.isEmpty() && !protocols.isEmpty();
        }
        return type.equals(protocolType) && tally.hasCommon(protocols, members.size());
    }

    /** The protocol that the members would choose now. */
    String electProtocol() {
        return tally.elect(members.values());
    }

    void add(GroupMember member, String type) {
        if (members.isEmpty()) {
            protocolType = type;
        }
        if (leaderId == null) {
            leaderId = member.id;
        }
        if (member.instanceId != null) {
            memberIdByInstance.put(member.instanceId, member.id);
        }
        members.put(member.id, member);
        tally.add(member.protocols);
        forgetPending(member.id);
    }

    /** Takes out a member that nobody waits for any more; the oldest of the others leads if it was the leader. */
    void remove(GroupMember member) {
        members.remove(member.id);
        member.session.cancel();
        tally.remove(member.protocols);
        unsynced.remove(member.id);
        if (member.instanceId != null) {
            memberIdByInstance.remove(member.instanceId, member.id);
        }
        if (isLeader(member.id)) {
            leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
        }
    }

    /** Puts a static member's new incarnation in the place of the old one, which nobody waits for any more. */
    void replace(GroupMember old, GroupMember fresh) {
        boolean led = isLeader(old.id);
        remove(old);
        add(fresh, protocolType == null ? "" : protocolType);
        if (led) {
            leaderId = fresh.id;
        }
    }

    void forgetPending(String memberId) {
        Deadline deadline = pendingMembers.remove(memberId);
        if (deadline != null) {
            deadline.cancel();
        }
    }

    void changeProtocols(GroupMember member, List<Protocol> protocols) {
        tally.remove(member.protocols);
        member.protocols = protocols;
        tally.add(protocols);
    }

    /** The member waits for the next generation; if it did so before, that request is told to try again. */
    void awaitJoin(GroupMember member, Consumer<JoinGroup.Response> waiter) {
        Consumer<JoinGroup.Response> before = member.swapJoinWaiter(waiter);
        if (before == null) {
            awaitingJoin++;
        } else {
            before.accept(Answers.superseded(member.id));
        }
    }

    /** Answers the member's join if it waits for one; returns whether it did. */
    boolean answerJoin(GroupMember member, JoinGroup.Response answer) {
        Consumer<JoinGroup.Response> waiter = member.swapJoinWaiter(null);
        if (waiter == null) {
            return false;
        }
        awaitingJoin--;
        waiter.accept(answer);
        return true;
    }

    /** Lets a member lead that has joined, if the leader has not; returns false if nobody has. */
    boolean electJoinedLeader() {
        GroupMember leader = leaderId == null ? null : members.get(leaderId);
        if (leader != null && leader.isAwaitingJoin()) {
            return true;
        }
        for (GroupMember member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.id;
                return true;
            }
        }
        return false;
    }

    /** Counts the generation up and lets the members choose their protocol; the caller sets the state. */
    void nextGeneration() {
        generation++;
        protocolName = members.isEmpty() ? null : electProtocol();
        unsynced.clear();
        refreshSubscribedTopics();
    }

    /** Hands everybody the part meant for them. */
    void assign(Map<String, byte[]> assignments) {
        members.values().forEach(member -> member.assignment = assignments.getOrDefault(member.id, new byte[0]));
    }

    /** Answers all who wait for the assignment with what they have been given. */
    void answerSyncs(long nowMs) {
        for (GroupMember member : members.values()) {
            Consumer<SyncGroup.Response> waiter = member.swapSyncWaiter(null);
            if (waiter != null) {
                waiter.accept(Answers.assignment(this, member));
                member.heard(nowMs);
            }
        }
    }

    /**
     * Whether a consumer among the members reads the topic. True if that cannot be known, since offsets are deleted and
     * forgotten by the answer.
     */
    boolean isSubscribedTo(String topic) {
        return subscribedTopics == null || subscribedTopics.contains(topic);
    }

    boolean knowsSubscriptions() {
        return subscribedTopics != null;
    }

    /** Whether there is nothing to remember it for, once it has no offsets in these partitions any more. */
    boolean isForgettableWithout(Collection<TopicPartition> partitions) {
        return is(Empty.class) && pendingMembers.isEmpty() && new HashSet<>(partitions).containsAll(offsets.known());
    }

    boolean isDead() {
        return state instanceof Dead;
    }

    private void refreshSubscribedTopics() {
        subscribedTopics = null;
        if (!isConsumerGroup()) {
            return;
        }
        Set<String> topics = new LinkedHashSet<>();
        try {
            for (GroupMember member : members.values()) {
                ByteBuffer metadata = ByteBuffer.wrap(member.metadata(protocolName));
                topics.addAll(Subscription.parse(metadata).topics);
            }
            subscribedTopics = topics;
        } catch (WireException e) {
            // Clients are free to put other bytes there; then all topics count as read.
            subscribedTopics = null;
        }
    }
}
