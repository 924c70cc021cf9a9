package io.millrace.storage.log;

import io.millrace.storage.file.FileHost;
import java.time.Clock;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the logs of one directory share.
 *
 * @param files for their files
 * @param scheduler runs what may wait for the disk: syncing, removing files
 * @param clock wall clock
 * @param health of the directory
 * @param producerIdExpirationMs how long the state of a silent producer is kept
 * @param recoveryPoints the checkpoint, told when a log is cut
 */
public record LogHost(
        FileHost files,
        ScheduledExecutorService scheduler,
        Clock clock,
        LogDirHealth health,
        long producerIdExpirationMs,
        RecoveryPoints recoveryPoints) {}
