package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;

/**
 * What a group is doing. Immutable; a group moves from one to the next through {@link Group#become}, which lets only the
 * arrows drawn here pass.
 *
 * <pre>
 *          first member                   all have joined
 *         ─────────────►                 ─────────────────►
 *   Empty                PreparingRebalance                CompletingRebalance
 *         ◄─────────────    ▲            ◄─────────────────      │
 *           nobody left     │              a member came,        │ the leader's assignment is stored
 *                           │              left or changed       ▼
 *                           └──────────────────────────────── Stable
 *
 *   Dead: from every state, when this broker loses the group; from Empty when it is deleted, and back if that fails
 * </pre>
 */
sealed interface GroupState {

    /** Kafka's name, as clients and filters spell it. */
    String label();

    boolean canBecome(GroupState next);

    /** What a member of the present generation hears on a heartbeat. */
    ErrorCode onHeartbeat();

    /** What a member of the present generation, or of an empty group one who is none, hears on a commit of offsets. */
    default ErrorCode onCommit() {
        return ErrorCode.NONE;
    }

    /** When something happens even though nobody asks, or {@link Deadline#NEVER}. */
    default long deadlineMs() {
        return Deadline.NEVER;
    }

    /** No members; perhaps offsets. */
    record Empty() implements GroupState {
        @Override
        public String label() {
            return "Empty";
        }

        @Override
        public boolean canBecome(GroupState next) {
            return next instanceof PreparingRebalance || next instanceof Dead;
        }

        @Override
        public ErrorCode onHeartbeat() {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
    }

    /**
     * Waits until all members have joined.
     *
     * @param deadlineMs when it goes on without those that have not
     * @param first whether the group was empty before; it then waits for strangers too, and so always until the deadline
     * @param spareMs for how much longer the deadline may yet be put off
     * @param newcomers whether somebody came since the deadline was set
     */
    record PreparingRebalance(long deadlineMs, boolean first, long spareMs, boolean newcomers) implements GroupState {

        /** Of a group that was empty: waits {@code delayMs} after each newcomer, but not beyond {@code limitMs} in all. */
        static PreparingRebalance first(long nowMs, long delayMs, long limitMs) {
            return new PreparingRebalance(nowMs + delayMs, true, Math.max(limitMs - delayMs, 0), false);
        }

        /** Of a group that has members. */
        static PreparingRebalance again(long nowMs, long rebalanceTimeoutMs) {
            return new PreparingRebalance(nowMs + rebalanceTimeoutMs, false, 0, false);
        }

        PreparingRebalance withNewcomer() {
            return new PreparingRebalance(deadlineMs, first, spareMs, true);
        }

        boolean mayBePutOff() {
            return first && newcomers && spareMs > 0;
        }

        PreparingRebalance putOff(long nowMs, long delayMs) {
            long by = Math.min(delayMs, spareMs);
            return new PreparingRebalance(nowMs + by, true, spareMs - by, false);
        }

        @Override
        public String label() {
            return "PreparingRebalance";
        }

        @Override
        public boolean canBecome(GroupState next) {
            return next instanceof PreparingRebalance
                    || next instanceof CompletingRebalance
                    || next instanceof Empty
                    || next instanceof Dead;
        }

        @Override
        public ErrorCode onHeartbeat() {
            return ErrorCode.REBALANCE_IN_PROGRESS;
        }
    }

    /**
     * Waits for the leader's assignment, and for its being stored.
     *
     * @param deadlineMs by when every member must have asked for its assignment
     * @param storing whether the assignment has come and is on its way into the log
     */
    record CompletingRebalance(long deadlineMs, boolean storing) implements GroupState {
        @Override
        public String label() {
            return "CompletingRebalance";
        }

        @Override
        public boolean canBecome(GroupState next) {
            return next instanceof CompletingRebalance
                    || next instanceof Stable
                    || next instanceof PreparingRebalance
                    || next instanceof Dead;
        }

        @Override
        public ErrorCode onHeartbeat() {
            return ErrorCode.NONE;
        }

        /** The member knows of the new generation already and yet commits: it has to finish joining first. */
        @Override
        public ErrorCode onCommit() {
            return ErrorCode.REBALANCE_IN_PROGRESS;
        }
    }

    /**
     * Every member may have its assignment.
     *
     * @param deadlineMs by when those that have not asked for it yet must have; NEVER when all have
     */
    record Stable(long deadlineMs) implements GroupState {
        @Override
        public String label() {
            return "Stable";
        }

        @Override
        public boolean canBecome(GroupState next) {
            return next instanceof Stable || next instanceof PreparingRebalance || next instanceof Dead;
        }

        @Override
        public ErrorCode onHeartbeat() {
            return ErrorCode.NONE;
        }
    }

    /** Not coordinated here any more: the broker lost the partition, or the group is being deleted. */
    record Dead() implements GroupState {
        @Override
        public String label() {
            return "Dead";
        }

        @Override
        public boolean canBecome(GroupState next) {
            return next instanceof Empty;
        }

        @Override
        public ErrorCode onHeartbeat() {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }

        @Override
        public ErrorCode onCommit() {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
    }
}
