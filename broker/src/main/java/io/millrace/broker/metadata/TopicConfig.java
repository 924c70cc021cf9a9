package io.millrace.broker.metadata;

import io.millrace.storage.LogConfig;

/**
 * What holds for a topic: its own configs over the broker's settings.
 *
 * @param log how its logs are kept
 * @param minInsyncReplicas how many replicas must be in sync for a write with acks=all to be taken, at least 1
 * @param uncleanLeaderElection whether a replica that is not in sync may lead when no other is left
 */
public record TopicConfig(LogConfig log, int minInsyncReplicas, boolean uncleanLeaderElection) {}
