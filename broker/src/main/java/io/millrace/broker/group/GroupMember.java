package io.millrace.broker.group;

import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.SyncGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One member of a {@link Group}, from its first join to its leaving. Lives on the group thread. */
final class GroupMember {
    private static final byte[] NOTHING = new byte[0];

    final String id;
    /** The name a static member keeps over restarts; null for a dynamic one. */
    final @Nullable String instanceId;

    final String clientId;
    final String clientHost;
    /** When it counts as gone. */
    final Deadline session;

    int sessionTimeoutMs;
    int rebalanceTimeoutMs;
    /** In the order in which it prefers them; at least one. */
    List<Protocol> protocols = List.of();

    byte[] assignment = NOTHING;
    /** Whether it still waits for its first generation. */
    boolean isNew;

    private @Nullable Consumer<JoinGroup.Response> joinWaiter;
    private @Nullable Consumer<SyncGroup.Response> syncWaiter;

    GroupMember(String id, @Nullable String instanceId, String clientId, String clientHost, Deadline session) {
        this.id = id;
        this.instanceId = instanceId;
        this.clientId = clientId;
        this.clientHost = clientHost;
        this.session = session;
    }

    /** A way of assigning that a member knows, with what it wants to say about itself in it; opaque here. */
    record Protocol(String name, byte[] metadata) {}

    boolean isStatic() {
        return instanceId != null;
    }

    /** It has shown that it lives: its session begins anew. */
    void heard(long nowMs) {
        session.set(nowMs + sessionTimeoutMs);
    }

    /** Whether these are the same protocols in the same order with the same metadata as it joined with. */
    boolean matches(List<Protocol> others) {
        if (protocols.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            Protocol mine = protocols.get(i);
            Protocol other = others.get(i);
            if (!mine.name().equals(other.name()) || !Arrays.equals(mine.metadata(), other.metadata())) {
                return false;
            }
        }
        return true;
    }

    /** What it said about itself for this protocol; no bytes if it does not know the protocol. */
    byte[] metadata(@Nullable String protocolName) {
        for (Protocol protocol : protocols) {
            if (protocol.name().equals(protocolName)) {
                return protocol.metadata();
            }
        }
        return NOTHING;
    }

    /** The protocol that it likes best among these, of which it knows at least one. */
    String vote(Set<String> candidates) {
        for (Protocol protocol : protocols) {
            if (candidates.contains(protocol.name())) {
                return protocol.name();
            }
        }
        throw new IllegalStateException("Member " + id + " knows none of " + candidates);
    }

    boolean isAwaitingJoin() {
        return joinWaiter != null;
    }

    boolean isAwaitingSync() {
        return syncWaiter != null;
    }

    /** Replaces the one who waits for the next generation; returns the one before. */
    @Nullable
    Consumer<JoinGroup.Response> swapJoinWaiter(@Nullable Consumer<JoinGroup.Response> next) {
        Consumer<JoinGroup.Response> before = joinWaiter;
        joinWaiter = next;
        return before;
    }

    /** Replaces the one who waits for the assignment; returns the one before. */
    @Nullable
    Consumer<SyncGroup.Response> swapSyncWaiter(@Nullable Consumer<SyncGroup.Response> next) {
        Consumer<SyncGroup.Response> before = syncWaiter;
        syncWaiter = next;
        return before;
    }
}
