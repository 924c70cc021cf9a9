package io.millrace.broker.zk;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * A ZooKeeper without a process: one tree, its transactions in order, and sessions. Every state that the tree ever had is
 * kept, so that a client can be shown the past, as a server that lags behind the others would. {@link MemoryZnodes} is the
 * way in. For one thread.
 */
public final class MemoryZooKeeper {
    private final LongSupplier clockMs;
    private final List<Transaction> transactions = new ArrayList<>();
    private final List<Long> sessions = new ArrayList<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private long lastSession = 0x1000;

    /** A node and how many children were ever made below it. */
    record Node(Znode znode, int childrenMade) {
        Node withChild() {
            return new Node(znode, childrenMade + 1);
        }
    }

    /** What a transaction did to one node. */
    record Change(Kind kind, String path) {}

    enum Kind {
        CREATED,
        WRITTEN,
        REMOVED
    }

    /** One transaction and the tree as it left it; the map is not changed any more. */
    record Transaction(NavigableMap<String, Node> tree, List<Change> changes) {}

    /** @param clockMs gives the time at which nodes are made, in ms since 1970 */
    public MemoryZooKeeper(LongSupplier clockMs) {
        this.clockMs = clockMs;
        NavigableMap<String, Node> root = new TreeMap<>();
        root.put("/", new Node(new Znode(new byte[0], 0, 0, 0, clockMs.getAsLong()), 0));
        transactions.add(new Transaction(root, List.of()));
    }

    /** Hears of every transaction after it was carried out. */
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    /** The present data of a node, whoever asks; null if there is none. */
    public @Nullable Znode look(String path) {
        Node node = latest().get(path);
        return node == null ? null : node.znode();
    }

    /** Every node that is there now, by path. */
    public Map<String, Znode> lookAll() {
        Map<String, Znode> all = new TreeMap<>();
        latest().forEach((path, node) -> all.put(path, node.znode()));
        return all;
    }

    /** Names of the children of a node that are there now. */
    public List<String> lookChildren(String path) {
        return children(latest(), path);
    }

    public boolean isAlive(long session) {
        return sessions.contains(session);
    }

    /** Ends a session: its ephemeral nodes vanish, all in one transaction. */
    public void expire(long session) {
        if (!sessions.remove(session)) {
            return;
        }
        Draft draft = new Draft(0);
        latest().forEach((path, node) -> {
            if (node.znode().ephemeralOwner() == session) {
                draft.delete(path);
            }
        });
        draft.commit();
    }

    long openSession() {
        long session = ++lastSession;
        sessions.add(session);
        return session;
    }

    /** How many transactions there were so far: the number of the last one. */
    int lastTransaction() {
        return transactions.size() - 1;
    }

    Transaction transaction(int number) {
        return transactions.get(number);
    }

    static List<String> children(NavigableMap<String, Node> tree, String path) {
        String prefix = path.equals("/") ? "/" : path + "/";
        List<String> names = new ArrayList<>();
        for (String below : tree.tailMap(prefix, false).keySet()) {
            if (!below.startsWith(prefix)) {
                break;
            }
            if (below.indexOf('/', prefix.length()) < 0) {
                names.add(below.substring(prefix.length()));
            }
        }
        return names;
    }

    /**
     * Carries out all steps or none.
     *
     * @throws ZkException with the step that was refused
     */
    void commit(long session, List<ZnodeOp> ops) {
        Draft draft = new Draft(session);
        for (int i = 0; i < ops.size(); i++) {
            ZnodeOp op = ops.get(i);
            Code refusal = draft.apply(op);
            if (refusal != Code.OK) {
                throw new ZkException(
                        "write " + op.path() + ": ZooKeeper answered " + refusal,
                        refusal,
                        i,
                        KeeperException.create(refusal, op.path()));
            }
        }
        draft.commit();
    }

