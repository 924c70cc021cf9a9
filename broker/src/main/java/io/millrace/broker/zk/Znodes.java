package io.millrace.broker.zk;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the stores ask of ZooKeeper. Every method waits for the answer, so none may be called on an event loop of the
 * network; a lost connection is retried for as long as the session can survive, then {@link ZkException} says so.
 *
 * <p>Watches fire at most once, for the first change after the read that armed them, on a thread that must not wait: they
 * only post an event. They are gone with the session; a new one starts with none.
 */
public interface Znodes {

    /** The node, or null if there is none. */
    @Nullable
    Znode read(String path);

    /** The node, or null if there is none; {@code onChange} is called when it is made, written or removed. */
    @Nullable
    Znode read(String path, Runnable onChange);

    /** The nodes in the order of the paths, null where there is none; asked for without waiting in between. */
    List<@Nullable Znode> readAll(List<String> paths);

    /** Like {@link #readAll(List)}, watching those that exist: {@code onChange} gets the path. */
    List<@Nullable Znode> readAll(List<String> paths, PathWatch onChange);

    /** Names of the children, in no order; empty if the node is missing. */
    List<String> children(String path);

    /** Like {@link #children(String)}; {@code onChange} is called when one comes or goes. The node must exist. */
    List<String> children(String path, Runnable onChange);

    /**
     * Carries out all steps or none.
     *
     * <p>After a lost connection it is tried again, so a failure may be the echo of its own success: callers compare with
     * what they find.
     *
     * @throws ZkException with the step that was refused
     */
    void commit(List<ZnodeOp> ops);

    /**
     * Makes a node whose name ends with a number that ZooKeeper counts up.
     *
     * @return its path
     */
    String createSequential(String prefix, byte[] data);

    /** Replaces a payload whatever its version, and returns the version it has now; the node must exist. */
    int overwrite(String path, byte[] data);

    /** Makes sure that reads which follow see everything committed before this call. */
    void sync(String path);

    /** Id of the present session: it owns the ephemeral nodes we make. */
    long sessionId();

    /** How often ZooKeeper has been connected to; when it rises, it was away, and gives every session its full time again. */
    long connections();

    /** Hears of a change of a node. */
    @FunctionalInterface
    interface PathWatch {
        void onChange(String path);
    }
}
