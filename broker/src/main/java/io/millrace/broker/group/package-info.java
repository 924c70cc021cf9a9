/**
 * The group coordinator: who is in a group, who reads what, and how far the group has come.
 *
 * <p>A request comes in through {@link io.millrace.broker.group.GroupCoordinator} and hops onto the one thread on which all
 * groups live ({@link io.millrace.broker.group.GroupLoop}), where nothing needs a lock. {@code Shards} finds the group, or
 * says that another broker has it; {@code Joining}, {@code Syncing} and {@code Leaving} carry out what members ask, and
 * {@code Rebalances} takes the group from one generation to the next, through the states of {@code GroupState}. What was
 * decided goes through {@code GroupStore} and {@code ShardLog} into {@link io.millrace.broker.group.OffsetLog}, the log of
 * {@code __consumer_offsets}; nobody waits for it, what depends on it goes on in a callback, in the order of the log.
 *
 * <p>A broker coordinates the groups of those partitions that it leads. When it becomes leader it reads the partition
 * ({@code ShardReader}, on the thread of the reader) and then has the groups as the one before had stored them; when it
 * ceases to be, whoever waits is sent away to find the next.
 *
 * <p>Time comes from the loop, and so do deadlines: the same coordinator runs on virtual time in a test.
 */
@NullMarked
package io.millrace.broker.group;

import org.jspecify.annotations.NullMarked;
