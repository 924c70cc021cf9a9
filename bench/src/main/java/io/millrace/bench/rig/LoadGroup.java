package io.millrace.bench.rig;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A consumer group of {@link GroupLoad}: its members, and who was given what in each generation. On the loop of the load. */
final class LoadGroup {
    final GroupLoad load;
    final String id;
    final int partitions;
    final int sessionTimeoutMs;
    private final List<LoadMember> members = new ArrayList<>();
    private final Map<Integer, Map<Integer, String>> owners = new HashMap<>();

    LoadGroup(GroupLoad load, String id, int partitions, int sessionTimeoutMs) {
        this.load = load;
        this.id = id;
        this.partitions = partitions;
        this.sessionTimeoutMs = sessionTimeoutMs;
    }

    /** Those that have not left. */
    List<LoadMember> members() {
        members.removeIf(LoadMember::isGone);
        return members;
    }

    void add(LoadMember member) {
        members.add(member);
    }

    /** A member has its part; nobody else may have any of it in the same generation. */
    void onAssigned(int generation, String memberId, int[] assigned) {
        Map<Integer, String> ofGeneration = owners.computeIfAbsent(generation, key -> new HashMap<>());
        for (int partition : assigned) {
            String other = ofGeneration.putIfAbsent(partition, memberId);
            if (other != null && !other.equals(memberId)) {
                load.onFault("partition " + partition + " of " + id + " belongs to " + other + " and to " + memberId
                        + " in generation " + generation);
            }
        }
    }

    /** Whether all members are in the same generation, and have all partitions among them. */
    boolean isSettled() {
        BitSet owned = new BitSet();
        int generation = -1;
        for (LoadMember member : members()) {
            int itsOwn = member.settledGeneration();
            if (itsOwn < 0 || generation >= 0 && itsOwn != generation) {
                return false;
            }
            generation = itsOwn;
            for (int partition : member.partitions()) {
                owned.set(partition);
            }
        }
        return owned.cardinality() == partitions;
    }
}
