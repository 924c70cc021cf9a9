/**
 * What this broker tells clients about the cluster. The controller sends UpdateMetadata; {@link
 * io.millrace.broker.metadata.MetadataCache} makes the next {@link io.millrace.broker.metadata.ClusterSnapshot} out of the
 * present one and swaps it whole, so that a handler that took a snapshot sees one state of the cluster from its first line
 * to its last.
 */
@NullMarked
package io.millrace.broker.metadata;

import org.jspecify.annotations.NullMarked;
