package io.millrace.client.consumer;

/**
 * A committed offset.
 *
 * <pre>{@code
 * consumer.commitSync(Map.of(record.topicPartition(), new OffsetAndMetadata(record.offset() + 1)));
 * }</pre>
 *
 * @param offset the next one to be read
 * @param metadata a note of whoever committed it; may be empty
 */
public record OffsetAndMetadata(long offset, String metadata) {

    /** An offset without a note. */
    public OffsetAndMetadata(long offset) {
        this(offset, "");
    }
}
