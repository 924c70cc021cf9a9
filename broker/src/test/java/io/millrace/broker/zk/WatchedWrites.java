package io.millrace.broker.zk;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The nodes of a session, where a test stands between whoever writes and ZooKeeper, and sees who watches what. */
public final class WatchedWrites implements Znodes {
    private final Znodes znodes;
    private final BiConsumer<List<ZnodeOp>, Runnable> onCommit;
    private final BiConsumer<String, Object> onWatch;

    /**
     * @param onCommit gets the steps of a transaction and what carries them out, on the thread that writes; may throw
     * @param onWatch gets each path that is watched, and who is told of a change
     */
    public WatchedWrites(
            Znodes znodes, BiConsumer<List<ZnodeOp>, Runnable> onCommit, BiConsumer<String, Object> onWatch) {
        this.onWatch = onWatch;
        this.znodes = znodes;
        this.onCommit = onCommit;
    }

    @Override
    public void commit(List<ZnodeOp> ops) {
        onCommit.accept(ops, () -> znodes.commit(ops));
    }

    @Override
    public @Nullable Znode read(String path) {
        return znodes.read(path);
    }

    @Override
    public @Nullable Znode read(String path, Runnable onChange) {
        onWatch.accept(path, onChange);
        return znodes.read(path, onChange);
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths) {
        return znodes.readAll(paths);
    }

    @Override
    public List<@Nullable Znode> readAll(List<String> paths, PathWatch onChange) {
        paths.forEach(path -> onWatch.accept(path, onChange));
        return znodes.readAll(paths, onChange);
    }

    @Override
    public List<String> children(String path) {
        return znodes.children(path);
    }

    @Override
    public List<String> children(String path, Runnable onChange) {
        onWatch.accept(path, onChange);
        return znodes.children(path, onChange);
    }

    @Override
    public String createSequential(String prefix, byte[] data) {
        return znodes.createSequential(prefix, data);
    }

    @Override
    public int overwrite(String path, byte[] data) {
        return znodes.overwrite(path, data);
    }

    @Override
    public void sync(String path) {
        znodes.sync(path);
    }

    @Override
    public long sessionId() {
        return znodes.sessionId();
    }

    @Override
    public long connections() {
        return znodes.connections();
    }
}
