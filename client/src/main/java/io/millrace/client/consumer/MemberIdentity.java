package io.millrace.client.consumer;

/**
 * Who a consumer is in its group at a moment.
 *
 * @param memberId given by the coordinator; empty before that
 * @param generation of the group; -1 when not a member
 */
record MemberIdentity(String memberId, int generation) {
    static final MemberIdentity NONE = new MemberIdentity("", -1);

    boolean isMember() {
        return generation >= 0;
    }

    MemberIdentity outsideGeneration() {
        return new MemberIdentity(memberId, -1);
    }
}
