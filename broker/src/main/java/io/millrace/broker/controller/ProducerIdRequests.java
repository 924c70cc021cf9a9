package io.millrace.broker.controller;

import io.millrace.broker.zk.ProducerIdBlocks;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.AllocateProducerIds;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** Takes blocks of producer ids from the controller, one at a time. Called on a thread that may wait. */
public final class ProducerIdRequests implements LongSupplier {
    private static final long ANSWER_TIMEOUT_MS = 30_000;

    /**
     * How long a broker that has just started waits to hear who the controller is, which takes a few ms: a client that is told to
     * ask again sleeps for a tenth of a second first, and so does the first record it has.
     */
    private static final long CONTROLLER_KNOWN_TIMEOUT_MS = 500;

    private static final int NO_CONTROLLER = -1;

    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final ControllerConnection controller;
    private final long controllerKnownTimeoutMs;

    /** @param brokerEpoch under which this broker is registered now */
    public ProducerIdRequests(int brokerId, LongSupplier brokerEpoch, ControllerConnection controller) {
        this(brokerId, brokerEpoch, controller, CONTROLLER_KNOWN_TIMEOUT_MS);
    }

    /** @param controllerKnownTimeoutMs how long to wait to hear who the controller is */
    ProducerIdRequests(
            int brokerId, LongSupplier brokerEpoch, ControllerConnection controller, long controllerKnownTimeoutMs) {
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.controllerKnownTimeoutMs = controllerKnownTimeoutMs;
    }

    /**
     * The first of the next {@link ProducerIdBlocks#BLOCK_SIZE} ids.
     *
     * @throws IllegalStateException if the controller has none for us now; asking again may help
     */
    @Override
    public long getAsLong() {
        try {
            if (controller.controllerId() == NO_CONTROLLER) {
                controller
                        .another(NO_CONTROLLER, controllerKnownTimeoutMs)
                        .get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            }
            AllocateProducerIds.Request request = new AllocateProducerIds.Request();
            request.brokerId = brokerId;
            request.brokerEpoch = brokerEpoch.getAsLong();
            AllocateProducerIds.Response response =
                    controller.allocateProducerIds(request).get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            ErrorCode error = ErrorCode.of(response.errorCode);
            if (error != ErrorCode.NONE) {
                throw new IllegalStateException("The controller gives no producer ids: " + error);
            }
            if (response.producerIdLen != ProducerIdBlocks.BLOCK_SIZE) {
                throw new IllegalStateException("The controller gives blocks of " + response.producerIdLen
                        + " producer ids, where " + ProducerIdBlocks.BLOCK_SIZE + " are agreed on");
            }
            return response.producerIdStart;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for producer ids", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The controller gives no producer ids: " + e, e);
        }
    }
}
