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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One run of one seed: a cluster, who uses it, what goes wrong, and the end at which everything must be right. */
final class Simulation implements AutoCloseable {
    static final int BROKERS = 3;

    private static final String TOPIC = "t";
    private static final Uuid TOPIC_ID = new Uuid(1, 2);

    /** The name of topics that are deleted. */
    private static final String DELETED_TOPIC = "d";

    private static final long CHAOS_MS = 15_000;
    private static final long DELETED_TOPIC_WRITES_MS = 2_000;
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
    private final Set<TopicIdPartition> living = new LinkedHashSet<>();
    private final Plan plan;
    private final Path dir;
    private int lives;
    private int topics;
    private int clients;
    private int nextClient = FIRST_CLIENT;

    /** What is done to the topics while the brokers have their troubles. */
    enum Plan {
        USE(false, false),
        MOVES(true, false),
        DELETIONS(false, true),
        MOVES_AND_DELETIONS(true, true);

        private final boolean moves;
        private final boolean deletions;

        Plan(boolean moves, boolean deletions) {
            this.moves = moves;
            this.deletions = deletions;
        }
    }

    /**
     * @param plan what happens besides writing and reading
     * @param dir empty; holds the logs of the brokers
     */
    Simulation(long seed, Plan plan, Path dir) {
        this.plan = plan;
        this.dir = dir;
        this.time = new VirtualTime(seed);
        this.faults = new Faults(time);
        this.network = new SimulatedNetwork(time, faults);
        this.zooKeeper = new MemoryZooKeeper(() -> time.wallClock().millis());
        this.invariants = new Invariants(zooKeeper, ledger, brokers.values(), living, plan.moves);
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
        startClients(TOPIC_ID, CHAOS_MS);
        new Chaos(this).plan(CHAOS_MS);
        Deletions deletions = new Deletions(time, zooKeeper, DELETED_TOPIC, this::nextTopic, new DeletedTopics());
        if (plan.deletions) {
            deletions.plan(CHAOS_MS);
        }
        if (plan.moves) {
            new Moves(
                            time,
                            zooKeeper,
                            () -> living.stream().map(TopicIdPartition::name).toList())
                    .plan(CHAOS_MS);
        }
        time.runUntilMs(CHAOS_MS);
        long deadlineMs = time.nowMs() + REST_DEADLINE_MS;
        String unrest = unrest(deletions);
        while (unrest != null) {
            if (time.nowMs() > deadlineMs) {
                throw new AssertionError(REST_DEADLINE_MS + " ms after all was well, " + unrest);
            }
            time.runUntilMs(time.nowMs() + 100);
            unrest = unrest(deletions);
        }
        invariants.checkAtRest();
        return new Outcome(ledger.acknowledged(), time.nowMs(), time.steps());
    }

    private @Nullable String unrest(Deletions deletions) {
        for (SimulatedProducer producer : producers) {
            if (living.contains(producer.partition()) && !producer.isDone()) {
                return producer + "";
            }
        }
        for (SimulatedConsumer consumer : consumers) {
            if (living.contains(consumer.partition()) && !consumer.isDone()) {
                return consumer + "";
            }
        }
        String deletion = deletions.unrest();
        return deletion != null ? deletion : invariants.unrest();
    }

    private void createTopic() {
        MemoryZnodes znodes = new MemoryZnodes(zooKeeper);
        PersistentPaths.ensure(znodes);
        TopicAssignment topic = assignment(TOPIC_ID);
        addPartitions(TOPIC, topic);
        znodes.commit(List.of(TopicStore.create(TOPIC, topic)));
    }

    private TopicAssignment nextTopic() {
        return assignment(new Uuid(3, ++topics));
    }

    private TopicAssignment assignment(Uuid id) {
        SortedMap<Integer, ReplicaAssignment> partitions = new TreeMap<>();
        int count = 1 + time.random.nextInt(2);
        for (int partition = 0; partition < count; partition++) {
            List<Integer> replicas = new ArrayList<>(List.of(1, 2, 3));
            Collections.shuffle(replicas, time.random);
            partitions.put(partition, ReplicaAssignment.of(replicas));
        }
        return new TopicAssignment(id, partitions, -1);
    }

    private void addPartitions(String name, TopicAssignment topic) {
        for (int number : topic.partitions().keySet()) {
            TopicIdPartition partition = new TopicIdPartition(topic.id(), new TopicPartition(name, number));
            ledger.addPartition(partition);
            living.add(partition);
        }
    }

    /** Topics that are deleted have clients of their own, which end with them. */
    private final class DeletedTopics implements Deletions.Listener {
        @Override
        public void onCreate(TopicAssignment made) {
            addPartitions(DELETED_TOPIC, made);
            startClients(made.id(), DELETED_TOPIC_WRITES_MS);
        }

        @Override
        public void onDoomed(Uuid id) {
            living.removeIf(partition -> partition.topicId().equals(id));
        }

        @Override
        public void onGone(Uuid id) {
            producers.stream()
                    .filter(producer -> producer.partition().topicId().equals(id))
                    .forEach(SimulatedProducer::end);
            consumers.stream()
                    .filter(consumer -> consumer.partition().topicId().equals(id))
                    .forEach(SimulatedConsumer::end);
        }
    }

    private void startClients(Uuid topicId, long longestMs) {
        boolean byId = !topicId.equals(TOPIC_ID);
        List<SimulatedProducer> fresh = new ArrayList<>();
        for (TopicIdPartition partition : List.copyOf(living)) {
            if (!partition.topicId().equals(topicId)) {
                continue;
            }
            fresh.add(newProducer(SimulatedProducer.IDEMPOTENT + clients, 1_000 + clients, (short) -1, partition));
            clients++;
            boolean acknowledgedByAll = time.random.nextBoolean();
            fresh.add(newProducer("p" + clients, -1, (short) (acknowledgedByAll ? -1 : 1), partition));
            clients++;
            SimulatedConsumer consumer = new SimulatedConsumer(
                    network, ledger, nextClient++, partition, byId, asked -> told(asked, partition.name()));
            consumers.add(consumer);
            consumer.start();
        }
        for (SimulatedProducer producer : fresh) {
            long writes = 4 + time.random.nextInt(8);
            for (int i = 0; i < writes; i++) {
                int batches = 1 + time.random.nextInt(6);
                time.afterMs(time.random.nextInt((int) longestMs), () -> producer.write(batches));
            }
        }
        producers.addAll(fresh);
    }

    private SimulatedProducer newProducer(String name, long producerId, short acks, TopicIdPartition partition) {
        return new SimulatedProducer(
                network,
                ledger,
                nextClient++,
                name,
                producerId,
                acks,
                partition,
                asked -> told(asked, partition.name()));
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
