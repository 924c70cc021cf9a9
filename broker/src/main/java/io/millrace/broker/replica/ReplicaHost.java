package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;

/**
 * The broker as its partitions see it, in a simulation a simulated one.
 *
 * @param brokerId of this broker
 * @param lagTimeMaxMs {@code replica.lag.time.max.ms}
 * @param brokerEpoch under which this broker is registered now
 * @param isAlive whether the controller has said that a broker is
 * @param loop knows what time it is, and runs what is not bound to a request
 * @param isrChanges takes proposals to the controller
 */
record ReplicaHost(
        int brokerId,
        long lagTimeMaxMs,
        LongSupplier brokerEpoch,
        IntPredicate isAlive,
        Loop loop,
        IsrChanges isrChanges) {

    long nowMs() {
        return loop.nowMs();
    }
}
