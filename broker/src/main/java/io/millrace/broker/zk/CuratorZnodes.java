package io.millrace.broker.zk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.curator.CuratorZookeeperClient;
import org.apache.curator.RetryLoop;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** {@link Znodes} by way of Curator, which keeps the connection and tries again what a lost one has interrupted. */
final class CuratorZnodes implements Znodes {
    private static final byte[] NO_DATA = new byte[0];

    private final CuratorFramework curator;
    private final AtomicLong connections = new AtomicLong();
    private final int maxInFlight;

    CuratorZnodes(CuratorFramework curator, int maxInFlight) {
        this.curator = curator;
        this.maxInFlight = maxInFlight;
        curator.getConnectionStateListenable().addListener((client, change) -> {
            if (change.isConnected()) {
                connections.incrementAndGet();
            }
        });
    }

    @Override
    public @Nullable Znode read(String path) {
        Stat stat = new Stat();
        return call("read " + path, () -> {
            try {
                return Znode.of(curator.getData().storingStatIn(stat).forPath(path), stat);
            } catch (KeeperException.NoNodeException e) {
                return null;
            }
        });
    }

    @Override
    public @Nullable Znode read(String path, Runnable onChange) {
        Watcher watcher = new ChangeWatcher(onChange);
        return call("read " + path, () -> {
            while (true) {
                try {
                    Stat stat = new Stat();
                    return Znode.of(
                            curator.getData()
                                    .storingStatIn(stat)
                                    .usingWatcher(watcher)
                                    .forPath(path),
                            stat);
                } catch (KeeperException.NoNodeException e) {
                    if (curator.checkExists().usingWatcher(watcher).forPath(path) == null) {
                        return null;
                    }
                    // It was made between the two looks.
                }
            }
        });
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths) {
        return readAll(paths, null);
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths, @Nullable PathWatch onChange) {
        @Nullable Znode[] found = new Znode[paths.size()];
        Semaphore window = new Semaphore(maxInFlight);
        CountDownLatch pending = new CountDownLatch(paths.size());
        AtomicReference<@Nullable KeeperException> failure = new AtomicReference<>();
        return call("read " + paths.size() + " nodes", () -> {
            for (int i = 0; i < paths.size(); i++) {
                int index = i;
                String path = paths.get(i);
                BackgroundCallback callback = (client, event) -> {
                    Code code = Code.get(event.getResultCode());
                    if (code == Code.OK) {
                        found[index] = Znode.of(event.getData(), event.getStat());
                    } else if (code != Code.NONODE) {
                        failure.compareAndSet(null, KeeperException.create(code, path));
                    }
                    window.release();
                    pending.countDown();
                };
                window.acquire();
                if (onChange == null) {
                    curator.getData().inBackground(callback).forPath(path);
                } else {
                    Watcher watcher = new ChangeWatcher(new PathChange(onChange, path));
                    curator.getData()
                            .usingWatcher(watcher)
                            .inBackground(callback)
                            .forPath(path);
                }
            }
            pending.await();
            KeeperException failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            return Arrays.asList(found);
        });
    }

    @Override
    public List<String> children(String path) {
        return call("list " + path, () -> {
            try {
                return curator.getChildren().forPath(path);
            } catch (KeeperException.NoNodeException e) {
                return List.of();
            }
        });
    }

    @Override
    public List<String> children(String path, Runnable onChange) {
        Watcher watcher = new ChangeWatcher(onChange);
        return call(
                "list " + path,
                () -> curator.getChildren().usingWatcher(watcher).forPath(path));
    }

    @Override
    public void commit(List<ZnodeOp> ops) {
        try {
            List<Op> steps = new ArrayList<>(ops.size());
            for (ZnodeOp op : ops) {
                steps.add(step(op));
            }
            // Curator's own transactions do the same, once the paths have been looked at a second time.
            CuratorZookeeperClient client = curator.getZookeeperClient();
            RetryLoop.callWithRetry(client, () -> client.getZooKeeper().multi(steps));
        } catch (KeeperException e) {
            throw refused(ops, e);
        } catch (InterruptedException e) {
            throw interrupted("write " + ops.get(0).path(), e);
        } catch (Exception e) {
            throw unexpected("write " + ops.get(0).path(), e);
        }
    }

