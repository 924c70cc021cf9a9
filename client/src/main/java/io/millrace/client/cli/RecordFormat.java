package io.millrace.client.cli;

import io.millrace.client.ConsumerRecord;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** How {@code console-consumer.sh} shows records: one of the formatters that come with Kafka. */
interface RecordFormat {
    /** Prints a record as text, or nothing if it is none of those that are to be shown. */
    void print(ConsumerRecord<byte[], byte[]> record, PrintStream out);

    /** The record for {@code --json}, or null if it is none of those that are to be shown. */
    @Nullable
    Object document(ConsumerRecord<byte[], byte[]> record);
}
