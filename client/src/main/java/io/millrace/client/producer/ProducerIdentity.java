package io.millrace.client.producer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.InitProducerId;
import io.millrace.protocol.record.BatchHeader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The id under which brokers recognise this producer's batches. It is asked for when the first batch is due, and asked for
 * anew when a partition has used up all epochs of the old one. On the event loop only.
 */
final class ProducerIdentity {
    private final BrokerClient client;
    private final SenderConfig config;
    private final Runnable onChange;
    private long producerId = BatchHeader.NO_PRODUCER_ID;
    private short epoch;
    private boolean asking;
    private @Nullable ClientException refusal;

    /** @param onChange called on the event loop when there is an id, or a refusal */
    ProducerIdentity(BrokerClient client, SenderConfig config, Runnable onChange) {
        this.client = client;
        this.config = config;
        this.onChange = onChange;
    }

    boolean isKnown() {
        return producerId != BatchHeader.NO_PRODUCER_ID;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    /** Why there will never be an id, or null. */
    @Nullable
    ClientException refusal() {
        return refusal;
    }

    /** Asks for an id unless that is under way already. */
    void request() {
        if (asking || refusal != null) {
            return;
        }
        asking = true;
        InitProducerId.Request request = new InitProducerId.Request();
        request.transactionalId = null;
        request.transactionTimeoutMs = Integer.MAX_VALUE;
        client.retrying(() -> ask(request), config.deliveryTimeoutMs())
                .whenComplete((response, failure) -> client.loop().execute(() -> onAnswer(response, failure)));
    }

    private CompletableFuture<InitProducerId.Response> ask(InitProducerId.Request request) {
        return client.sendToAny(Call.of(request, InitProducerId.Response::new).timeoutMs(config.requestTimeoutMs()))
                .thenApply(response -> {
                    ErrorCode error = ErrorCode.of(response.errorCode);
                    if (error != ErrorCode.NONE) {
                        throw new ClientException(error, "The cluster gives no producer id");
                    }
                    return response;
                });
    }

    private void onAnswer(InitProducerId.@Nullable Response response, @Nullable Throwable failure) {
        asking = false;
        if (response != null) {
            producerId = response.producerId;
            epoch = response.producerEpoch;
        } else if (failure != null) {
            ClientException reason = ClientException.of(failure);
            if (!reason.retriable()) {
                refusal = reason;
            } else {
                // The batches that wait for it have their own deadline; until then it is tried again.
                client.loop().schedule(onChange, config.retry().delayMs(1), TimeUnit.MILLISECONDS);
                return;
            }
        }
        onChange.run();
    }
}
