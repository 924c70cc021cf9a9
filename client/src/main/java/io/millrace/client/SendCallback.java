package io.millrace.client;

import io.millrace.client.net.ClientException;
import org.jspecify.annotations.Nullable;

/** Learns what became of a record. Called once for each, on the producer's event loop: it must not wait. */
@FunctionalInterface
public interface SendCallback {

    /**
     * The record is acknowledged or has failed.
     *
     * @param metadata where it is, or null if it failed
     * @param failure why it failed, or null
     */
    void onCompletion(@Nullable RecordMetadata metadata, @Nullable ClientException failure);
}
