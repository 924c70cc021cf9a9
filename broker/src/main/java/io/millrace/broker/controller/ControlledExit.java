package io.millrace.broker.controller;

import io.millrace.broker.config.ControlledShutdownConfig;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ControlledShutdown;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first thing a broker does when it stops, while it still serves: it asks the controller to have others lead what it
 * leads, so that clients move on before it is gone. Works on the thread that closes the broker.
 */
public final class ControlledExit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlledExit.class);

    /** Like {@code controller.socket.timeout.ms} of Kafka. */
    private static final long ANSWER_TIMEOUT_MS = 30_000;

    /** The controller has said it already, or is about to. */
    private static final long SUCCESSORS_TIMEOUT_MS = 2_000;

    private static final long POLL_MS = 5;

    private final ControlledShutdownConfig config;
    private final int brokerId;
    private final LongSupplier brokerEpoch;
    private final ControllerConnection controller;
    private final BooleanSupplier leads;

    /**
     * @param brokerEpoch under which this broker is registered now
     * @param leads whether this broker leads what others could lead
     */
    public ControlledExit(
            ControlledShutdownConfig config,
            int brokerId,
            LongSupplier brokerEpoch,
            ControllerConnection controller,
            BooleanSupplier leads) {
        this.config = config;
        this.brokerId = brokerId;
        this.brokerEpoch = brokerEpoch;
        this.controller = controller;
        this.leads = leads;
    }

    /** Asks until the controller lets this broker go, or often enough; there is nobody to ask for if it is alone. */
    @Override
    public void close() {
        if (!config.enabled() || !controller.hasPeers()) {
            return;
        }
        try {
            for (int attempt = 1; attempt <= config.maxRetries(); attempt++) {
                int asked = controller.controllerId();
                String problem = problem();
                if (problem.isEmpty()) {
                    awaitSuccessors();
                    LOG.info("The controller has let broker {} go", brokerId);
                    return;
                }
                LOG.warn(
                        "Attempt {} of {} to have others lead the partitions of broker {}: {}",
                        attempt,
                        config.maxRetries(),
                        brokerId,
                        problem);
                if (!controller.hasPeers()) {
                    return;
                }
                if (attempt < config.maxRetries()) {
                    // Where the controller has stopped itself, there is soon another.
                    controller.another(asked, config.retryBackoffMs()).get();
                }
            }
            LOG.warn("Broker {} stops without having handed over its partitions", brokerId);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("Waiting cannot fail", e);
        }
    }

    /**
     * Serves on until the controller has taken the leadership away: then everybody who waits here has been told who leads now, and
     * who asks meanwhile is not cut off without an answer.
     */
    private void awaitSuccessors() {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SUCCESSORS_TIMEOUT_MS);
        while (leads.getAsBoolean() && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
        }
    }

    /** What came of asking once; empty if all is well. */
    private String problem() throws InterruptedException {
        ControlledShutdown.Request request = new ControlledShutdown.Request();
        request.brokerId = brokerId;
        request.brokerEpoch = brokerEpoch.getAsLong();
        try {
            ControlledShutdown.Response response =
                    controller.controlledShutdown(request).get(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            ErrorCode error = ErrorCode.of(response.errorCode);
            if (error != ErrorCode.NONE) {
                return "the controller answered " + error;
            }
            return response.remainingPartitions.isEmpty()
                    ? ""
                    : response.remainingPartitions.size() + " partitions have no other replica in sync";
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause());
        } catch (TimeoutException e) {
            return "no answer within " + ANSWER_TIMEOUT_MS + " ms";
        }
    }
}
