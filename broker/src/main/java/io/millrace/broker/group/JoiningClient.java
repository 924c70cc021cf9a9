package io.millrace.broker.group;

/**
 * Who sent a JoinGroup, and what its version of the protocol can do.
 *
 * @param clientId what it calls itself; empty if it does not
 * @param clientHost its address as {@code /1.2.3.4}
 * @param mustKnowMemberId whether it can be told to come back with the id it was given, before it counts (version 4)
 * @param maySkipAssignment whether it understands that it leads and yet is not to assign (version 9)
 */
public record JoiningClient(String clientId, String clientHost, boolean mustKnowMemberId, boolean maySkipAssignment) {}
