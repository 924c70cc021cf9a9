/**
 * One partition's log. A batch passes {@link io.millrace.storage.log.PartitionLog}: validated outside any lock, sequences
 * checked, stamped with offset and leader epoch, copied once into the active segment, indexed, and published by the log end
 * offset. A read goes from offset to segment to position and ends in a {@link io.millrace.storage.log.LogSlice}: a place, not bytes.
 */
@NullMarked
package io.millrace.storage.log;

import org.jspecify.annotations.NullMarked;
