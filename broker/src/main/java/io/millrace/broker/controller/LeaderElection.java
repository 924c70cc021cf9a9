package io.millrace.broker.controller;

import io.millrace.broker.zk.PartitionState;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides who leads a partition. Pure functions of the assignment, the state and who is alive; what they decide is written
 * and announced elsewhere.
 */
public final class LeaderElection {

    private LeaderElection() {}

    /**
     * The state of a partition that has none yet: the first replica alive leads, and all that are alive are in sync, because
     * there is nothing to be behind of.
     *
     * @return null if no replica is alive
     */
    public static @Nullable PartitionState first(List<Integer> replicas, IntPredicate alive, int controllerEpoch) {
        List<Integer> isr = new ArrayList<>(replicas);
        isr.removeIf(broker -> !alive.test(broker));
        return isr.isEmpty() ? null : PartitionState.initial(isr.get(0), isr, controllerEpoch);
    }

    /**
     * The state after brokers died: the first replica that is alive and in sync leads. If there is none, then with
     * {@code unclean} the first that is alive leads, at the price of what it has missed; else nobody leads, and the last
     * replicas in sync stay on record as the only ones that may.
     *
     * @return the state itself if nothing has to change
     */
    public static PartitionState afterFailure(
            List<Integer> replicas, PartitionState state, IntPredicate alive, boolean unclean) {
        List<Integer> aliveIsr = state.isr().stream().filter(alive::test).toList();
        if (aliveIsr.isEmpty()) {
            Integer leader = unclean ? find(replicas, alive) : null;
            if (leader != null) {
                return state.elect(leader, List.of(leader), true);
            }
            return state.leader() == PartitionState.NO_LEADER
                    ? state
                    : state.elect(PartitionState.NO_LEADER, state.isr(), false);
        }
        if (aliveIsr.contains(state.leader())) {
            return aliveIsr.size() == state.isr().size()
                    ? state
                    : state.elect(state.leader(), aliveIsr, state.recovering());
        }
        Integer leader = find(replicas, aliveIsr::contains);
        // A replica in sync that the assignment does not name any more may not lead.
        return leader == null
                ? state.elect(PartitionState.NO_LEADER, state.isr(), false)
                : state.elect(leader, aliveIsr, false);
    }

    /**
     * The state after brokers came back that may have lost records which were committed (rule 17): others that have everything
     * go before them. They leave the ISR where one remains in it, dead or alive, that has lost nothing; where they are all that
     * is in sync, those that nothing was committed without take their place. Where there are no such others either, they stay what
     * they are.
     *
     * @param losers those brokers
     * @param eligible whether the eligible replicas of the state still are
     * @return the state itself if nothing has to change
     */
    public static PartitionState afterLoss(
            List<Integer> replicas, PartitionState state, IntPredicate alive, Set<Integer> losers, boolean eligible) {
        List<Integer> others = without(state.isr(), losers);
        List<Integer> left = eligible ? without(state.eligible(), losers) : List.of();
        if (others.size() == state.isr().size()) {
            return left.size() == state.eligible().size() ? state : state.withEligible(left);
        }
        List<Integer> candidates = others.isEmpty() ? left : others;
        if (candidates.isEmpty()) {
            return state.withEligible(left);
        }
        Integer leader = find(replicas, id -> alive.test(id) && candidates.contains(id));
        if (leader == null) {
            return state.elect(PartitionState.NO_LEADER, candidates, false).withEligible(left);
        }
        List<Integer> isr = others.isEmpty() ? List.of(leader) : others;
        return state.elect(leader, isr, false).withEligible(left);
    }

    /**
     * Who may lead besides those in sync once the next state is written: those that were in sync, or eligible, and are no longer in
     * sync. Nothing is committed without them as long as fewer are in sync than the topic asks for.
     *
     * @param losers brokers that may have lost records
     * @param enoughInSync whether as many will be in sync as the topic asks for; asked only if it matters
     */
    public static List<Integer> eligible(
            List<Integer> replicas,
            PartitionState now,
            PartitionState next,
            Set<Integer> losers,
            BooleanSupplier enoughInSync) {
        if (next.recovering()) {
            return List.of();
        }
        Set<Integer> former = new LinkedHashSet<>(next.eligible());
        former.addAll(now.isr());
        former.retainAll(replicas);
        former.removeAll(losers);
        next.isr().forEach(former::remove);
        return former.isEmpty() || enoughInSync.getAsBoolean() ? List.of() : List.copyOf(former);
    }

    private static List<Integer> without(List<Integer> brokers, Set<Integer> others) {
        return brokers.stream().filter(id -> !others.contains(id)).toList();
    }

    /** The state with the preferred leader leading; null if that one is dead or not in sync, or leads already. */
    public static @Nullable PartitionState preferred(List<Integer> replicas, PartitionState state, IntPredicate alive) {
        int preferred = replicas.get(0);
        return preferred != state.leader()
                        && alive.test(preferred)
                        && state.isr().contains(preferred)
                ? state.elect(preferred, state.isr(), state.recovering())
                : null;
    }

    /**
     * The state without the brokers that are about to stop: they leave the ISR, and the first replica that remains in it
     * leads. Null if none would remain, in which case they have to be let go as if they had died.
     */
    public static @Nullable PartitionState beforeShutdown(
            List<Integer> replicas, PartitionState state, IntPredicate alive, Set<Integer> stopping) {
        List<Integer> isr =
                state.isr().stream().filter(id -> !stopping.contains(id)).toList();
        if (!stopping.contains(state.leader()) && state.leader() != PartitionState.NO_LEADER && !isr.isEmpty()) {
            return isr.size() == state.isr().size() ? state : state.elect(state.leader(), isr, state.recovering());
        }
        Integer leader = find(replicas, id -> alive.test(id) && isr.contains(id));
        return leader == null ? null : state.elect(leader, isr, false);
    }

    /**
     * The state for a new set of replicas: nobody else is in sync any more, and the leader stays if it is one of them, else
     * the first of them that is alive and in sync leads. Null if there is none.
     */
    public static @Nullable PartitionState reassigned(
            List<Integer> targetReplicas, PartitionState state, IntPredicate alive) {
        List<Integer> isr =
                state.isr().stream().filter(targetReplicas::contains).toList();
        if (isr.contains(state.leader()) && alive.test(state.leader())) {
            return state.elect(state.leader(), isr, state.recovering());
        }
        Integer leader = find(targetReplicas, id -> alive.test(id) && isr.contains(id));
        return leader == null ? null : state.elect(leader, isr, false);
    }

    /**
     * The state for replicas to which some may have come and of which some may be going at once: those that stay remain in sync,
     * and the leader remains if it stays, in a new epoch in any case.
     *
     * @return the state itself if nobody who stays is in sync: then nothing can change without a loss
     */
    public static PartitionState restricted(List<Integer> replicas, PartitionState state, IntPredicate alive) {
        List<Integer> isr = state.isr().stream().filter(replicas::contains).toList();
        if (isr.isEmpty()) {
            return state;
        }
        if (isr.contains(state.leader()) || state.leader() == PartitionState.NO_LEADER) {
            return state.elect(state.leader(), isr, state.recovering());
        }
        Integer leader = find(replicas, id -> alive.test(id) && isr.contains(id));
        return state.elect(leader == null ? PartitionState.NO_LEADER : leader, isr, false);
    }

    private static @Nullable Integer find(List<Integer> replicas, IntPredicate wanted) {
        for (Integer replica : replicas) {
            if (wanted.test(replica)) {
                return replica;
            }
        }
        return null;
    }
}
