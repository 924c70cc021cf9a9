package io.millrace.broker.zk;

import java.util.ArrayList;
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
