/**
 * The way of records from the brokers to {@code poll}, and what a consumer and its group tell each other.
 *
 * <p>Two threads meet here. The event loop fetches ahead ({@link io.millrace.client.consumer.RecordFetcher}), finds the
 * positions to begin at ({@link io.millrace.client.consumer.PositionFinder}) and shows the coordinator that the consumer
 * lives ({@link io.millrace.client.consumer.GroupMembership}). The thread of the application, inside {@code poll}, joins
 * the group, calls the listener, and decodes records ({@link io.millrace.client.consumer.ChunkReader}). What both need,
 * the assigned partitions with their positions and the chunks fetched ahead, lives in
 * {@link io.millrace.client.consumer.OffsetTracker}, which is also where the application waits.
 *
 * <p>Positions move only when records are handed out, so what is committed has been delivered.
 */
@NullMarked
package io.millrace.client.consumer;

import org.jspecify.annotations.NullMarked;
