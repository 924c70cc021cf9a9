/**
 * The cluster's state in ZooKeeper, in Kafka's layout. {@link io.millrace.broker.zk.ZkSession} owns the one session of this
 * broker; {@link io.millrace.broker.zk.Znodes} is the little that everything else asks of it, so that the stores on top
 * (one for each kind of node) know nothing of connections. What happens when the session expires is in one place,
 * {@link io.millrace.broker.zk.SessionListener}: the broker has become another one, registers again, arms its watches again
 * and reads everything again.
 */
@NullMarked
package io.millrace.broker.zk;

import org.jspecify.annotations.NullMarked;
