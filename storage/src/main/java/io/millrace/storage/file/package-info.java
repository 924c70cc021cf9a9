/**
 * Files as the log needs them: names, shared handles, mapped windows that nobody can touch after they are gone, space provided
 * before it is written, small files replaced as a whole.
 *
 * <p>The order in the life of a segment's file: {@link io.millrace.storage.file.SharedFile} opens it,
 * {@link io.millrace.storage.file.ZeroFill} provides space (a full disk is an {@code IOException} here and nowhere else),
 * {@link io.millrace.storage.file.MappedWriter} copies small batches into {@link io.millrace.storage.file.MappedWindow windows} and
 * writes large ones by calls,
 * {@link io.millrace.storage.file.LogFile} publishes the size to readers and, when the segment is sealed and the last window is
 * unmapped, cuts off the zeros behind the data. What is sent is sent by {@code transferTo} or read by calls; whoever only looks for a
 * place in a file that is looked at often does so in its {@link io.millrace.storage.file.ReadMap}, where the pages are in memory. What is
 * sent from far behind the end of a log, and may not be, {@link io.millrace.storage.file.ColdReads} reads first.
 *
 * <p>A page of a map that the disk does not give back is told by the JVM late and anywhere, on Java 17 even behind the
 * {@code try} block that has touched it. {@link io.millrace.storage.file.MappedCopy} finds it out on the spot, which is how logs
 * are read and written, and indexes ({@link io.millrace.storage.file.MappedEntries}), through an
 * {@link io.millrace.storage.file.EntryReader}.
 *
 * <p>The interrupt of a thread closes the {@code FileChannel} it is inside of, for everybody: {@link io.millrace.storage.file.SharedFile}
 * opens it anew. Storage's own threads are never interrupted.
 */
@NullMarked
package io.millrace.storage.file;

import org.jspecify.annotations.NullMarked;
