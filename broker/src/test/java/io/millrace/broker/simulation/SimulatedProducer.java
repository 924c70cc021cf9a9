package io.millrace.broker.simulation;

import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.replica.Partition;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.message.Produce.Request.PartitionProduceData;
import io.millrace.protocol.message.Produce.Request.TopicProduceData;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A producer that writes so many batches to one partition, several in flight, and sends until all are acknowledged. When one
 * fails it begins again with the first that is not acknowledged, as Kafka's client does. An idempotent one has every record
 * stored once and in order; the others may store them more than once.
 */
final class SimulatedProducer {
    /** What names of idempotent producers begin with. */
    static final String IDEMPOTENT = "i";

    private static final short VERSION = 9;
    private static final int MAX_RECORDS = 4;
    private static final long SHORTEST_RETRY_MS = 20;
    private static final long LONGEST_RETRY_MS = 1_000;
    private static final int PRODUCE_TIMEOUT_MS = 1_000;

    private final SimulatedNetwork network;
    private final Ledger ledger;
    private final String name;
    private final long producerId;
    private final short acks;
    private final int maxInFlight;
    private final TopicIdPartition partition;
    private final IntFunction<@Nullable PartitionMetadata> leaderAsTold;
    private final SimulatedThread thread;
    private final int node;
    private final List<Batch> batches = new ArrayList<>();
    private @Nullable SimulatedPool pool;
    private int acknowledged;
    private int sent;
    private long retryMs = SHORTEST_RETRY_MS;

    /** Grows whenever everything in flight is given up. */
    private int attempt;

    private record Batch(int firstNumber, List<String> values) {}

    /**
     * @param producerId -1 for one that is not idempotent
     * @param leaderAsTold what a broker would say if it were asked who leads
     */
    SimulatedProducer(
            SimulatedNetwork network,
            Ledger ledger,
            int node,
            String name,
            long producerId,
            short acks,
            TopicIdPartition partition,
            IntFunction<@Nullable PartitionMetadata> leaderAsTold) {
        this.network = network;
        this.ledger = ledger;
        this.node = node;
        this.name = name;
        this.producerId = producerId;
        this.acks = acks;
        this.maxInFlight = 1 + network.time.random.nextInt(producerId < 0 ? 3 : 5);
        this.partition = partition;
        this.leaderAsTold = leaderAsTold;
        this.thread = new SimulatedThread(network.time, new Life(name), "producer");
    }

    boolean isDone() {
        return acknowledged == batches.size();
    }

    /** The topic is gone: nothing more is written. */
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

    @Override
    public String toString() {
        return name + " with " + acknowledged + " of " + batches.size() + " batches acknowledged";
    }

    /** Has so many more batches to write. */
    void write(int count) {
        thread.execute(() -> {
            for (int i = 0; i < count; i++) {
                int first = batches.isEmpty()
                        ? 0
                        : batches.get(batches.size() - 1).firstNumber()
                                + batches.get(batches.size() - 1).values().size();
                List<String> values = new ArrayList<>();
                int records = 1 + network.time.random.nextInt(MAX_RECORDS);
                for (int record = 0; record < records; record++) {
                    values.add(name + ":" + (first + record));
                }
                values.forEach(value -> ledger.onSent(partition, value));
                batches.add(new Batch(first, values));
            }
            sendMore();
        });
    }

    private void sendMore() {
        // A leader takes the first batch it sees of a producer for the first there is, as Kafka does,
        // whatever its number.
        int most = acknowledged == 0 ? 1 : maxInFlight;
        while (sent < batches.size() && sent - acknowledged < most) {
            send(sent++);
        }
    }

    private void send(int number) {
        SimulatedPool way = pool;
        if (way == null) {
            int asked = 1 + network.time.random.nextInt(Simulation.BROKERS);
            PartitionMetadata told = leaderAsTold.apply(asked);
            int leader = told == null || told.leader() < 1 ? asked : told.leader();
            way = new SimulatedPool(network, node, name, thread, leader);
            pool = way;
        }
        int ofAttempt = attempt;
        way.send(
                request(batches.get(number)),
                VERSION,
                this::isMeantFor,
                response -> onResponse(ofAttempt, number, response),
                failure -> sendAgain(ofAttempt, failure.getMessage()));
    }

    // A topic goes by name here, so what was on its way to one that is gone would be written to the next of that
    // name, and rightly so. Here it counts as lost, so that what is found in the next one tells of a fault.
    private boolean isMeantFor(SimulatedBroker broker) {
        Partition replica = broker.replicas()
                .partition(partition.name().topic(), partition.name().partition());
        return replica == null || replica.topicId().equals(partition.topicId());
    }

    private void onResponse(int ofAttempt, int number, Message message) {
        if (ofAttempt != attempt) {
            return;
        }
        Produce.Response.PartitionProduceResponse outcome =
                ((Produce.Response) message).responses.get(0).partitionResponses.get(0);
        ErrorCode error = ErrorCode.of(outcome.errorCode);
        switch (error) {
            case NONE -> onStored(number, outcome.baseOffset);
            case DUPLICATE_SEQUENCE_NUMBER -> onStored(number, -1);
            // A leader that was replaced without noticing does not know what was acknowledged by the next.
            case OUT_OF_ORDER_SEQUENCE_NUMBER,
                    UNKNOWN_PRODUCER_ID,
                    NOT_LEADER_OR_FOLLOWER,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    NOT_ENOUGH_REPLICAS,
                    NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                    REQUEST_TIMED_OUT,
                    KAFKA_STORAGE_ERROR -> sendAgain(ofAttempt, error.toString());
            default -> throw new AssertionError(name + " was told " + error);
        }
    }

    private void onStored(int number, long baseOffset) {
        if (number != acknowledged) {
            throw new AssertionError(name + " was answered batch " + number + " before " + acknowledged);
        }
        Batch batch = batches.get(number);
        if (acks == -1 && baseOffset >= 0) {
            for (int i = 0; i < batch.values().size(); i++) {
                ledger.onAcknowledged(partition, baseOffset + i, batch.values().get(i));
            }
        }
        acknowledged++;
        retryMs = SHORTEST_RETRY_MS;
        sendMore();
    }

    private void sendAgain(int ofAttempt, @Nullable String reason) {
        if (ofAttempt == attempt) {
            network.time.trace.note(name + " sends again from " + batches.get(acknowledged) + ": " + reason);
            attempt++;
            SimulatedPool way = pool;
            if (way != null) {
                way.close();
                pool = null;
            }
            sent = acknowledged;
            int next = attempt;
            retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs);
            thread.schedule("SendAgain", retryMs, () -> {
                if (next == attempt) {
                    sendMore();
                }
            });
        }
    }

    private Produce.Request request(Batch batch) {
        BatchBuilder builder = new BatchBuilder().begin(Compression.NONE);
        if (producerId >= 0) {
            builder.producer(producerId, (short) 0, batch.firstNumber());
        }
        for (String value : batch.values()) {
            builder.append(network.time.wallClock().millis(), null, value.getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer records = builder.finish();
        PartitionProduceData data = new PartitionProduceData();
        data.index = partition.name().partition();
        data.records = ByteBuffer.allocate(records.remaining()).put(records).flip();
        TopicProduceData topic = new TopicProduceData();
        topic.name = partition.name().topic();
        topic.partitionData = List.of(data);
        Produce.Request request = new Produce.Request();
        request.acks = acks;
        request.timeoutMs = PRODUCE_TIMEOUT_MS;
        request.topicData = List.of(topic);
        return request;
    }
}
