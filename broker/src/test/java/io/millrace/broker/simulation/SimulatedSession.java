package io.millrace.broker.simulation;

import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.SessionListener;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.Znode;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.broker.zk.Znodes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * The ZooKeeper session of one life of a broker, with what goes wrong between a broker and ZooKeeper: calls take time, answers
 * get lost after the deed, the server lags, the session expires while its owner does not notice, or is given up by its owner
 * while ZooKeeper still knows it. What the client does then is what Curator does: it tries again, in a new session if it
 * must, and tells the listeners a little later.
 */
final class SimulatedSession {
    static final long TIMEOUT_MS = 2_000;

    private static final long LONGEST_RECONNECT_US = 1_000_000;
    private static final long RETRY_US = 50_000;
    private static final long START_RETRY_MS = 100;

    /** How often a call is tried again at the most. */
    private static final int RETRIES = 5;

    private final VirtualTime time;
    private final Faults faults;
    private final MemoryZooKeeper zooKeeper;
    private final Life life;
    private final int brokerId;
    private final MemoryZnodes client;
    private final Znodes znodes = new TroubledZnodes();
    private final List<SessionListener> listeners = new ArrayList<>();

    /** The event thread of the ZooKeeper client. */
    private final SimulatedThread events;

    /** The thread on which listeners may wait. */
    private final SimulatedThread thread;

    private boolean linkUp = true;
    private boolean connected = true;

    /** Whether the present session was given up before another one has begun. */
    private boolean givenUp;

    /** The session of which the listeners were told last. */
    private long toldSession;

    /** Counts the times when the way to ZooKeeper broke or was there again, to tell whether silence went on. */
    private int changes;

    SimulatedSession(VirtualTime time, Faults faults, MemoryZooKeeper zooKeeper, Life life, int brokerId) {
        this.time = time;
        this.faults = faults;
        this.zooKeeper = zooKeeper;
        this.life = life;
        this.brokerId = brokerId;
        this.client = new MemoryZnodes(zooKeeper);
        this.events = new SimulatedThread(time, life, "zk-event");
        this.thread = new SimulatedThread(time, life, "zk-session");
        this.toldSession = client.sessionId();
        zooKeeper.addListener(this::onTransaction);
    }

    Znodes znodes() {
        return znodes;
    }

    void addListener(SessionListener listener) {
        listeners.add(listener);
    }

    /** Runs what takes up the first session, as soon as no former life of this broker is registered any more. */
    void start(Runnable takeUp) {
        thread.execute(() -> whenUnregistered(() -> {
            try {
                takeUp.run();
            } catch (ZkException e) {
                time.trace.note(life.name() + " could not start yet: " + e.getMessage());
                thread.schedule("StartAgain", START_RETRY_MS, () -> start(takeUp));
            }
        }));
    }

    boolean isRegistered() {
        Znode registration = zooKeeper.look(ZkPaths.brokerId(brokerId));
        return registration != null && registration.ephemeralOwner() == client.sessionId();
    }

    /** Registering would wait for the session of a former life to end, and here nobody may wait. */
    private void whenUnregistered(Runnable task) {
        if (zooKeeper.look(ZkPaths.brokerId(brokerId)) == null || isRegistered()) {
            task.run();
        } else {
            thread.schedule("AwaitFormerSession", START_RETRY_MS, () -> whenUnregistered(task));
        }
    }

    private void onTransaction() {
        if (!life.hasEnded()) {
            time.afterUs(time.mostlySmall(0, faults.longestZooKeeperLagUs), () -> {
                if (client.behind() > 0 && isConnected()) {
                    events.execute(() -> client.catchUp(client.behind()));
                }
            });
        }
    }

    private boolean isConnected() {
        return connected && linkUp && life.runs() && client.isSessionAlive();
    }

    /** The way to ZooKeeper breaks. */
    void cut() {
        if (linkUp) {
            linkUp = false;
            onSilence();
        }
    }

    /** The way to ZooKeeper is there again. */
    void heal() {
        if (!linkUp) {
            linkUp = true;
            onVoice();
        }
    }

    /** ZooKeeper hears nothing from here any more: the way is cut, or the process stopped or killed. */
    void onSilence() {
        connected = false;
        int now = ++changes;
        long session = client.sessionId();
        time.afterMs(TIMEOUT_MS + time.random.nextInt((int) TIMEOUT_MS / 2), () -> {
            if (changes == now) {
                expire(session);
            }
        });
        // The client counts for itself, and from another moment on.
        long patienceMs = TIMEOUT_MS * 2 / 3 + time.random.nextInt((int) TIMEOUT_MS / 3);
        time.afterMs(
                patienceMs,
                () -> events.execute(() -> {
                    if (changes == now && client.sessionId() == session) {
                        giveUp();
                    }
                }));
    }

    /** ZooKeeper can be reached again. */
    void onVoice() {
        if (life.hasEnded()) {
            return;
        }
        changes++;
        time.afterUs(time.mostlySmall(0, LONGEST_RECONNECT_US), () -> events.execute(this::connect));
    }

    /** ZooKeeper ends the session although its owner is there. */
    void expireNow() {
        expire(client.sessionId());
        onVoice();
    }

