/**
 * One broker of the cluster is its controller: it holds the ephemeral node {@code /controller}, elects leaders, writes every
 * change to ZooKeeper under the epoch of its election, and then tells the brokers.
 *
 * <p>A {@link io.millrace.broker.controller.Controller} stands for election. While it holds the office it keeps an
 * {@code ActiveController}, which begins with nothing but what ZooKeeper says and is dropped as soon as anything is doubtful.
 * What happens there is always the same: an event (a watch, an answer of a broker, a request through
 * {@link io.millrace.broker.controller.PartitionAdmin} or {@link io.millrace.broker.controller.TopicAdmin}) is looked at
 * against {@code ClusterState}; {@code LeaderElection} decides, which is pure; {@code PartitionElections} writes the states
 * under the check of the epoch, many in a transaction; a {@code ControlBatch} collects what each broker has to know, and goes
 * out through one {@link io.millrace.broker.controller.BrokerChannel} a broker, in order. What takes longer than an event,
 * a reassignment, a deletion, a request of a tool, is on record in ZooKeeper, so that the next controller goes on with it.
 */
@NullMarked
package io.millrace.broker.controller;

import org.jspecify.annotations.NullMarked;
