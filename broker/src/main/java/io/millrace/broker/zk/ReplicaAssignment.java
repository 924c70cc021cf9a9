package io.millrace.broker.zk;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Which brokers keep a partition.
 *
 * @param replicas all of them, the preferred leader first
 * @param adding those among them that a reassignment is bringing in
 * @param removing those among them that a reassignment will take out
 */
public record ReplicaAssignment(List<Integer> replicas, List<Integer> adding, List<Integer> removing) {

    public ReplicaAssignment {
        replicas = List.copyOf(replicas);
        adding = List.copyOf(adding);
        removing = List.copyOf(removing);
    }

    /** An assignment that is not being changed. */
    public static ReplicaAssignment of(List<Integer> replicas) {
        return new ReplicaAssignment(replicas, List.of(), List.of());
    }

    /** The replicas of before the reassignment, as far as their order is known. */
    public List<Integer> origin() {
        List<Integer> origin = new ArrayList<>(replicas);
        origin.removeAll(adding);
        return origin;
    }

    /** The assignment on the way from the origin of this one to other replicas, which come first. */
    public ReplicaAssignment reassignTo(List<Integer> target) {
        List<Integer> origin = origin();
        List<Integer> all = new ArrayList<>(target);
        origin.stream().filter(broker -> !target.contains(broker)).forEach(all::add);
        List<Integer> coming = new ArrayList<>(all);
        coming.removeAll(origin);
        List<Integer> going = new ArrayList<>(all);
        going.removeAll(target);
        return new ReplicaAssignment(all, coming, going);
    }

    /** The assignment as far as it is about these brokers. */
    public ReplicaAssignment among(Collection<Integer> brokers) {
        return new ReplicaAssignment(among(replicas, brokers), among(adding, brokers), among(removing, brokers));
    }

    private static List<Integer> among(List<Integer> ids, Collection<Integer> brokers) {
        return ids.stream().filter(brokers::contains).toList();
    }

    public boolean isBeingReassigned() {
        return !adding.isEmpty() || !removing.isEmpty();
    }

    /** The replicas that remain when the reassignment is done. */
    public List<Integer> target() {
        List<Integer> target = new ArrayList<>(replicas);
        target.removeAll(removing);
        return target;
    }
}
