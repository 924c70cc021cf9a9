/**
 * The logs of a broker. {@link io.millrace.storage.LogManager} owns the log directories and every partition's log in them; a
 * {@link io.millrace.storage.log.PartitionLog} is one partition's sequence of record batches on disk.
 *
 * <p>In order: the manager locks its directories and reads their identity ({@code lockDirs}), recovers all logs in parallel
 * ({@code start}), hands logs out, runs retention, flushing and checkpoints on its own threads, and on {@code close} leaves
 * directories that need no recovery. Nothing in this module knows of sockets, replicas or the cluster.
 */
@NullMarked
package io.millrace.storage;

import org.jspecify.annotations.NullMarked;
