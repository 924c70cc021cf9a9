package io.millrace.broker.api;

import io.millrace.broker.controller.PartitionAdmin;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.ControlledShutdown;
import io.millrace.protocol.message.ListPartitionReassignments;
import io.millrace.protocol.message.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The handlers of requests that only pass through to the controller of this broker, which says if it is none. */
public final class ControllerHandlers {
    private ControllerHandlers() {}

    /** @param isForController whether brokers may speak to the controller at the listener with this name */
    public static List<ApiHandler> all(PartitionAdmin controller, Predicate<String> isForController) {
        return List.of(
                new FromBrokers<>(
                        ApiKey.ALTER_PARTITION,
                        AlterPartition.Request::new,
                        isForController,
                        (request, context) -> controller.alterPartition(request, context.apiVersion())),
                new FromBrokers<>(
                        ApiKey.CONTROLLED_SHUTDOWN,
                        ControlledShutdown.Request::new,
                        isForController,
                        (request, context) -> controller.controlledShutdown(request)),
                new FromBrokers<>(
                        ApiKey.ALLOCATE_PRODUCER_IDS,
                        AllocateProducerIds.Request::new,
                        isForController,
                        (request, context) -> controller.allocateProducerIds(request)),
                new FromAnybody<>(
                        ApiKey.ALTER_PARTITION_REASSIGNMENTS,
                        AlterPartitionReassignments.Request::new,
                        (request, context) -> controller.alterReassignments(request)),
                new FromAnybody<>(
                        ApiKey.LIST_PARTITION_REASSIGNMENTS,
                        ListPartitionReassignments.Request::new,
                        (request, context) -> controller.listReassignments(request)));
    }

    /** Passes a request on. */
    private interface Pass<Q> {
        CompletableFuture<? extends Message> to(Q request, RequestContext context);
    }

    /** What anybody may ask. */
    private static final class FromAnybody<Q extends Message> extends MessageHandler<Q> {
        private final Pass<Q> pass;

        FromAnybody(ApiKey apiKey, Supplier<Q> newRequest, Pass<Q> pass) {
            super(apiKey, newRequest);
            this.pass = pass;
        }

        @Override
        protected void handle(Q request, RequestContext context) {
            Guarded.when(pass.to(request, context), context, context::respond);
        }
    }

    /** What brokers ask, and nobody else may. */
    private static final class FromBrokers<Q extends Message> extends MessageHandler<Q> {
        private final Predicate<String> isForController;
        private final Pass<Q> pass;

        FromBrokers(ApiKey apiKey, Supplier<Q> newRequest, Predicate<String> isForController, Pass<Q> pass) {
            super(apiKey, newRequest);
            this.isForController = isForController;
            this.pass = pass;
        }

        @Override
        protected void handle(Q request, RequestContext context) {
            if (!isForController.test(context.listenerName())) {
                context.closeConnection(apiKey() + ", which is not for this listener");
                return;
            }
            Guarded.when(pass.to(request, context), context, context::respond);
        }
    }
}
