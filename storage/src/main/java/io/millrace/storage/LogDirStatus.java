package io.millrace.storage;

import java.nio.file.Path;

/**
 * A log directory as DescribeLogDirs shows it.
 *
 * @param path as configured, made absolute
 * @param online false once an I/O error took it out of service until the next start
 * @param totalBytes size of its volume; -1 if unknown
 * @param usableBytes free bytes of its volume; -1 if unknown
 */
public record LogDirStatus(Path path, boolean online, long totalBytes, long usableBytes) {}
