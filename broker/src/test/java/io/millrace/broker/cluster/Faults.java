package io.millrace.broker.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What is done to a cluster while clients use it. Each fault takes back what it did before it returns, so that all processes run
 * again, though perhaps not in sync yet.
 */
final class Faults {
    /** Longer than a session: the cluster takes a paused broker for dead. */
    private static final int LONG_PAUSE_MS = ProcessCluster.SESSION_TIMEOUT_MS * 2;

    /** Longer than a session, too: {@code -Dmillrace.chaos.zookeeper.away.ms=60000} is a minute. */
    private static final int ZOOKEEPER_AWAY_MS =
            Integer.getInteger("millrace.chaos.zookeeper.away.ms", ProcessCluster.SESSION_TIMEOUT_MS + 1_000);

    /** A machine with much else to do takes long to start a process. */
    private static final Duration LIMIT = Duration.ofSeconds(240);

    private final ProcessCluster cluster;
    private final ClusterView view;
    private final Workload workload;
    private final History history;
    private final Random random;
    private final int partitions;

    Faults(
            ProcessCluster cluster,
            ClusterView view,
            Workload workload,
            History history,
            Random random,
            int partitions) {
        this.cluster = cluster;
        this.view = view;
        this.workload = workload;
        this.history = history;
        this.random = random;
        this.partitions = partitions;
    }

    enum Kind {
        KILL_LEADER,
        KILL_FOLLOWER,
        KILL_CONTROLLER,
        KILL_ALL,
        KILL_TWO,
        STOP_LEADER,
        PAUSE_LEADER_BRIEFLY,
        PAUSE_LEADER_LONG,
        PAUSE_CONTROLLER_LONG,
        PAUSE_FOLLOWERS_LONG,
        ZOOKEEPER_PAUSE,
        ZOOKEEPER_KILL,
        EXPIRE_LEADER,
        EXPIRE_CONTROLLER,
        ROLLING_RESTART,
        CUT_LEADER_FROM_FOLLOWERS,
        CUT_LEADER_FROM_ZOOKEEPER,
        CUT_CONTROLLER_FROM_ZOOKEEPER,
        CUT_LEADER_FROM_ALL_SERVERS,
        CUT_LEADER_OUTWARD,
        CUT_LEADER_INWARD,
        CUT_PAIR,
        CUT_ALL_FROM_ZOOKEEPER;

        /** Whether it needs a {@link Network}. */
        boolean isCut() {
            return ordinal() >= CUT_LEADER_FROM_FOLLOWERS.ordinal();
        }
    }

    /** Does it, and waits until all brokers are in the cluster and all partitions take records again. */
    void inflict(Kind kind) throws Exception {
        if (kind.isCut()) {
            cut(kind);
            rest(LONG_PAUSE_MS);
            cluster.network().heal();
        } else {
            disturb(kind);
        }
        cluster.awaitRegistered();
        view.awaitBrokers();
        awaitProgress();
    }

    private void disturb(Kind kind) throws Exception {
        switch (kind) {
            case KILL_LEADER -> killAndRestart(List.of(view.leader(anyPartition())));
            case KILL_FOLLOWER -> killAndRestart(List.of(other(view.leader(anyPartition()))));
            case KILL_CONTROLLER -> killAndRestart(List.of(controller()));
            case KILL_ALL -> killAndRestart(cluster.ids());
            case KILL_TWO -> {
                int spared = cluster.ids().get(random.nextInt(ProcessCluster.BROKERS));
                killAndRestart(cluster.ids().stream().filter(id -> id != spared).toList());
            }
            case STOP_LEADER -> restartInOrder(view.leader(anyPartition()));
            case PAUSE_LEADER_BRIEFLY ->
                pause(List.of(cluster.broker(view.leader(anyPartition()))), 500 + random.nextInt(1_500));
            case PAUSE_LEADER_LONG -> pause(List.of(cluster.broker(view.leader(anyPartition()))), LONG_PAUSE_MS);
            case PAUSE_CONTROLLER_LONG -> pause(List.of(cluster.broker(controller())), LONG_PAUSE_MS);
            case PAUSE_FOLLOWERS_LONG -> {
                int leader = view.leader(anyPartition());
                pause(
                        cluster.ids().stream()
                                .filter(id -> id != leader)
                                .map(cluster::broker)
                                .toList(),
                        LONG_PAUSE_MS);
            }
            case ZOOKEEPER_PAUSE -> pause(List.of(cluster.zooKeeper()), LONG_PAUSE_MS);
            case ZOOKEEPER_KILL -> killZooKeeper(ZOOKEEPER_AWAY_MS);
            case EXPIRE_LEADER -> cluster.expireSession(view.leader(anyPartition()));
            case EXPIRE_CONTROLLER -> cluster.expireSession(controller());
            case ROLLING_RESTART -> {
                for (int id : cluster.ids()) {
                    view.awaitInSync();
                    restartInOrder(id);
                    cluster.awaitRegistered();
                }
            }
            default -> throw new IllegalArgumentException(kind.toString());
        }
    }

