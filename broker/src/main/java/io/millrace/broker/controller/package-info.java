/**
 * One broker of the cluster is its controller: it holds the ephemeral node {@code /controller}, elects leaders, writes every
 * change to ZooKeeper under the epoch of its election, and then tells the brokers.
 */
@NullMarked
package io.millrace.broker.controller;

import org.jspecify.annotations.NullMarked;
