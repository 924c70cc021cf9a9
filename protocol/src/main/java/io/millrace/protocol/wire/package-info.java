/** The wire types. {@link io.millrace.protocol.wire.Wire} is the vocabulary, its reader and its writer the two encodings. */
@NullMarked
package io.millrace.protocol.wire;

import org.jspecify.annotations.NullMarked;
