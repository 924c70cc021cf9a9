/**
 * Keeps logs from growing for ever. {@link io.millrace.storage.cleanup.Retention} decides which segments are too old or too many, and
 * {@link io.millrace.storage.cleanup.RetentionSweeper} removes them.
 */
@NullMarked
package io.millrace.storage.cleanup;

import org.jspecify.annotations.NullMarked;
