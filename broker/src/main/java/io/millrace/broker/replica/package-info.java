/**
 * The partitions that this broker leads or follows. A request comes in through {@link
 * io.millrace.broker.replica.ReplicaManager}, which knows every partition by name; the partition checks role and epoch under
 * its lock, the one lock on the data path, and appends; reads take no lock. What cannot be answered yet waits: a produce
 * request for the high watermark, a fetch for more bytes. Waiters are parked at their partition and woken by the append, or
 * by the high watermark, that they wait for; one timing wheel holds their deadlines.
 *
 * <p>Decisions (high watermark, in-sync replicas) are pure functions, in classes of their own.
 */
@NullMarked
package io.millrace.broker.replica;

import org.jspecify.annotations.NullMarked;
