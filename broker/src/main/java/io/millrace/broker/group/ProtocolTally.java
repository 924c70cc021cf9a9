package io.millrace.broker.group;

import io.millrace.broker.group.GroupMember.Protocol;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts how many members of a group know each protocol, so that nobody joins with whom no common one is left. */
final class ProtocolTally {
    private final Map<String, Integer> supporters = new HashMap<>();

    void add(List<Protocol> protocols) {
        names(protocols).forEach(name -> supporters.merge(name, 1, Integer::sum));
    }

    void remove(List<Protocol> protocols) {
        names(protocols).forEach(name -> supporters.computeIfPresent(name, (key, n) -> n == 1 ? null : n - 1));
    }

    /** Whether one of these is known to all {@code memberCount} members. */
    boolean hasCommon(List<Protocol> protocols, int memberCount) {
        for (Protocol protocol : protocols) {
            if (supporters.getOrDefault(protocol.name(), 0) == memberCount) {
                return true;
            }
        }
        return false;
    }

    /** The one with the most votes among those that all members know; of several, the one voted for first. */
    String elect(Collection<GroupMember> members) {
        Set<String> candidates = new LinkedHashSet<>();
        supporters.forEach((name, count) -> {
            if (count == members.size()) {
                candidates.add(name);
            }
        });
        Map<String, Integer> votes = new LinkedHashMap<>();
        members.forEach(member -> votes.merge(member.vote(candidates), 1, Integer::sum));
        String winner = "";
        int most = 0;
        for (Map.Entry<String, Integer> vote : votes.entrySet()) {
            if (vote.getValue() > most) {
                winner = vote.getKey();
                most = vote.getValue();
            }
        }
        return winner;
    }

    /** A member that names a protocol twice counts once. */
    private static Set<String> names(List<Protocol> protocols) {
        Set<String> names = new LinkedHashSet<>();
        protocols.forEach(protocol -> names.add(protocol.name()));
        return names;
    }
}