    private void cut(Kind kind) throws Exception {
        Network network = cluster.network();
        int leader = view.leader(anyPartition());
        List<Integer> others = cluster.ids().stream().filter(id -> id != leader).toList();
        switch (kind) {
            case CUT_LEADER_FROM_FOLLOWERS -> others.forEach(id -> network.cut(leader, id));
            case CUT_LEADER_FROM_ZOOKEEPER -> network.cut(leader, Network.ZOOKEEPER);
            case CUT_CONTROLLER_FROM_ZOOKEEPER -> network.cut(controller(), Network.ZOOKEEPER);
            case CUT_LEADER_FROM_ALL_SERVERS -> {
                others.forEach(id -> network.cut(leader, id));
                network.cut(leader, Network.ZOOKEEPER);
            }
            case CUT_LEADER_OUTWARD -> {
                others.forEach(id -> network.cutOneWay(leader, id));
                network.cutOneWay(leader, Network.ZOOKEEPER);
            }
            case CUT_LEADER_INWARD -> {
                others.forEach(id -> network.cutOneWay(id, leader));
                network.cutOneWay(Network.ZOOKEEPER, leader);
            }
            case CUT_PAIR -> network.cut(leader, others.get(0));
            case CUT_ALL_FROM_ZOOKEEPER -> cluster.ids().forEach(id -> network.cut(id, Network.ZOOKEEPER));
            default -> throw new IllegalArgumentException(kind.toString());
        }
    }

    /** ZooKeeper away for a time, by a kill: nobody can be elected meanwhile. */
    void killZooKeeper(int awayMs) {
        cluster.zooKeeper().kill();
        rest(awayMs);
        cluster.zooKeeper().launch();
        cluster.zooKeeper().awaitListening();
    }

    /** SIGTERM, and the start after the clean end. */
    void restartInOrder(int id) {
        cluster.broker(id).stop();
        cluster.broker(id).launch();
        cluster.broker(id).awaitListening();
    }

    /** Waits until every partition has taken records that were sent from now on. */
    void awaitProgress() {
        long[] before = new long[partitions];
        for (int partition = 0; partition < partitions; partition++) {
            before[partition] = history.ackedCount(partition);
        }
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        for (int partition = 0; partition < partitions; partition++) {
            while (history.ackedCount(partition) < before[partition] + 20) {
                if (System.nanoTime() > deadlineNs) {
                    throw new AssertionError("partition " + partition + " takes no records any more; clients said "
                            + workload.errors() + "\n" + cluster.tails());
                }
                rest(10);
            }
        }
    }

    private void killAndRestart(List<Integer> ids) {
        ids.forEach(id -> cluster.broker(id).kill());
        if (ids.size() < ProcessCluster.BROKERS - 1) {
            // The others have to manage.
            awaitProgress();
        }
        ids.forEach(id -> cluster.broker(id).launch());
        ids.forEach(id -> cluster.broker(id).awaitListening());
    }

    private void pause(List<ServerProcess> processes, int forMs) {
        processes.forEach(ServerProcess::pause);
        rest(forMs);
        processes.forEach(ServerProcess::resume);
    }

    private int controller() throws Exception {
        int id = cluster.controller();
        return id < 0 ? cluster.ids().get(0) : id;
    }

    private int other(int id) {
        return cluster.ids().get((id + random.nextInt(ProcessCluster.BROKERS - 1)) % ProcessCluster.BROKERS);
    }

    private int anyPartition() {
        return random.nextInt(partitions);
    }

    /** How long a fault lasts, which is what is being tried and not a wait for something. */
    static void rest(int ms) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (System.nanoTime() < endNs) {
            LockSupport.parkNanos(endNs - System.nanoTime());
        }
    }
}
