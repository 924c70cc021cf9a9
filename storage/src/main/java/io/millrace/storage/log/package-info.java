/**
 * One partition's log. {@link io.millrace.storage.log.PartitionLog} is the door; behind it, in the order of a batch's life:
 * {@code BatchValidator} checks it outside any lock, {@code LogAppender} checks its sequence and copies it once into the active
 * {@code LogSegment}, the log end offset publishes it, {@code LogFlusher} brings it to disk and moves the recovery point
 * ({@code DiskProgress}). Where records count only once they are there, {@code LogSync} sees to it first; {@code MarkWriter} notes where
 * recovery may begin.
 *
 * <p>A read goes from offset to segment ({@code Segments}) to position ({@code BatchLocator}, {@code BatchScanner}) and ends in a
 * {@link io.millrace.storage.log.LogSlice}: a place, not bytes. It takes no lock.
 *
 * <p>At a start {@code SegmentDirectory} puts a directory in order, {@code LogLoader} believes what was closed well,
 * {@code SegmentRecovery} walks what was not, on the same boot from a {@code RecoveryMark} on, {@code ProducerReplay} brings the producers
 * to the log's end. Where a believed segment has lost its indexes, {@code TransactionReplay} finds its aborted transactions again.
 *
 * <p>What changes the list of segments ({@code LogTruncation}, {@code SegmentRemoval}, {@code SegmentReplacement}) does so under the log's
 * lock and in an order in which dying at any step leaves no hole. What storage threads do to a log goes through
 * {@link io.millrace.storage.log.LogUpkeep}; its parts share a {@code LogCore}.
 *
 * <p>Damage ({@code BatchFault}) is found by recovery, by a read or by {@code LogScrub}, noted as {@code SegmentDamage} and
 * stepped over from then on; {@code BatchSearch} finds where batches go on behind it.
 */
@NullMarked
package io.millrace.storage.log;

import org.jspecify.annotations.NullMarked;