    String createSequential(long session, String prefix, byte[] data) {
        Node parent = latest().get(parent(prefix));
        String path = prefix + String.format("%010d", parent == null ? 0 : parent.childrenMade());
        commitAlone(session, "create " + prefix, new ZnodeOp.Create(path, data));
        return path;
    }

    int overwrite(long session, String path, byte[] data) {
        commitAlone(session, "write " + path, new ZnodeOp.SetData(path, data, ZnodeOp.ANY_VERSION));
        return Objects.requireNonNull(look(path)).version();
    }

    private void commitAlone(long session, String doing, ZnodeOp op) {
        Draft draft = new Draft(session);
        Code refusal = draft.apply(op);
        if (refusal != Code.OK) {
            throw refusal(doing, refusal);
        }
        draft.commit();
    }

    /** What a client says when ZooKeeper refused something, or did not answer. */
    public static ZkException refusal(String doing, Code code) {
        return ZkException.of(doing, KeeperException.create(code));
    }

    private NavigableMap<String, Node> latest() {
        return transactions.get(transactions.size() - 1).tree();
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    /** A transaction that is being put together. */
    private final class Draft {
        private final NavigableMap<String, Node> tree = new TreeMap<>(latest());
        private final List<Change> changes = new ArrayList<>();
        private final long session;
        private final long zxid = transactions.size();

        Draft(long session) {
            this.session = session;
        }

        Code apply(ZnodeOp op) {
            if (op instanceof ZnodeOp.Create create) {
                return create(create.path(), create.data(), 0);
            } else if (op instanceof ZnodeOp.CreateEphemeral create) {
                return create(create.path(), create.data(), session);
            } else if (op instanceof ZnodeOp.SetData set) {
                Code refusal = check(set.path(), set.version());
                return refusal == Code.OK ? write(set.path(), set.data()) : refusal;
            } else if (op instanceof ZnodeOp.Delete delete) {
                Code refusal = check(delete.path(), delete.version());
                if (refusal == Code.OK && !children(tree, delete.path()).isEmpty()) {
                    return Code.NOTEMPTY;
                }
                return refusal == Code.OK ? delete(delete.path()) : refusal;
            }
            ZnodeOp.Check check = (ZnodeOp.Check) op;
            return check(check.path(), check.version());
        }

        private Code create(String path, byte @Nullable [] data, long owner) {
            Node parent = tree.get(parent(path));
            if (parent == null) {
                return Code.NONODE;
            }
            if (tree.containsKey(path)) {
                return Code.NODEEXISTS;
            }
            if (parent.znode().ephemeralOwner() != 0) {
                return Code.NOCHILDRENFOREPHEMERALS;
            }
            tree.put(parent(path), parent.withChild());
            byte[] payload = data == null ? new byte[0] : data.clone();
            tree.put(path, new Node(new Znode(payload, 0, zxid, owner, clockMs.getAsLong()), 0));
            changes.add(new Change(Kind.CREATED, path));
            return Code.OK;
        }

        private Code check(String path, int version) {
            Node node = tree.get(path);
            if (node == null) {
                return Code.NONODE;
            }
            boolean fits =
                    version == ZnodeOp.ANY_VERSION || version == node.znode().version();
            return fits ? Code.OK : Code.BADVERSION;
        }

        private Code write(String path, byte[] data) {
            Node before = Objects.requireNonNull(tree.get(path));
            Znode znode = before.znode();
            tree.put(
                    path,
                    new Node(
                            new Znode(
                                    data.clone(),
                                    znode.version() + 1,
                                    znode.czxid(),
                                    znode.ephemeralOwner(),
                                    znode.ctimeMs()),
                            before.childrenMade()));
            changes.add(new Change(Kind.WRITTEN, path));
            return Code.OK;
        }

        private Code delete(String path) {
            tree.remove(path);
            changes.add(new Change(Kind.REMOVED, path));
            return Code.OK;
        }

        void commit() {
            transactions.add(new Transaction(tree, changes));
            List.copyOf(listeners).forEach(Runnable::run);
        }
    }
}
