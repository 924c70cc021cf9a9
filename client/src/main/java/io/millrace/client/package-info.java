/**
 * A thin client for any cluster that speaks Kafka's protocol: {@link io.millrace.client.Producer} writes,
 * {@link io.millrace.client.Consumer} reads, {@link io.millrace.client.Admin} manages. Configuration keys, their defaults
 * and error codes are Kafka's.
 *
 * <p>How it works inside is told in {@code io.millrace.client.producer}, {@code io.millrace.client.consumer} and
 * {@code io.millrace.client.net}.
 */
@NullMarked
package io.millrace.client;

import org.jspecify.annotations.NullMarked;
