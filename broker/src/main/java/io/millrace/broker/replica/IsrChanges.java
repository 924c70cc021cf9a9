package io.millrace.broker.replica;

/**
 * The way of proposals to the controller. Behind it is the network, or a test; a proposal is sent until it is answered,
 * however long that takes, because nobody but the controller knows whether it came true.
 */
@FunctionalInterface
public interface IsrChanges {

    /** Proposes a change. Any thread, which is not kept; there is one proposal of a partition at a time. */
    void propose(IsrProposal proposal);
}
