package io.millrace.client.producer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.record.Compression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One Produce request and the outcome of each of its batches. */
final class ProduceExchange {
    private final BrokerClient client;
    private final SenderConfig config;
    private final Node leader;
    private final List<ProducerBatch> batches;

    ProduceExchange(BrokerClient client, SenderConfig config, Node leader, List<ProducerBatch> batches) {
        this.client = client;
        this.config = config;
        this.leader = leader;
        this.batches = batches;
    }

    /**
     * What the broker said of one batch.
     *
     * @param failure null if it has the batch
     * @param baseOffset where; -1 if that is not known
     * @param logAppendTimeMs when, or -1 if the records keep their own timestamps
     */
    record Outcome(@Nullable ClientException failure, long baseOffset, long logAppendTimeMs) {

        static Outcome of(ClientException failure) {
            return new Outcome(failure, -1, -1);
        }
    }

    /** Sends the request. Ends with one outcome a batch, in the same order, or fails if the request as a whole has. */
    CompletableFuture<List<Outcome>> send() {
        int lowestVersion =
                config.compression() == Compression.ZSTD ? ProduceBody.LOWEST_VERSION_ZSTD : ProduceBody.LOWEST_VERSION;
        Call<Produce.Response> call = Call.of(
                        new ProduceBody(config.acks(), config.requestTimeoutMs(), batches), Produce.Response::new)
                .versions(lowestVersion, ProduceBody.HIGHEST_VERSION)
                .timeoutMs(config.requestTimeoutMs());
        if (config.acks() == 0) {
            return client.send(leader, call.unanswered()).thenApply(nothing -> outcomesUnasked());
        }
        return client.send(leader, call).thenApply(this::outcomes);
    }

    private List<Outcome> outcomesUnasked() {
        List<Outcome> outcomes = new ArrayList<>(batches.size());
        for (int i = 0; i < batches.size(); i++) {
            outcomes.add(new Outcome(null, -1, -1));
        }
        return outcomes;
    }

    private List<Outcome> outcomes(Produce.Response response) {
        Map<String, Map<Integer, Produce.Response.PartitionProduceResponse>> byPartition = new HashMap<>();
        for (Produce.Response.TopicProduceResponse topic : response.responses) {
            for (Produce.Response.PartitionProduceResponse partition : topic.partitionResponses) {
                byPartition.computeIfAbsent(topic.name, name -> new HashMap<>()).put(partition.index, partition);
            }
        }
        List<Outcome> outcomes = new ArrayList<>(batches.size());
        for (ProducerBatch batch : batches) {
            outcomes.add(outcome(
                    batch,
                    byPartition.getOrDefault(batch.partition.topic(), Map.of()).get(batch.partition.partition())));
        }
        return outcomes;
    }

    private Outcome outcome(ProducerBatch batch, Produce.Response.@Nullable PartitionProduceResponse answer) {
        if (answer == null) {
            return Outcome.of(new ClientException(
                    ErrorCode.UNKNOWN_SERVER_ERROR,
                    leader + " did not say what became of a batch for " + batch.partition));
        }
        ErrorCode error = ErrorCode.of(answer.errorCode);
        if (error == ErrorCode.NONE) {
            return new Outcome(null, answer.baseOffset, answer.logAppendTimeMs);
        }
        if (error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
            return new Outcome(null, -1, -1); // it was sent before and has arrived
        }
        String said = answer.errorMessage == null ? "" : ": " + answer.errorMessage;
        return Outcome.of(new ClientException(error, leader + " refused a batch for " + batch.partition + said));
    }
}
