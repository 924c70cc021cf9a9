/**
 * The files that say where in a segment something is. {@link io.millrace.storage.index.OffsetIndex} leads from offset to
 * position, {@link io.millrace.storage.index.TimeIndex} from timestamp to offset, {@link io.millrace.storage.index.TransactionIndex}
 * lists aborted transactions. The first two are hints: what they say is checked against the log. The third is believed, once its
 * entries are possible. All can be rebuilt from the log.
 */
@NullMarked
package io.millrace.storage.index;

import org.jspecify.annotations.NullMarked;
