/**
 * Following other brokers. When the controller says that a partition is led elsewhere, {@link
 * io.millrace.broker.fetcher.ReplicaFetchers} gives it to the fetcher of that leader. A {@link
 * io.millrace.broker.fetcher.ReplicaFetcher} asks its leader for all its partitions in one Fetch request after the other,
 * with an incremental session so that a request names only what has moved; it appends what arrives and asks again at once,
 * which is what tells the leader that the records are stored here. Where the logs have parted the leader says so in its
 * answer, and the log is cut before anything is appended.
 *
 * <p>A fetcher is one event loop, the one of its connection: an answer is taken in on the thread that read it.
 */
@NullMarked
package io.millrace.broker.fetcher;

import org.jspecify.annotations.NullMarked;
