package io.millrace.storage.log;

import java.nio.file.Path;

/**
 * A part of a log that cannot be served because its bytes are damaged.
 *
 * @param file of the segment
 * @param position of its first byte
 * @param endPosition of the first good byte behind it; the same if the bytes are not there at all
 * @param firstOffset first record that may be hurt; truncating to it removes the damage
 * @param nextOffset first record behind it
 */
public record DamagedRange(Path file, long position, long endPosition, long firstOffset, long nextOffset) {}
