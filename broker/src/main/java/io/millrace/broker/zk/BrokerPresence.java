package io.millrace.broker.zk;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this broker registered, and knows under which epoch. A new session is a new registration with a new epoch; until it
 * is made, the old epoch stands, and whoever is told that it is stale is told the truth.
 */
public final class BrokerPresence implements SessionListener {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerPresence.class);

    private final BrokerRegistry registry;
    private final BrokerRegistration registration;
    private final long patienceMs;
    private final Consumer<DuplicateBrokerException> onReplaced;
    private volatile long epoch = -1;

    /**
     * @param sessionTimeoutMs of the session; a former registration is waited for half as long again, because ZooKeeper
     *     looks for expired sessions only now and then
     * @param onReplaced told when another broker has taken the id while this one was away: this one has to stop
     */
    public BrokerPresence(
            BrokerRegistry registry,
            BrokerRegistration registration,
            int sessionTimeoutMs,
            Consumer<DuplicateBrokerException> onReplaced) {
        this.registry = registry;
        this.registration = registration;
        this.patienceMs = sessionTimeoutMs * 3L / 2;
        this.onReplaced = onReplaced;
    }

    /**
     * Registers for the first time.
     *
     * @throws DuplicateBrokerException if the id is in use
     */
    public void start() {
        epoch = registry.register(registration, patienceMs);
    }

    /** The epoch of the last registration, or -1 before the first. */
    public long epoch() {
        return epoch;
    }

    @Override
    public void onNewSession() {
        registerAgain();
    }

    /** The connection may have been lost again before the registration of this session was made. */
    @Override
    public void onReconnected() {
        registerAgain();
    }

    private void registerAgain() {
        try {
            epoch = registry.register(registration, patienceMs);
        } catch (DuplicateBrokerException e) {
            LOG.error("{}", e.getMessage());
            onReplaced.accept(e);
        }
    }
}
