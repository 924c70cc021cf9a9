package io.millrace.broker.config;

/**
 * How a broker takes its leave.
 *
 * @param enabled {@code controlled.shutdown.enable}: whether it asks the controller to have others lead first
 * @param maxRetries {@code controlled.shutdown.max.retries}: how many times it asks in all
 * @param retryBackoffMs {@code controlled.shutdown.retry.backoff.ms}: pause between
 */
public record ControlledShutdownConfig(boolean enabled, int maxRetries, long retryBackoffMs) {}
