/**
 * Whole clusters side by side: Millrace and Apache Kafka on the same machine, driven by the same stock client (groups by
 * their bare protocol), in turns.
 *
 * <p>{@link io.millrace.bench.rig.Rig} is the command, and a {@link io.millrace.bench.rig.Comparison} what it was asked for. The
 * full run has {@link io.millrace.bench.rig.Chapter}s, of which a {@link io.millrace.bench.rig.Plan} says what is measured. A
 * {@link io.millrace.bench.rig.RowComparison} takes the rows in order. For each, {@link io.millrace.bench.rig.Turns} let the
 * {@link io.millrace.bench.rig.Contender}s run in the order A B B A, as often as asked, each time on a machine that is
 * {@link io.millrace.bench.rig.Quiet}, in {@link io.millrace.bench.rig.Processes} and a directory of its own, of which a
 * {@link io.millrace.bench.rig.Cluster} is in charge. A {@link io.millrace.bench.rig.Row} drives it with a
 * {@link io.millrace.bench.rig.ProducerLoad} or a {@link io.millrace.bench.rig.GroupLoad}, first by the rule of
 * {@link io.millrace.bench.rig.WarmUp}, and puts the {@link io.millrace.bench.rig.Usage} that it measured into
 * {@link io.millrace.bench.rig.Samples}. Single operations take turns in the same way: {@link io.millrace.bench.rig.MicroRows}
 * runs each side of a {@link io.millrace.bench.rig.MicroGroup} with JMH; {@link io.millrace.bench.rig.Micro} leaves all to JMH
 * and keeps what it says. A {@link io.millrace.bench.rig.Report} is written after each row as a
 * {@link io.millrace.bench.rig.ResultFile} and at the end with its {@link io.millrace.bench.rig.Table} and
 * {@link io.millrace.bench.rig.Plots}, what was lost included. {@link io.millrace.bench.rig.Flames} show where the time goes.
 *
 * <p>Brokers that do not speak Kafka's protocol cannot be driven by those rows. A
 * {@link io.millrace.bench.rig.BrokerComparison} takes what all can do, a stream of records on disk that is written and read
 * in order: a {@link io.millrace.bench.rig.StreamBroker} starts a {@link io.millrace.bench.rig.StreamServer}, through whose
 * own client a {@link io.millrace.bench.rig.DeliveryRun} writes {@link io.millrace.bench.rig.NumberedRecords}, and a
 * {@link io.millrace.bench.rig.DeliveryCheck} sees them come back.
 *
 * <p>CPU time and memory are those of the brokers, as the kernel counts them ({@link io.millrace.bench.rig.CpuClock},
 * {@link io.millrace.bench.rig.Proc}). Kafka's
 * ZooKeeper runs in a process of its own and is not counted; the one in a single Millrace broker is.
 */
@NullMarked
package io.millrace.bench.rig;

import org.jspecify.annotations.NullMarked;
