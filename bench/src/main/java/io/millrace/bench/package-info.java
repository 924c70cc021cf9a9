/** What the benchmarks share: {@code micro} measures single operations, {@code rig} whole clusters beside Kafka's. */
@NullMarked
package io.millrace.bench;

import org.jspecify.annotations.NullMarked;
