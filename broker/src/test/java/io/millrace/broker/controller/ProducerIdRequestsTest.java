package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProducerIdRequestsTest {
    private static final int BROKER = 1;

    private final MetadataCache metadata = new MetadataCache("cluster", () -> 1);

    /** Of a broker that was the controller until now. */
    private final Turns turns = new Turns() {
        @Override
        public <T> CompletableFuture<T> inTurn(String name, Function<@Nullable ActiveController, T> task) {
            return CompletableFuture.completedFuture(task.apply(null));
        }
    };

    private ProducerIdRequests requests(long controllerKnownTimeoutMs) {
        ControllerSocket others = new ControllerSocket(metadata, "PLAINTEXT", () -> {
            throw new AssertionError("There is no other broker to connect to");
        });
        return new ProducerIdRequests(
                BROKER,
                () -> 1,
                new ControllerConnection(BROKER, metadata, new PartitionAdmin(turns), others),
                controllerKnownTimeoutMs);
    }

    @Test
    void waitsUntilItIsKnownWhoTheControllerIs() throws Exception {
        FutureTask<Throwable> outcome = new FutureTask<>(() -> catchThrowable(requests(20_000)::getAsLong));
        Thread asking = new Thread(outcome);
        asking.start();
        while (asking.getState() != Thread.State.TIMED_WAITING && asking.isAlive()) {
            Thread.onSpinWait();
        }

        UpdateMetadata.Request news = new UpdateMetadata.Request();
        news.controllerId = BROKER;
        news.controllerEpoch = 1;
        news.brokerEpoch = 1;
        news.topicStates = List.of();
        news.liveBrokers = List.of();
        metadata.update(news);

        // So it has asked the one that the news named, which this time had to decline.
        assertThat(outcome.get(10, TimeUnit.SECONDS)).hasMessageContaining("NOT_CONTROLLER");
    }

    @Test
    void saysSoIfNobodyTurnsOut() {
        assertThat(catchThrowable(requests(10)::getAsLong))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no controller is known");
    }
}
