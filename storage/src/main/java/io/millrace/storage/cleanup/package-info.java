/**
 * Keeps logs from growing for ever. {@link io.millrace.storage.cleanup.Retention} decides which segments are too old or too many,
 * {@link io.millrace.storage.cleanup.RetentionSweeper} removes them. {@link io.millrace.storage.cleanup.CompactionRange} decides
 * which part of a log is due for compaction, {@link io.millrace.storage.cleanup.CompactionSchedule} picks the dirtiest log, and
 * {@link io.millrace.storage.cleanup.Compactor} leaves the newest record of each key: keys into a bounded
 * {@link io.millrace.storage.cleanup.KeyOffsetMap} first, then the segments written anew through {@code CompactionFilter}.
 */
@NullMarked
package io.millrace.storage.cleanup;

import org.jspecify.annotations.NullMarked;
