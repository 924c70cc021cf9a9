/**
 * The command line with ZooKeeper: the program that the scripts in {@code bin/} start. The tools themselves are in
 * {@code io.millrace.client.cli}, which knows no ZooKeeper.
 */
@NullMarked
package io.millrace.broker.tool;

import org.jspecify.annotations.NullMarked;
