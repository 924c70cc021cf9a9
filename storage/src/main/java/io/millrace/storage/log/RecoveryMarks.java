package io.millrace.storage.log;

/**
 * How logs of a directory mark what they have appended.
 *
 * @param identity of the boot, the mount and the directory
 * @param intervalBytes a mark is written after so many bytes
 */
public record RecoveryMarks(String identity, long intervalBytes) {}
