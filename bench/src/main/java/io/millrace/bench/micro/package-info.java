/**
 * The unit costs of the broker, one operation at a time, beside those of Kafka's classes doing the same work in the same run.
 *
 * <p>{@code bin/bench.sh} runs them with the garbage profiler on. A benchmark whose name begins with {@code millrace} is ours,
 * one that begins with {@code kafka} is the opponent's. The bytes in and out are the same; a test in this module holds them
 * against each other.
 */
@NullMarked
package io.millrace.bench.micro;

import org.jspecify.annotations.NullMarked;
