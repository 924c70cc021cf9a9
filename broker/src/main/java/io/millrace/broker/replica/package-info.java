/**
 * The partitions that this broker leads or follows. A request comes in through {@link io.millrace.broker.replica.ReplicaManager},
 * which knows every partition by name; the partition checks role and epoch under its lock, the one lock on the data path, and
 * appends; reads take no lock. What cannot be answered yet waits: a produce request for the high watermark, a deletion for the
 * low one, a fetch for more bytes. Waiters are parked at their partition and woken by the append, or by the high watermark, that
 * they wait for; one timing wheel holds their deadlines. A fetch also waits for a disk, see
 * {@link io.millrace.broker.replica.ColdRanges}.
 *
 * <p>A leader learns from the fetches of its {@link io.millrace.broker.replica.Followers} how far they are, moves the high
 * watermark by that, and has {@link io.millrace.broker.replica.IsrControl} propose another ISR when one lags or has caught
 * up; {@link io.millrace.broker.replica.AlterPartitions} takes proposals to the controller. Where this broker follows, a
 * fetcher writes to the partition by way of its {@link io.millrace.broker.replica.FollowerLog}.
 *
 * <p>Decisions (high watermark, in-sync replicas, where to truncate) are pure functions, in {@link
 * io.millrace.broker.replica.ReplicationRules}. Time, timers, the way to the controller and fetchers come from outside, as a
 * {@link io.millrace.broker.replica.ReplicaEnvironment}, so that whole clusters run in one thread on virtual time.
 */
@NullMarked
package io.millrace.broker.replica;

import org.jspecify.annotations.NullMarked;
