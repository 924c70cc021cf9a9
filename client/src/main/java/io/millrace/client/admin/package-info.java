/**
 * What {@link io.millrace.client.Admin} asks of a cluster, and the words for it.
 *
 * <p>{@link io.millrace.client.admin.AdminLink} knows the way to the broker in charge and goes it again when that has moved.
 * The calls stand on it, by where the answers lie: {@link io.millrace.client.admin.TopicCalls} and
 * {@link io.millrace.client.admin.ReplicaCalls} with the controller, {@link io.millrace.client.admin.GroupCalls} with
 * coordinators, {@link io.millrace.client.admin.PartitionCalls} with leaders,
 * {@link io.millrace.client.admin.BrokerCalls} and {@link io.millrace.client.admin.ConfigCalls} with certain brokers. The
 * records are those that applications see.
 *
 * <p>Many things that are asked for together have an {@link io.millrace.client.net.Outcomes}: each succeeds or fails on
 * its own.
 */
@NullMarked
package io.millrace.client.admin;

import org.jspecify.annotations.NullMarked;
