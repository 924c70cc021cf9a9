package io.millrace.broker.zk;

import io.millrace.broker.zk.MemoryZooKeeper.Change;
import io.millrace.broker.zk.MemoryZooKeeper.Kind;
import io.millrace.broker.zk.MemoryZooKeeper.Node;
import io.millrace.broker.zk.MemoryZooKeeper.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * One client of a {@link MemoryZooKeeper}, as if connected to a server of the ensemble that may lag: it reads what that server
 * has seen so far, its own writes and {@link #sync} bring it up to date, and {@link #catchUp} does as time would. Watches
 * fire when the change they wait for comes into sight, and never after what was read shows the change. For one thread.
 */
public final class MemoryZnodes implements Znodes {
    private final MemoryZooKeeper zooKeeper;
    private final Map<String, Set<Runnable>> nodeWatches = new HashMap<>();
    private final Map<String, Set<Runnable>> childWatches = new HashMap<>();
    private long session;
    private int seen;

    /** Begins a session. */
    public MemoryZnodes(MemoryZooKeeper zooKeeper) {
        this.zooKeeper = zooKeeper;
        this.session = zooKeeper.openSession();
        this.seen = zooKeeper.lastTransaction();
    }

    /** Goes on in a new session: the watches of the former one are gone, and are never called. */
    public void newSession() {
        nodeWatches.clear();
        childWatches.clear();
        session = zooKeeper.openSession();
        seen = zooKeeper.lastTransaction();
    }

    public boolean isSessionAlive() {
        return zooKeeper.isAlive(session);
    }

    /** How many transactions are not in sight yet. */
    public int behind() {
        return zooKeeper.lastTransaction() - seen;
    }

    /** Brings the next transactions into sight, and calls the watches that waited for them. */
    public void catchUp(int transactions) {
        int target = Math.min(zooKeeper.lastTransaction(), seen + transactions);
        while (seen < target) {
            seen++;
            for (Change change : zooKeeper.transaction(seen).changes()) {
                fire(change);
            }
        }
    }

    private void fire(Change change) {
        Set<Runnable> called = new LinkedHashSet<>();
        take(nodeWatches, change.path(), called);
        if (change.kind() == Kind.REMOVED) {
            take(childWatches, change.path(), called);
        }
        if (change.kind() != Kind.WRITTEN) {
            int slash = change.path().lastIndexOf('/');
            take(childWatches, slash == 0 ? "/" : change.path().substring(0, slash), called);
        }
        called.forEach(Runnable::run);
    }

    private static void take(Map<String, Set<Runnable>> watches, String path, Set<Runnable> into) {
        Set<Runnable> ofPath = watches.remove(path);
        if (ofPath != null) {
            into.addAll(ofPath);
        }
    }

    private void catchUp() {
        catchUp(Integer.MAX_VALUE - seen);
    }

    private NavigableMap<String, Node> tree() {
        Transaction last = zooKeeper.transaction(seen);
        return last.tree();
    }

    @Override
    public @Nullable Znode read(String path) {
        requireSession("read " + path);
        Node node = tree().get(path);
        return node == null ? null : node.znode();
    }

    @Override
    public @Nullable Znode read(String path, Runnable onChange) {
        Znode found = read(path);
        watch(nodeWatches, path, onChange);
        return found;
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths) {
        List<@Nullable Znode> found = new ArrayList<>();
        for (String path : paths) {
            found.add(read(path));
        }
        return found;
    }

    private record PathChange(PathWatch onChange, String path) implements Runnable {
        @Override
        public void run() {
            onChange.onChange(path);
        }
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths, PathWatch onChange) {
        List<@Nullable Znode> found = new ArrayList<>();
        for (String path : paths) {
            Znode node = read(path);
            found.add(node);
            if (node != null) {
                watch(nodeWatches, path, new PathChange(onChange, path));
            }
        }
        return found;
    }

    @Override
    public List<String> children(String path) {
        requireSession("list " + path);
        return MemoryZooKeeper.children(tree(), path);
    }

    @Override
    public List<String> children(String path, Runnable onChange) {
        requireSession("list " + path);
        if (!tree().containsKey(path)) {
            throw MemoryZooKeeper.refusal("list " + path, Code.NONODE);
        }
        watch(childWatches, path, onChange);
        return children(path);
    }

    private static void watch(Map<String, Set<Runnable>> watches, String path, Runnable onChange) {
        watches.computeIfAbsent(path, key -> new LinkedHashSet<>()).add(onChange);
    }

    @Override
    public void commit(List<ZnodeOp> ops) {
        requireSession("write " + ops.get(0).path());
        try {
            zooKeeper.commit(session, ops);
        } finally {
            catchUp();
        }
    }

    @Override
    public String createSequential(String prefix, byte[] data) {
        requireSession("create " + prefix);
        String path = zooKeeper.createSequential(session, prefix, data);
        catchUp();
        return path;
    }

    @Override
    public int overwrite(String path, byte[] data) {
        requireSession("write " + path);
        int version = zooKeeper.overwrite(session, path, data);
        catchUp();
        return version;
    }

    @Override
    public void sync(String path) {
        requireSession("sync " + path);
        catchUp();
    }

    @Override
    public long sessionId() {
        return session;
    }

    @Override
    public long connections() {
        return 1;
    }

    private void requireSession(String doing) {
        if (!isSessionAlive()) {
            throw MemoryZooKeeper.refusal(doing, Code.SESSIONEXPIRED);
        }
    }
}
