/**
 * A whole cluster in one thread, on virtual time. Brokers are made of the real parts: controller, replica manager, partitions,
 * fetchers, handlers, and logs on disk. Simulated are what lies between and below them: threads ({@link
 * io.millrace.broker.simulation.SimulatedThread}), the network ({@link io.millrace.broker.simulation.SimulatedNetwork}), the
 * way to ZooKeeper ({@link io.millrace.broker.simulation.SimulatedSession}) and the clocks.
 *
 * <p>{@link io.millrace.broker.simulation.VirtualTime} holds what is going to happen. One random seed decides how long
 * everything takes and what goes wrong, so a seed that fails does so again. After every step {@link
 * io.millrace.broker.simulation.Invariants} looks whether a rule is broken.
 */
@NullMarked
package io.millrace.broker.simulation;

import org.jspecify.annotations.NullMarked;
