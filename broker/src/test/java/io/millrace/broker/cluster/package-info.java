/**
 * Real processes and what is done to them: {@link io.millrace.broker.cluster.ProcessCluster} is a ZooKeeper and three brokers
 * that can be killed, stopped and paused; {@link io.millrace.broker.cluster.Workload} writes to them and reads from them by stock
 * clients and keeps a {@link io.millrace.broker.cluster.History}; {@link io.millrace.broker.cluster.HistoryChecker} says
 * afterwards whether it can have happened in a log that loses nothing, repeats nothing and keeps its order. The brokers may also
 * be Apache Kafka's, on which the checker was tried.
 */
package io.millrace.broker.cluster;
