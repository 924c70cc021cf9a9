package io.millrace.broker.api;

import io.millrace.broker.zk.ProducerIds;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.InitProducerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives idempotent producers their ids. A transactional producer is told at once, and for good, that there are no
 * transactions here: any of the retriable answers would leave it asking until its timeout.
 */
public final class InitProducerIdHandler extends MessageHandler<InitProducerId.Request> {
    private static final Logger LOG = LoggerFactory.getLogger(InitProducerIdHandler.class);

    private final ProducerIds producerIds;

    public InitProducerIdHandler(ProducerIds producerIds) {
        super(ApiKey.INIT_PRODUCER_ID, InitProducerId.Request::new);
        this.producerIds = producerIds;
    }

    @Override
    protected void handle(InitProducerId.Request request, RequestContext context) {
        if (request.transactionalId != null) {
            ErrorCode error =
                    request.transactionalId.isEmpty() ? ErrorCode.INVALID_REQUEST : ErrorCode.UNSUPPORTED_VERSION;
            context.respond(failed(error));
            return;
        }
        producerIds.next().whenComplete((id, failure) -> {
            if (failure != null) {
                LOG.warn("No producer id for client {}: {}", context.clientId(), failure.getMessage());
                // The one error that makes every client ask the same broker again.
                context.respond(failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS));
            } else {
                InitProducerId.Response response = new InitProducerId.Response();
                response.producerId = id;
                context.respond(response);
            }
        });
    }

    private static InitProducerId.Response failed(ErrorCode error) {
        InitProducerId.Response response = new InitProducerId.Response();
        response.errorCode = error.code();
        response.producerEpoch = -1;
        return response;
    }
}
