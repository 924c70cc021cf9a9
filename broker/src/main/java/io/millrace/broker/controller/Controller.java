package io.millrace.broker.controller;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.loop.Loop;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.ControllerMovedException;
import io.millrace.broker.zk.ControllerStore;
import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.SessionListener;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.Znodes;
import java.time.Clock;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This broker's part in the controllership: stands for election, keeps an {@link ActiveController} while it holds the office,
 * and drops it when the office is lost, the session with it, or when something went wrong that only a fresh look at
 * ZooKeeper can mend. Everything but
 * what {@link #onExpired} and {@link #close} do at once happens on its loop, the thread {@code controller}.
 */
public final class Controller implements SessionListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    /** How long to wait before looking at everything again after something went wrong. */
    private static final long RESTART_DELAY_MS = 500;

    private final ControllerContext context;
    private final Loop loop;
    private final TopicAdmin topicAdmin;
    private final PartitionAdmin partitionAdmin;

    /** The term that was won last in this session; it stays while we hold the office, active or not. */
    private final AtomicReference<@Nullable Office> office = new AtomicReference<>();

    /** One and the same for ever, so that arming it twice is arming it once. */
    private final Runnable onControllerChange;

    /** How many sessions have ended. */
    private final AtomicLong expirations = new AtomicLong();

    private final IncumbentWatch incumbent;
    private volatile boolean isActive;
    private volatile boolean closed;
    private @Nullable ActiveController active;

    private record Office(ControllerStore.Term term, FencedWriter writer) {}

    /**
     * @param interBrokerListener name of the listener, in upper case, at which brokers find each other
     * @param channelOpener opens the way to a broker that has come; called on the controller's thread
     * @param topicConfigs what holds for each of some topics; called on the controller's thread, may ask ZooKeeper
     * @param loop the controller's thread, which must go on until this is closed
     */
    public Controller(
            ControllerConfig config,
            int brokerId,
            String interBrokerListener,
            Znodes znodes,
            Clock clock,
            Function<LiveBroker, BrokerChannel> channelOpener,
            Function<Collection<String>, Map<String, TopicConfig>> topicConfigs,
            Loop loop) {
        this.loop = loop;
        this.context = new ControllerContext(
                brokerId,
                interBrokerListener,
                config,
                znodes,
                new ControllerStore(znodes, clock),
                new BrokerRegistry(znodes, clock),
                new TopicStore(znodes),
                channelOpener,
                topicConfigs,
                new ControllerWatches(this::postForActive),
                this::postForTerm);
        this.incumbent = new IncumbentWatch(context, loop);
        this.onControllerChange = () -> loop.post("ControllerChanged", this::standForElection);
        this.topicAdmin = new TopicAdmin(context, this::inTurn);
        this.partitionAdmin = new PartitionAdmin(this::inTurn);
    }

    /** Stands for election; the broker must be registered. */
    public void start() {
        loop.post("Start", this::standForElection);
    }

    /** Whether this broker is the controller and ready. Any thread may ask. */
    public boolean isActive() {
        return isActive;
    }

    /** Creates, grows and deletes topics. */
    public TopicAdmin topicAdmin() {
        return topicAdmin;
    }

    /** Deals with requests about partitions, from brokers and people. */
    public PartitionAdmin partitionAdmin() {
        return partitionAdmin;
    }

    /**
     * Replicas of a topic that are not in sync may lead from now on, so partitions that nobody leads find a leader. Any
     * thread may call.
     */
    public void onUncleanElectionAllowed(String topic) {
        inTurn("UncleanElectionAllowed", term -> {
            if (term != null) {
                term.onUncleanElectionAllowed(topic);
            }
            return topic;
        });
    }

    /** Another {@code min.insync.replicas} may hold for a topic from now on. Any thread may call. */
    public void onMinInsyncReplicas(String topic) {
        inTurn("MinInsyncReplicas", term -> {
            if (term != null) {
                term.onMinInsyncReplicas(topic);
            }
            return topic;
        });
    }

    /** The office went with the session: nothing may be written any more, whoever is at it now. */
    @Override
    public void onExpired() {
        expirations.incrementAndGet();
        giveUpOffice();
        loop.post("SessionExpired", this::stepDown);
    }

    @Override
    public void onNewSession() {
        loop.post("NewSession", this::standForElection);
    }

    @Override
    public void onReconnected() {
        loop.post("Reconnected", this::standForElection);
    }

    /**
     * Stops, as soon as the present event is dealt with; nothing is written any more. The office itself falls free when the
     * session is closed.
     */
    @Override
    public void close() {
        closed = true;
        giveUpOffice();
        loop.post("Close", () -> {
            incumbent.close();
            stepDown();
        });
    }

    private void giveUpOffice() {
        isActive = false;
        Office lost = office.getAndSet(null);
        if (lost != null) {
            lost.writer().end();
        }
    }

    private void standForElection() {
        if (closed) {
            return;
        }
        long expirationsBefore = expirations.get();
        try {
            Integer holder = context.controllerStore().controllerId(onControllerChange);
            if (holder == null || holder == context.brokerId()) {
                incumbent.close();
            }
            if (holder == null) {
                stepDown();
                take(context.controllerStore().elect(context.brokerId()));
            } else if (holder != context.brokerId()) {
                LOG.info("Broker {} is the controller", holder);
                stepDown();
                office.set(null);
                watchOver(holder);
            } else if (office.get() == null) {
                // Either we have won without noticing, or a former life of ours still holds the office.
                take(context.controllerStore().heldTerm(context.brokerId()));
            }
            if (expirations.get() != expirationsBefore) {
                // It may have been won in a session that is gone; who looks at it in the next one begins with nothing.
                giveUpOffice();
            }
            Office held = office.get();
            if (held != null && active == null) {
                begin(held);
            }
        } catch (RuntimeException e) {
            onFailure("the election", e);
        }
    }

    private void watchOver(Integer holder) {
        int epochVersion = context.controllerStore().epochVersion();
        // If the office has changed hands meanwhile the version may be that of another, and we shall be called again.
        if (holder.equals(context.controllerStore().controllerId(onControllerChange))) {
            incumbent.over(holder, epochVersion);
        }
    }

    private void take(ControllerStore.@Nullable Term term) {
        if (term == null) {
            office.set(null);
        } else {
            LOG.info("Elected controller broker={} epoch={}", context.brokerId(), term.epoch());
            office.set(new Office(term, new FencedWriter(context.znodes(), term)));
        }
    }

    private void begin(Office held) {
        ActiveController next = new ActiveController(context, held.term(), held.writer());
        active = next;
        next.start();
        isActive = true;
    }

    private void stepDown() {
        isActive = false;
        ActiveController former = active;
        active = null;
        if (former != null) {
            former.close();
            LOG.info("Broker {} is not active as controller any more", context.brokerId());
        }
    }

    private void postForTerm(String name, ActiveController term, Runnable action, long delayMs) {
        loop.schedule(name, delayMs, () -> {
            if (active == term && !closed) {
                try {
                    action.run();
                } catch (RuntimeException e) {
                    onFailure(name, e);
                }
            }
        });
    }

    private void postForActive(String name, Consumer<ActiveController> action) {
        loop.post(name, () -> {
            ActiveController term = active;
            if (term != null && !closed) {
                try {
                    action.accept(term);
                } catch (RuntimeException e) {
                    onFailure(name, e);
                }
            }
        });
    }

    /** Runs a task on the controller's thread, with the active controller or with none. */
    private <T> CompletableFuture<T> inTurn(String name, Function<@Nullable ActiveController, T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        boolean posted = loop.post(name, () -> {
            try {
                result.complete(task.apply(active));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
                onFailure(name, e);
            }
        });
        if (!posted) {
            result.completeExceptionally(new IllegalStateException("The broker is shutting down"));
        }
        return result;
    }

    /**
     * What is in memory may differ from ZooKeeper now, so it is dropped and read again. Where the office is lost that begins
     * with another election.
     */
    private void onFailure(String doing, RuntimeException e) {
        stepDown();
        if (e instanceof ControllerMovedException) {
            LOG.info("{} came to nothing: {}", doing, e.getMessage());
            office.set(null);
        } else if (e instanceof ZkException) {
            LOG.warn("The controller could not deal with {}: {}", doing, e.getMessage());
        } else {
            LOG.error("The controller could not deal with {}", doing, e);
        }
        loop.schedule("Restart", RESTART_DELAY_MS, this::standForElection);
    }
}
