/**
 * Records as they lie on the wire and on disk; the same bytes in both places, so nothing between a socket and a file has to
 * take them apart.
 *
 * <p>In the order in which a batch lives:
 * <ol>
 *   <li>{@link io.millrace.protocol.record.BatchBuilder} packs records into a batch (format 2), compressing them with a
 *       {@link io.millrace.protocol.record.Compression}. Producers, coordinators and compaction build with it.
 *   <li>{@link io.millrace.protocol.record.BatchHeader} reads single fields of a batch where it lies, and stamps what a
 *       broker may change: offset and leader epoch outside the checksum, everything else with a new one
 *       ({@link io.millrace.protocol.record.Crc32c}).
 *   <li>{@link io.millrace.protocol.record.BatchCheck} judges a whole batch that came from a client.
 *   <li>{@link io.millrace.protocol.record.RecordCursor} walks the records of a batch.
 *   <li>{@link io.millrace.protocol.record.LegacyCursor} walks message sets of formats 0 and 1, and
 *       {@link io.millrace.protocol.record.LegacyConversion} turns them into batches and batches into them, for clients from
 *       before 0.11.
 * </ol>
 *
 * <p>Nothing here knows a file, a socket or a cluster. A batch is a {@link java.nio.ByteBuffer} and the index of its first
 * byte; buffers are big-endian, as they are made. Reading a header, checking and walking an uncompressed batch make no
 * object. A compressed one is decompressed whole into a heap array that its cursor keeps and reuses, up to
 * {@link io.millrace.protocol.record.DecompressionBuffer#limitFor a limit} that no length field in the input can raise.
 *
 * <p>Bytes from outside are never trusted: whatever they are, the answer is an
 * {@link io.millrace.protocol.record.InvalidRecordException} that carries the error code for the client.
 *
 * <p>Checksums and codecs run as native or intrinsic code. On a file mapping whose pages can vanish (disk full, file cut)
 * those kill the process where a plain read would throw. Codecs here only ever see arrays that were copied to first; the
 * checksum runs where the batch lies, so its callers must not hand it such a mapping.
 */
@NullMarked
package io.millrace.protocol.record;

import org.jspecify.annotations.NullMarked;
