package io.millrace.bench.rig;

import io.millrace.client.net.BrokerConnection;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Transport;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.FindCoordinator;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Many consumer groups whose members do nothing but belong to them, so that what is measured is the coordinator and not the client: a stock
 * consumer takes two threads and more CPU than all that a broker does for it. Every member has a connection of its own, as a broker reads
 * no further on one that waits in a join. All of them live on one event loop; the methods are for one other thread.
 */
final class GroupLoad implements AutoCloseable {
    /** As long as no member needs to be told anything, so that only the heartbeats asked for are sent. */
    static final int LONG_SESSION_MS = 300_000;

    /** Between two heartbeats of a member while its group comes together; by them members hear that they are to join again. */
    private static final int HEARTBEAT_INTERVAL_MS = 250;

    private static final int LOOK_INTERVAL_MS = 5;
    private static final int CONNECTING_AT_ONCE = 100;
    private static final long LIMIT_MS = 180_000;
    private static final int LAST_FOR_ONE_GROUP = 3;

    private final Transport transport = Transport.nio("groups", 1);
    private final EventLoop loop = transport.group().next();
    private final Endpoint broker;
    private final int partitions;
    private final int sessionTimeoutMs;
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

    // On the loop only.
    private final List<LoadGroup> groups = new ArrayList<>();
    private final List<LoadMember> members = new ArrayList<>();
    private int nextToBeat;
    private double heartbeatsPerSecond;
    private long pacedFromNs;
    private long sent;
    private long answered;
    private long committed;

    /**
     * @param broker the only one, so that it coordinates all groups
     * @param partitions that each group shares out among its members
     * @param sessionTimeoutMs how long a member may be silent
     */
    GroupLoad(Endpoint broker, int partitions, int sessionTimeoutMs) throws Exception {
        this.broker = broker;
        this.partitions = partitions;
        this.sessionTimeoutMs = sessionTimeoutMs;
        awaitCoordinator();
        loop.scheduleAtFixedRate(this::beat, 1, 1, TimeUnit.MILLISECONDS);
    }

    EventLoop loop() {
        return loop;
    }

    /** What was wrong so far; empty if all is well. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    void onFault(String what) {
        faults.add(what);
    }

    void onHeartbeatAnswered() {
        answered++;
    }

    void onCommitted() {
        committed++;
    }

    /** Adds groups with so many members each, which are connected and have not joined yet. */
    void add(int count, int size) throws Exception {
        List<CompletableFuture<Void>> connecting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LoadGroup group = onLoop(() -> {
                LoadGroup created = new LoadGroup(this, "group-" + groups.size(), partitions, sessionTimeoutMs);
                groups.add(created);
                return created;
            });
            for (int k = 0; k < size; k++) {
                BrokerConnection connection = connect();
                connecting.add(connection.ready());
                onLoop(() -> add(group, connection));
            }
            if (connecting.size() >= CONNECTING_AT_ONCE || i == count - 1) {
                // No more at a time than a broker has room for that it has not accepted yet.
                CompletableFuture.allOf(connecting.toArray(CompletableFuture[]::new))
                        .get(LIMIT_MS, TimeUnit.MILLISECONDS);
                connecting.clear();
            }
        }
    }

    /** Adds a member to a group that is there. On the loop. */
    LoadMember add(LoadGroup group, BrokerConnection connection) {
        LoadMember member = new LoadMember(group, connection);
        group.add(member);
        members.add(member);
        return member;
    }

    /** A connection of its own to the broker, which may still be connecting. */
    BrokerConnection connect() {
        BrokerConnection connection = new BrokerConnection(
                new Transport(loop, transport.channels()), broker, ConnectionConfig.defaults("rig"));
        connection.connect();
        return connection;
    }

    /** Lets all members join that have not, and waits until every group is settled; returns how long that took. */
    Duration settle() throws Exception {
        long startNs = System.nanoTime();
        onLoop(() -> {
            members.removeIf(LoadMember::isGone);
            members.forEach(LoadMember::joinUnlessJoined);
            pace(members.size() * 1_000.0 / HEARTBEAT_INTERVAL_MS);
            return members.size();
        });
        await("all groups are settled", () -> groups.stream().allMatch(LoadGroup::isSettled));
        onLoop(() -> pace(0));
        return Duration.ofNanos(System.nanoTime() - startNs);
    }

    /** Sends heartbeats at a rate, all members taking turns, and waits for the answers; returns how many there were. */
    long heartbeats(int perSecond, Duration duration) throws Exception {
        long before = onLoop(() -> answered);
        onLoop(() -> pace(perSecond));
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        onLoop(() -> pace(0));
        await("all heartbeats are answered", () -> members.stream().noneMatch(LoadMember::isHeartbeatUnderWay));
        return onLoop(() -> answered) - before;
    }

    /** Does something to every group, on the loop. */
    void forEachGroup(Consumer<LoadGroup> action) throws Exception {
        onLoop(() -> {
            groups.forEach(action);
            return groups.size();
        });
    }

    /** Commits this offset for every partition of every group, and waits until it is taken. */
    void commit(long offset) throws Exception {
        long before = onLoop(() -> committed);
        forEachGroup(group -> group.members().forEach(member -> member.commit(offset)));
        await("all offsets are committed", () -> committed - before == (long) groups.size() * partitions);
    }

    private double pace(double perSecond) {
        heartbeatsPerSecond = perSecond;
        pacedFromNs = System.nanoTime();
        sent = 0;
        return perSecond;
    }

    private void beat() {
        long due = (long) ((System.nanoTime() - pacedFromNs) / 1e9 * heartbeatsPerSecond);
        while (sent < due && !members.isEmpty()) {
            sent++;
            nextToBeat = (nextToBeat + 1) % members.size();
            members.get(nextToBeat).heartbeat();
        }
    }

    /** The first to ask makes the broker create {@code __consumer_offsets}. */
    private void awaitCoordinator() throws Exception {
        try (BrokerConnection connection = connect()) {
            FindCoordinator.Request request = new FindCoordinator.Request();
            request.key = "group-0";
            Call<FindCoordinator.Response> call = Call.of(request, FindCoordinator.Response::new)
                    .versions(ApiKey.FIND_COORDINATOR.lowestVersion(), LAST_FOR_ONE_GROUP);
            long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
            while (connection.send(call).get(LIMIT_MS, TimeUnit.MILLISECONDS).errorCode != ErrorCode.NONE.code()) {
                if (System.nanoTime() > deadlineNs) {
                    throw new TimeoutException("nobody coordinates groups");
                }
                Thread.sleep(LOOK_INTERVAL_MS);
            }
        }
    }

    private void await(String what, Callable<Boolean> condition) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        while (!onLoop(condition)) {
            if (!faults.isEmpty() || System.nanoTime() > deadlineNs) {
                throw new IllegalStateException("Waited in vain until " + what + "; faults: " + faults);
            }
            Thread.sleep(LOOK_INTERVAL_MS);
        }
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return loop.submit(task).get(LIMIT_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        transport.shutdown();
    }
}
