package io.millrace.broker.thin;

import static org.assertj.core.api.Assertions.fail;

import io.millrace.broker.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The cluster that the client's tests run against: a broker of ours, or whichever cluster the system property
 * {@code thin.bootstrap} names, as when Apache Kafka is to be the judge.
 */
final class ThinCluster implements AutoCloseable {
    private static final String FOREIGN = System.getProperty("thin.bootstrap", "");
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String RUN = Long.toString(System.nanoTime(), Character.MAX_RADIX);

    private final @Nullable TestBroker ours;

    private ThinCluster(@Nullable TestBroker ours) {
        this.ours = ours;
    }

    static ThinCluster start(Path dir) throws Exception {
        if (!FOREIGN.isEmpty()) {
            return new ThinCluster(null);
        }
        Map<String, String> settings =
                new HashMap<>(Map.of("num.partitions", "3", "group.initial.rebalance.delay.ms", "0"));
        return new ThinCluster(TestBroker.start(dir, settings));
    }

    String bootstrap() {
        return ours == null ? FOREIGN : ours.bootstrap();
    }

    boolean isOurs() {
        return ours != null;
    }

    /** A name that no run before this one has used, since a foreign cluster keeps what it was given. */
    String name(String base) {
        return ours == null ? base + "-" + RUN : base;
    }

    void await(String what, Callable<Boolean> condition) throws Exception {
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
        if (ours != null) {
            ours.close();
        }
    }
}
