/** The small files beside the logs: offset checkpoints, leader epochs, the identity of partitions and directories. */
@NullMarked
package io.millrace.storage.checkpoint;

import org.jspecify.annotations.NullMarked;
