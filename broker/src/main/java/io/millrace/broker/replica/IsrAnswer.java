package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;

/**
 * What the controller says to an {@link IsrProposal}.
 *
 * @param error NONE, or why not
 * @param leaderEpoch without an error: under which the state holds
 * @param partitionEpoch without an error: of the state, which is the proposed one or one that said the same already
 * @param isr without an error: those in sync
 */
public record IsrAnswer(ErrorCode error, int leaderEpoch, int partitionEpoch, int[] isr) {
    private static final int[] NOBODY = {};

    /** It did not accept the proposal. */
    static IsrAnswer refused(ErrorCode error) {
        return new IsrAnswer(error, -1, -1, NOBODY);
    }
}
