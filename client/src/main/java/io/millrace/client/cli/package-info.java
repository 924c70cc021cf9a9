/**
 * The command line: one picocli program behind the scripts of {@code bin/}, with the options and the output of Kafka's tools.
 *
 * <p>{@link io.millrace.client.cli.Tools} finds the tool by its name, parses its options and turns what goes wrong into a
 * sentence and an exit code. A {@link io.millrace.client.cli.Tool} reads what it was asked for, asks the cluster
 * ({@link io.millrace.client.cli.ClusterTool} connects), and prints to the {@link io.millrace.client.cli.Screen}: Kafka's
 * text into a pipe, tables and colours on a terminal, one JSON document with {@code --json}. Only the tool that was called
 * is loaded, since a command should answer before one has looked up.
 *
 * <p>The library does without this package: picocli and jackson are dependencies of the command line only.
 */
@NullMarked
package io.millrace.client.cli;

import org.jspecify.annotations.NullMarked;
