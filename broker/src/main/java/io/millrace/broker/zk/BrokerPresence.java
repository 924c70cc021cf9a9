package io.millrace.broker.zk;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this broker registered, and knows under which epoch. A new session is a new registration with a new epoch; until it
 * is made, the old epoch stands, and whoever is told that it is stale is told the truth.
 *
 * <p>That records may have been lost is a matter of the start of the process: once a controller has seen to it, a later session
 * says nothing of it any more. A session that ends loses no records, and others would lead or leave the ISR for nothing.
 */
public final class BrokerPresence implements SessionListener {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerPresence.class);

    private final BrokerRegistry registry;
    private final BrokerRegistration first;
    private final long patienceMs;
    private final Consumer<DuplicateBrokerException> onReplaced;
    private volatile long epoch = -1;
    private volatile boolean seenTo;
    private volatile Runnable onSeenTo = () -> {};

    // The start has failed, and says so: a session that begins meanwhile has nothing to add.
    private boolean refused;

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
        this.first = registration;
        this.patienceMs = sessionTimeoutMs * 3L / 2;
        this.onReplaced = onReplaced;
    }

    /** Called when a controller has seen to what this broker may have lost, if it may. Must not wait. Set before {@link #start}. */
    public void onSeenTo(Runnable listener) {
        onSeenTo = listener;
    }

    /**
     * Registers for the first time.
     *
     * @throws DuplicateBrokerException if the id is in use
     */
    public synchronized void start() {
        try {
            register();
        } catch (DuplicateBrokerException e) {
            refused = true;
            throw e;
        }
    }

    /**
     * A controller has told this broker of the cluster, which it does after it has seen to what the broker may have lost. Any
     * thread may call, and waits for nothing.
     */
    public void onNews() {
        boolean isFirst = !seenTo;
        seenTo = true;
        if (isFirst && first.mayHaveLost()) {
            onSeenTo.run();
        }
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

    private synchronized void registerAgain() {
        if (refused) {
            return;
        }
        try {
            register();
        } catch (DuplicateBrokerException e) {
            LOG.error("{}", e.getMessage());
            onReplaced.accept(e);
        }
    }

    /** One at a time: a session may end while the first registration is being made, and the later one holds. */
    private void register() {
        epoch = registry.register(seenTo ? first.withoutLoss() : first, patienceMs);
    }
}
