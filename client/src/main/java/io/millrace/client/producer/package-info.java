/**
 * The way of a record from {@code send} to its acknowledgement.
 *
 * <ol>
 *   <li>{@link io.millrace.client.producer.Partitioner} chooses the partition.
 *   <li>{@link io.millrace.client.producer.BatchAccumulator} appends the record, on the thread of the caller, to the last
 *       batch of that partition's {@link io.millrace.client.producer.PartitionQueue}, and waits when
 *       {@link io.millrace.client.producer.MemoryBudget} is used up.
 *   <li>{@link io.millrace.client.producer.Sender}, on the event loop, takes batches that are due, stamps producer id and
 *       sequence on them, sends one request a broker with one batch a partition, and completes, retries or fails them.
 * </ol>
 *
 * <p>Order and uniqueness rest on three rules of {@link io.millrace.client.producer.PartitionQueue}: sequences are given
 * once, in the order of the queue; a batch to be sent again goes out only when nothing else of its partition is under
 * way; and batches follow a partition to its new leader only when the old one owes no answer any more.
 */
@NullMarked
package io.millrace.client.producer;

import org.jspecify.annotations.NullMarked;
