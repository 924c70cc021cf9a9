package io.millrace.broker.zk;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is there: the ephemeral nodes below {@code /brokers/ids}. */
public final class BrokerRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerRegistry.class);

    /** Of a registration that nobody has written over. */
    private static final int FIRST_VERSION = 1;

    private static final long LAST_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Znodes znodes;
    private final Clock clock;

    public BrokerRegistry(Znodes znodes, Clock clock) {
        this.znodes = znodes;
        this.clock = clock;
    }

    /**
     * Registers a broker under the present session. If its id is taken, by a former life of this broker whose session has
     * not expired yet or by another broker, it waits for that registration to vanish. It never removes it: the wait is what
     * keeps a broker that lost data from taking up the leadership of its former life.
     *
     * @param patienceMs how long to wait for the other registration to vanish, with a ZooKeeper that is there all the time: one
     *     that was away gives the session of a dead broker its full time again
     * @return the epoch of the registration
     * @throws DuplicateBrokerException if the other one is still there
     */
    public long register(BrokerRegistration registration, long patienceMs) {
        long patienceNs = TimeUnit.MILLISECONDS.toNanos(patienceMs);
        long deadlineNs = System.nanoTime() + patienceNs;
        long connections = znodes.connections();
        boolean lastLook = false;
        while (true) {
            CountDownLatch changed = new CountDownLatch(1);
            Znode node = tryRegister(registration, changed::countDown);
            if (node == null) {
                continue;
            }
            if (node.ephemeralOwner() == znodes.sessionId()) {
                LOG.info("Registered broker id={} epoch={}", registration.id(), node.czxid());
                return node.czxid();
            }
            long nowNs = System.nanoTime();
            if (znodes.connections() != connections) {
                connections = znodes.connections();
                deadlineNs = nowNs + patienceNs;
                lastLook = false;
            } else if (deadlineNs - nowNs <= 0) {
                if (lastLook) {
                    throw new DuplicateBrokerException(registration.id(), whereabouts(registration.id(), node));
                }
                // That ZooKeeper is back may be known to those who read before it is known to those who count.
                lastLook = true;
                deadlineNs = nowNs + LAST_LOOK_NS;
            }
            awaitChange(changed, deadlineNs - nowNs, registration, node);
        }
    }

    /**
     * Registers a broker under the present session unless its id is taken. Does not wait for that.
     *
     * @param onChange called when the registration that is found changes
     * @return the registration of this id that there is now; its owner says whose it is
     */
    public @Nullable Znode tryRegister(BrokerRegistration registration, Runnable onChange) {
        String path = ZkPaths.brokerId(registration.id());
        try {
            // Kafka makes the node empty and fills it in the same transaction; others rely on a version above 0.
            znodes.commit(List.of(
                    new ZnodeOp.CreateEphemeral(path, null),
                    new ZnodeOp.SetData(path, registration.toJson(clock.millis()), 0)));
        } catch (ZkException e) {
            if (e.code() != Code.NODEEXISTS) {
                throw e;
            }
        }
        return znodes.read(path, onChange);
    }

    private static void awaitChange(
            CountDownLatch changed, long limitNs, BrokerRegistration registration, Znode other) {
        LOG.warn(
                "Waiting for the end of session 0x{}, which still holds broker id {} for a broker at {}; if that one is alive, this one"
                        + " needs another broker.id",
                Long.toHexString(other.ephemeralOwner()),
                registration.id(),
                whereabouts(registration.id(), other));
        try {
            changed.await(limitNs, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DuplicateBrokerException(registration.id(), whereabouts(registration.id(), other));
        }
    }

    private static String whereabouts(int id, Znode node) {
        try {
            return BrokerRegistration.fromJson(id, node.data()).endpoints().toString();
        } catch (MalformedZnodeException e) {
            return "an address that cannot be read";
        }
    }

    /** The step that notes of a broker that the controller has seen to what it may have lost. */
    public ZnodeOp seenTo(LiveBroker broker) {
        return new ZnodeOp.SetData(
                ZkPaths.brokerId(broker.id()),
                broker.registration().withoutLoss().toJson(clock.millis()),
                FIRST_VERSION);
    }

    /** The brokers that are registered, by rising id. */
    public List<LiveBroker> brokers() {
        return brokers(znodes.children(ZkPaths.BROKER_IDS));
    }

    /** Like {@link #brokers()}; {@code onChange} is called when one comes or goes. */
    public List<LiveBroker> brokers(Runnable onChange) {
        return brokers(znodes.children(ZkPaths.BROKER_IDS, onChange));
    }

    private List<LiveBroker> brokers(List<String> names) {
        List<Integer> ids = new ArrayList<>();
        for (String name : names) {
            try {
                ids.add(Integer.valueOf(name));
            } catch (NumberFormatException e) {
                LOG.error("{} is passed over: it is not the id of a broker", ZkPaths.BROKER_IDS + "/" + name);
            }
        }
        Collections.sort(ids);
        List<@Nullable Znode> nodes =
                znodes.readAll(ids.stream().map(ZkPaths::brokerId).toList());
        List<LiveBroker> brokers = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Znode node = nodes.get(i);
            if (node != null) {
                try {
                    brokers.add(new LiveBroker(BrokerRegistration.fromJson(ids.get(i), node.data()), node.czxid()));
                } catch (MalformedZnodeException e) {
                    LOG.error("Broker {} is passed over: {}", ids.get(i), e.getMessage());
                }
            }
        }
        return brokers;
    }
}
