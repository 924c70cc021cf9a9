package io.millrace.broker;

import static org.assertj.core.api.Assertions.fail;

import io.millrace.broker.config.BrokerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** A broker in this JVM, on a port of its own, with ZooKeeper beside it and its logs in a directory of the test. */
public final class TestBroker implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(Await.DEADLINE_S);

    private final Broker broker;

    private TestBroker(Broker broker) {
        this.broker = broker;
    }

    /** Starts it, and waits until it knows itself and so can answer whatever clients ask. */
    public static TestBroker start(Path dir, Map<String, String> overrides) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "broker.id", "1",
                "listeners", "PLAINTEXT://localhost:0",
                "log.dirs", dir.resolve("logs").toString()));
        settings.putAll(overrides);
        Broker broker = new Broker(BrokerConfig.parse(settings));
        broker.start();
        try {
            KnownBrokers.await(broker.port("PLAINTEXT"), Set.of(broker.id()));
        } catch (AssertionError e) {
            broker.close();
            throw e;
        }
        return new TestBroker(broker);
    }

    public int id() {
        return broker.id();
    }

    /** Host and port of its listener. */
    public String bootstrap() {
        return "localhost:" + broker.port("PLAINTEXT");
    }

    /** Waits until the condition holds, as long as {@link Await} does. */
    public void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                fail("Waited %s in vain until %s", LIMIT, what);
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    @Override
    public void close() {
        broker.close();
    }
}
