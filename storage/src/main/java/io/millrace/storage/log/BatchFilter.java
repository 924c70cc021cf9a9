package io.millrace.storage.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Decides what is left of a batch when segments are written anew. Batches come in the order of the log. */
public interface BatchFilter {
    /**
     * What to keep of the batch at {@code index}: the same buffer for all of it, another one with a batch from position to limit
     * that takes its place (used before the next call), or null for nothing. The batch that takes its place has the same last
     * offset.
     */
    @Nullable
    ByteBuffer retain(ByteBuffer buffer, int index);
}