    private static Op step(ZnodeOp op) {
        if (op instanceof ZnodeOp.Create create) {
            return Op.create(create.path(), create.data(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        } else if (op instanceof ZnodeOp.CreateEphemeral create) {
            return Op.create(create.path(), create.data(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        } else if (op instanceof ZnodeOp.SetData set) {
            return Op.setData(set.path(), set.data(), set.version());
        } else if (op instanceof ZnodeOp.Delete delete) {
            return Op.delete(delete.path(), delete.version());
        } else if (op instanceof ZnodeOp.Check check) {
            return Op.check(check.path(), check.version());
        }
        throw new IllegalArgumentException("No such step: " + op);
    }

    /** ZooKeeper answers a refused transaction with one result a step, of which one has the reason. */
    private static ZkException refused(List<ZnodeOp> ops, KeeperException e) {
        List<OpResult> results = e.getResults();
        if (results != null) {
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof OpResult.ErrorResult error
                        && error.getErr() != Code.OK.intValue()
                        && error.getErr() != Code.RUNTIMEINCONSISTENCY.intValue()) {
                    Code code = Code.get(error.getErr());
                    return new ZkException("write " + ops.get(i).path() + ": ZooKeeper answered " + code, code, i, e);
                }
            }
        }
        return ZkException.of("write " + ops.get(0).path(), e);
    }

    @Override
    public String createSequential(String prefix, byte[] data) {
        return call(
                "create " + prefix,
                () -> curator.create()
                        .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
                        .forPath(prefix, data));
    }

    @Override
    public int overwrite(String path, byte[] data) {
        return call("write " + path, () -> curator.setData().forPath(path, data).getVersion());
    }

    @Override
    public void sync(String path) {
        CountDownLatch done = new CountDownLatch(1);
        AtomicReference<Code> answer = new AtomicReference<>(Code.OK);
        call("sync " + path, () -> {
            curator.sync()
                    .inBackground((client, event) -> {
                        answer.set(Code.get(event.getResultCode()));
                        done.countDown();
                    })
                    .forPath(path);
            done.await();
            if (answer.get() != Code.OK && answer.get() != Code.NONODE) {
                throw KeeperException.create(answer.get(), path);
            }
            return NO_DATA;
        });
    }

    @Override
    public long sessionId() {
        return call(
                "ask for the session",
                () -> curator.getZookeeperClient().getZooKeeper().getSessionId());
    }

    @Override
    public long connections() {
        return connections.get();
    }

    /**
     * Passes on that a node changed; equal for equal receivers, so that ZooKeeper keeps one watch for each. News of the
     * connection reach every watcher too, but they are the business of {@link ZkSession}.
     */
    private record ChangeWatcher(Runnable onChange) implements Watcher {
        // Those that a record comes with are put together from method handles first, while the broker starts.
        @Override
        public boolean equals(Object other) {
            return other instanceof ChangeWatcher that && that.onChange.equals(onChange);
        }

        @Override
        public int hashCode() {
            return onChange.hashCode();
        }

        @Override
        public void process(WatchedEvent event) {
            if (event.getType() != Event.EventType.None) {
                onChange.run();
            }
        }
    }

    /** Tells that the node at a path changed; equal for equal receivers of the same path. */
    private record PathChange(PathWatch onChange, String path) implements Runnable {
        @Override
        public boolean equals(Object other) {
            return other instanceof PathChange that && that.onChange.equals(onChange) && that.path.equals(path);
        }

        @Override
        public int hashCode() {
            return 31 * onChange.hashCode() + path.hashCode();
        }

        @Override
        public void run() {
            onChange.onChange(path);
        }
    }

    private static <T> T call(String doing, Call<T> call) {
        try {
            return call.run();
        } catch (KeeperException e) {
            throw ZkException.of(doing, e);
        } catch (InterruptedException e) {
            throw interrupted(doing, e);
        } catch (Exception e) {
            throw unexpected(doing, e);
        }
    }

    private static ZkException interrupted(String doing, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ZkException(doing + ": interrupted while waiting for ZooKeeper", Code.OPERATIONTIMEOUT, -1, e);
    }

    private static ZkException unexpected(String doing, Exception e) {
        return new ZkException(doing + ": " + e, Code.SYSTEMERROR, -1, e);
    }

    private interface Call<T> {
        T run() throws Exception;
    }
}
