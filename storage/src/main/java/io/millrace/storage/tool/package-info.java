/**
 * Looks into log files from outside: {@link io.millrace.storage.tool.DumpLog} prints and checks them like Kafka's tool of the same
 * options. Works on any directory, also one that a broker has written to or is writing to; changes nothing.
 */
@NullMarked
package io.millrace.storage.tool;

import org.jspecify.annotations.NullMarked;
