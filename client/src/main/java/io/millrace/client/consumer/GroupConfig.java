package io.millrace.client.consumer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to be a member of a group.
 *
 * @param groupId which group
 * @param instanceId a name of this member that outlives the process, or null
 * @param sessionTimeoutMs how long the coordinator waits for a sign of life
 * @param heartbeatIntervalMs how often there is one
 * @param maxPollIntervalMs how long the application may take between two polls before its partitions go to others
 * @param assignors that this member can work with, the best one first
 * @param requestTimeoutMs of one request
 */
public record GroupConfig(
        String groupId,
        @Nullable String instanceId,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int maxPollIntervalMs,
        List<Assignor> assignors,
        int requestTimeoutMs) {

    public GroupConfig {
        if (heartbeatIntervalMs >= sessionTimeoutMs) {
            throw new IllegalArgumentException("heartbeat.interval.ms=" + heartbeatIntervalMs
                    + " must be lower than session.timeout.ms=" + sessionTimeoutMs);
        }
    }
}
