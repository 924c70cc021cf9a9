package io.millrace.broker.config;

/**
 * When leadership goes back to preferred replicas by itself.
 *
 * @param enabled {@code auto.leader.rebalance.enable}
 * @param checkIntervalMs {@code leader.imbalance.check.interval.seconds}, in milliseconds: how often that is looked at
 * @param percentagePerBroker {@code leader.imbalance.per.broker.percentage}: of the partitions a broker is the preferred leader
 *     of, so many percent may be led by others
 */
public record LeaderRebalanceConfig(boolean enabled, long checkIntervalMs, int percentagePerBroker) {}
