package io.millrace.protocol.record;

import org.jspecify.annotations.Nullable;

/**
 * A name and a value that travel with a record. Names may repeat and may be empty.
 *
 * @param key the name
 * @param value the value, or null; not copied
 */
public record RecordHeader(String key, byte @Nullable [] value) {}
