package io.millrace.broker.simulation;

import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.simulation.LogContents.Entry;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Request.FetchPartition;
import io.millrace.protocol.message.Fetch.Request.FetchTopic;
import io.millrace.protocol.message.Message;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Reads one partition from its start on, and is never shown anything but what is committed, in order and without a gap. */
final class SimulatedConsumer {
    /** The last version in which topics go by name. */
    private static final short BY_NAME = 12;

    private static final short BY_ID = 13;

    private static final int MAX_WAIT_MS = 300;
    private static final long PAUSE_MS = 200;

    private final SimulatedNetwork network;
    private final Ledger ledger;
    private final String name;
    private final int node;
    private final TopicIdPartition partition;
    private final IntFunction<@Nullable PartitionMetadata> leaderAsTold;
    private final SimulatedThread thread;
    private final short version;
    private @Nullable SimulatedPool pool;
    private long position;

    /**
     * @param byId whether it asks for the topic by its id, which tells it from others of the same name
     * @param leaderAsTold what a broker would say if it were asked who leads
     */
    SimulatedConsumer(
            SimulatedNetwork network,
            Ledger ledger,
            int node,
            TopicIdPartition partition,
            boolean byId,
            IntFunction<@Nullable PartitionMetadata> leaderAsTold) {
        this.network = network;
        this.ledger = ledger;
        this.node = node;
        this.name = "consumer of " + partition;
        this.partition = partition;
        this.version = byId ? BY_ID : BY_NAME;
        this.leaderAsTold = leaderAsTold;
        this.thread = new SimulatedThread(network.time, new Life(name), "consumer");
    }

    boolean isDone() {
        return position == ledger.committedEnd(partition);
    }

    @Override
    public String toString() {
        return name + " at " + position;
    }

    /** The topic is gone: nothing more is read. */
    void end() {
        thread.end();
        SimulatedPool way = pool;
        if (way != null) {
            way.close();
        }
    }

    TopicIdPartition partition() {
        return partition;
    }

    void start() {
        thread.execute(this::poll);
    }

    private void poll() {
        SimulatedPool way = pool;
        if (way == null) {
            int asked = 1 + network.time.random.nextInt(Simulation.BROKERS);
            PartitionMetadata told = leaderAsTold.apply(asked);
            int leader = told == null || told.leader() < 1 ? asked : told.leader();
            way = new SimulatedPool(network, node, name, thread, leader);
            pool = way;
        }
        way.send(request(), version, this::onResponse, failure -> lookElsewhere());
    }

    private void onResponse(Message message) {
        Fetch.Response response = (Fetch.Response) message;
        Fetch.Response.PartitionData answer =
                response.responses.get(0).partitions.get(0);
        ErrorCode error = ErrorCode.of(answer.errorCode);
        if (error != ErrorCode.NONE) {
            network.time.trace.note(name + " at " + position + " was told " + error);
            lookElsewhere();
            return;
        }
        if (answer.records != null) {
            for (Entry entry : LogContents.parse(answer.records)) {
                if (entry.offset() >= position) {
                    take(entry);
                }
            }
        }
        thread.schedule("Poll", PAUSE_MS, this::poll);
    }

    private void take(Entry entry) {
        if (entry.offset() != position) {
            throw new AssertionError(name + " was given " + entry + " where " + position + " comes next");
        }
        if (position >= ledger.committedEnd(partition)) {
            throw new AssertionError(name + " was given " + entry + ", which is not committed");
        }
        ledger.onCommitted(partition, "the answer to a consumer", List.of(entry));
        position++;
    }

    private void lookElsewhere() {
        SimulatedPool way = pool;
        if (way != null) {
            way.close();
            pool = null;
        }
        thread.schedule("Poll", PAUSE_MS, this::poll);
    }

    private Fetch.Request request() {
        FetchPartition wanted = new FetchPartition();
        wanted.partition = partition.name().partition();
        wanted.fetchOffset = position;
        wanted.partitionMaxBytes = 1 << 12;
        FetchTopic topic = new FetchTopic();
        topic.topic = partition.name().topic();
        topic.topicId = partition.topicId();
        topic.partitions = List.of(wanted);
        Fetch.Request request = new Fetch.Request();
        request.maxWaitMs = MAX_WAIT_MS;
        request.minBytes = 1;
        request.maxBytes = 1 << 12;
        request.topics = List.of(topic);
        return request;
    }
}