    private void expire(long session) {
        if (zooKeeper.isAlive(session)) {
            time.trace.note("ZooKeeper expires session " + Long.toHexString(session) + " of " + life.name());
            zooKeeper.expire(session);
        }
    }

    private void giveUp() {
        if (!givenUp) {
            givenUp = true;
            time.trace.note(life.name() + " gives up its session");
            listeners.forEach(SessionListener::onExpired);
        }
    }

    private void connect() {
        if (!linkUp || !life.runs()) {
            return;
        }
        if (!client.isSessionAlive()) {
            giveUp();
        }
        beginSessionIfLost();
        connected = true;
        thread.execute(this::onConnected);
    }

    private void beginSessionIfLost() {
        if (givenUp || !client.isSessionAlive()) {
            long former = client.sessionId();
            time.afterMs(time.random.nextInt((int) TIMEOUT_MS), () -> expire(former));
            client.newSession();
            givenUp = false;
            time.trace.note(life.name() + " begins session " + Long.toHexString(client.sessionId()));
        }
    }

    private void onConnected() {
        whenUnregistered(this::tellConnected);
    }

    private void tellConnected() {
        boolean isNew = client.sessionId() != toldSession;
        toldSession = client.sessionId();
        for (SessionListener listener : listeners) {
            try {
                if (isNew) {
                    listener.onNewSession();
                } else {
                    listener.onReconnected();
                }
            } catch (ZkException e) {
                time.trace.note(life.name() + " could not take up its session: " + e.getMessage());
            }
        }
    }

    /** The stores' door, behind which all of this happens. */
    private final class TroubledZnodes implements Znodes {
        @Override
        public @Nullable Znode read(String path) {
            return call("read " + path, false, () -> client.read(path));
        }

        @Override
        public @Nullable Znode read(String path, Runnable onChange) {
            return call("read " + path, false, () -> client.read(path, onChange));
        }

        @Override
        public List<@Nullable Znode> readAll(List<String> paths) {
            return call("read " + paths, false, () -> client.readAll(paths));
        }

        @Override
        public List<@Nullable Znode> readAll(List<String> paths, PathWatch onChange) {
            return call("read " + paths, false, () -> client.readAll(paths, onChange));
        }

        @Override
        public List<String> children(String path) {
            return call("list " + path, false, () -> client.children(path));
        }

        @Override
        public List<String> children(String path, Runnable onChange) {
            return call("list " + path, false, () -> client.children(path, onChange));
        }

        @Override
        public void commit(List<ZnodeOp> ops) {
            call("write " + ops.get(ops.size() - 1).path(), true, () -> {
                client.commit(ops);
                return ops;
            });
        }

        @Override
        public String createSequential(String prefix, byte[] data) {
            return call("create " + prefix, true, () -> client.createSequential(prefix, data));
        }

        @Override
        public int overwrite(String path, byte[] data) {
            return call("write " + path, true, () -> client.overwrite(path, data));
        }

        @Override
        public void sync(String path) {
            call("sync " + path, false, () -> {
                client.sync(path);
                return path;
            });
        }

        @Override
        public long sessionId() {
            return client.sessionId();
        }

        @Override
        public long connections() {
            return client.connections();
        }

        private <T> T call(String doing, boolean write, Supplier<T> deed) {
            for (int attempt = 0; attempt < RETRIES; attempt++) {
                pass(time.mostlySmall(0, faults.longestZooKeeperAnswerUs));
                awaitConnection(doing);
                if (!client.isSessionAlive()) {
                    // The next attempt is in a new session, perhaps before anybody hears that the former one is gone.
                    if (!givenUp) {
                        events.execute(() -> listeners.forEach(SessionListener::onExpired));
                    }
                    beginSessionIfLost();
                    onVoice();
                }
                if (!faults.losesZooKeeperAnswer()) {
                    return note(doing, write, deed);
                }
                if (write && time.random.nextBoolean()) {
                    time.trace.note(life.name() + " is not told the outcome: " + doing);
                    ignoringRefusal(doing, deed);
                }
            }
            throw MemoryZooKeeper.refusal(doing, Code.CONNECTIONLOSS);
        }

        private <T> T note(String doing, boolean write, Supplier<T> deed) {
            try {
                T result = deed.get();
                if (write) {
                    time.trace.note(life.name() + " " + doing);
                }
                return result;
            } catch (ZkException e) {
                time.trace.note(life.name() + " " + e.getMessage());
                throw e;
            }
        }

        private void ignoringRefusal(String doing, Supplier<?> deed) {
            try {
                deed.get();
            } catch (ZkException e) {
                time.trace.note(life.name() + " is not told the refusal: " + doing);
            }
        }

        private void awaitConnection(String doing) {
            long deadlineMs = time.nowMs() + TIMEOUT_MS;
            while (!connected || !linkUp) {
                long before = time.nowUs();
                pass(RETRY_US);
                if (time.nowMs() >= deadlineMs || time.nowUs() == before) {
                    throw MemoryZooKeeper.refusal(doing, Code.CONNECTIONLOSS);
                }
            }
        }

        private void pass(long delayUs) {
            SimulatedThread caller = time.currentThread();
            if (caller != null) {
                caller.sleep(delayUs);
            }
        }
    }
}
