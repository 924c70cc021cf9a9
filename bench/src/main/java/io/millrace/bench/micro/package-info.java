/**
 * The unit costs of the broker, one operation at a time, beside those of Kafka's classes doing the same work in the same run.
 *
 * <p>{@code bin/bench.sh} runs them with the garbage profiler and {@link io.millrace.bench.micro.LoopMeter} on. A benchmark whose
 * name, or whose parameter {@code target}, begins with {@code millrace} is ours, one that begins with {@code kafka} is the
 * opponent's, and others are limits: what neither can do without. The bytes in and out are the same; a test in this module holds
 * them against each other.
 */
@NullMarked
package io.millrace.bench.micro;

import org.jspecify.annotations.NullMarked;
