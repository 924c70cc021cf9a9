/**
 * Sample applications, each with a {@code main}: {@link io.millrace.client.samples.FileProducer} sends the lines of files,
 * {@link io.millrace.client.samples.GroupConsumer} reads a topic in a group,
 * {@link io.millrace.client.samples.WordCount} reads one topic and writes another, and
 * {@link io.millrace.client.samples.Quickstart} sends and reads the same files and checks that nothing was lost, doubled or
 * put out of order.
 */
@NullMarked
package io.millrace.client.samples;

import org.jspecify.annotations.NullMarked;
