/**
 * What a log remembers of its producers. {@link io.millrace.storage.producer.ProducerStates} holds an entry for each, which tells a
 * repeated batch from a lost one ({@link io.millrace.storage.producer.SequenceCheck}) and keeps open transactions
 * ({@link io.millrace.storage.producer.OpenTransactions}); {@link io.millrace.storage.producer.ProducerSnapshot} is its form on disk.
 * Everything here belongs to the log's writer.
 */
@NullMarked
package io.millrace.storage.producer;

import org.jspecify.annotations.NullMarked;
