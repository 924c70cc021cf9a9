package io.millrace.broker.simulation;

import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One run of one seed: a cluster, who uses it, what goes wrong, and the end at which everything must be right. */
final class Simulation implements AutoCloseable {
    static final int BROKERS = 3;

    private static final String TOPIC = "t";
    private static final long CHAOS_MS = 15_000;
    private static final long REST_DEADLINE_MS = 60_000;

    /** Clients are nodes of the network too. */
    private static final int FIRST_CLIENT = 100;

    final VirtualTime time;
    final Faults faults;
    final SimulatedNetwork network;
    private final MemoryZooKeeper zooKeeper;
    private final Ledger ledger = new Ledger();
    private final Map<Integer, SimulatedBroker> brokers = new TreeMap<>();
    private final List<SimulatedProducer> producers = new ArrayList<>();
    private final List<SimulatedConsumer> consumers = new ArrayList<>();
    private final Invariants invariants;
    private final boolean moves;
    private final Path dir;
    private int lives;
    private int nextClient = FIRST_CLIENT;

    /**
     * @param moves whether partitions are moved meanwhile
     * @param dir empty; holds the logs of the brokers
     */
    Simulation(long seed, boolean moves, Path dir) {
        this.moves = moves;
        this.dir = dir;
        this.time = new VirtualTime(seed);
        this.faults = new Faults(time);
        this.network = new SimulatedNetwork(time, faults);
        this.zooKeeper = new MemoryZooKeeper(() -> time.wallClock().millis());
        this.invariants = new Invariants(zooKeeper, ledger, brokers.values());
    }

    /** What came of it. */
    record Outcome(long acknowledged, long virtualMs, long steps) {}

    /**
     * Runs it to the end.
     *
     * @throws AssertionError saying which rule was broken
     */
    Outcome run() {
        time.afterStep(invariants::check);
        createTopic();
        for (int id = 1; id <= BROKERS; id++) {
            start(id);
        }
        startClients();
        new Chaos(this).plan(CHAOS_MS);
        if (moves) {
            new Moves(time, zooKeeper, ledger.partitions()).plan(CHAOS_MS);
        }
        time.runUntilMs(CHAOS_MS);
        long deadlineMs = time.nowMs() + REST_DEADLINE_MS;
        String unrest = unrest();
        while (unrest != null) {
            if (time.nowMs() > deadlineMs) {
                throw new AssertionError(REST_DEADLINE_MS + " ms after all was well, " + unrest);
            }
            time.runUntilMs(time.nowMs() + 100);
            unrest = unrest();
        }
        invariants.checkAtRest();
        return new Outcome(ledger.acknowledged(), time.nowMs(), time.steps());
    }

    private @Nullable String unrest() {
        for (SimulatedProducer producer : producers) {
            if (!producer.isDone()) {
                return producer + "";
            }
        }
        for (SimulatedConsumer consumer : consumers) {
            if (!consumer.isDone()) {
                return consumer + "";
            }
        }
        return invariants.unrest();
    }

    private void createTopic() {
        MemoryZnodes znodes = new MemoryZnodes(zooKeeper);
        PersistentPaths.ensure(znodes);
        Map<Integer, ReplicaAssignment> partitions = new TreeMap<>();
        int count = 1 + time.random.nextInt(2);
        for (int partition = 0; partition < count; partition++) {
            List<Integer> replicas = new ArrayList<>(List.of(1, 2, 3));
            Collections.shuffle(replicas, time.random);
            partitions.put(partition, ReplicaAssignment.of(replicas));
            ledger.addPartition(new TopicPartition(TOPIC, partition));
        }
        znodes.commit(
                List.of(TopicStore.create(TOPIC, new TopicAssignment(new Uuid(1, 2), new TreeMap<>(partitions), -1))));
    }

    private void startClients() {
        int number = 0;
        for (TopicPartition partition : ledger.partitions()) {
            addProducer(SimulatedProducer.IDEMPOTENT + number, 1_000 + number, (short) -1, partition);
            number++;
            boolean acknowledgedByAll = time.random.nextBoolean();
            addProducer("p" + number, -1, (short) (acknowledgedByAll ? -1 : 1), partition);
            number++;
            SimulatedConsumer consumer =
                    new SimulatedConsumer(network, ledger, nextClient++, partition, asked -> told(asked, partition));
            consumers.add(consumer);
            consumer.start();
        }
        for (SimulatedProducer producer : producers) {
            long writes = 4 + time.random.nextInt(8);
            for (int i = 0; i < writes; i++) {
                int batches = 1 + time.random.nextInt(6);
                time.afterMs(time.random.nextInt((int) CHAOS_MS), () -> producer.write(batches));
            }
        }
    }

    private void addProducer(String name, long producerId, short acks, TopicPartition partition) {
        producers.add(new SimulatedProducer(
                network, ledger, nextClient++, name, producerId, acks, partition, asked -> told(asked, partition)));
    }

    private @Nullable PartitionMetadata told(int brokerId, TopicPartition partition) {
        SimulatedBroker broker = network.listener(brokerId);
        return broker == null ? null : broker.metadata().snapshot().partition(partition);
    }

    SimulatedBroker broker(int id) {
        SimulatedBroker broker = brokers.get(id);
        if (broker == null) {
            throw new IllegalArgumentException("No broker " + id);
        }
        return broker;
    }

    /** Starts a broker on what a former life left. */
    void start(int id) {
        SimulatedBroker former = brokers.get(id);
        Path logs = former == null ? dir.resolve(id + "." + lives) : former.remains();
        SimulatedBroker broker = new SimulatedBroker(network, zooKeeper, id, lives++, logs);
        brokers.put(id, broker);
        time.trace.note(broker.life().name() + " starts");
    }

    void kill(int id) {
        time.trace.note(broker(id).life().name() + " is killed");
        broker(id).kill(dir.resolve(id + "." + lives), false);
    }

    /** Kills a broker and takes its disk, if all that is acknowledged is elsewhere; says whether it did. */
    boolean destroy(int id) {
        if (broker(id).life().hasEnded() || invariants.isInSyncSomewhere(id)) {
            return false;
        }
        time.trace.note(broker(id).life().name() + " is killed and loses its disk");
        broker(id).kill(dir.resolve(id + "." + lives), true);
        invariants.onDiskLost(id);
        return true;
    }

    @Override
    public void close() {
        for (SimulatedBroker broker : brokers.values()) {
            broker.close();
        }
        DirectoryCopy.delete(dir);
    }
}
