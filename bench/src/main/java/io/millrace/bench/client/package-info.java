/**
 * Millrace's client beside Kafka's: the same records through the same broker by each, every run in a process of its own, and
 * what that took per record in time, in processor and in memory allocated. {@link io.millrace.bench.client.ClientComparison}
 * is the door; {@link io.millrace.bench.client.ClientRun} is one run.
 */
@NullMarked
package io.millrace.bench.client;

import org.jspecify.annotations.NullMarked;
