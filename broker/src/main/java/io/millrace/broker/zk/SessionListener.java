package io.millrace.broker.zk;

/**
 * Hears what becomes of the session. Listeners are told in the order in which they were added. One that throws out of
 * {@link #onNewSession} or {@link #onReconnected} is told again, after a pause or when the connection is back; the others are
 * told all the same.
 */
public interface SessionListener {

    /**
     * The session is lost for certain, or must be taken for lost: whoever rests on an ephemeral node has to stop now. Called
     * at once on a thread of the ZooKeeper client: it must not wait and must not talk to ZooKeeper.
     */
    default void onExpired() {}

    /**
     * There is a new session: without ephemeral nodes, without watches, and after changes that nobody has seen. Called on
     * the session's own thread, where it may talk to ZooKeeper and wait.
     */
    default void onNewSession() {}

    /**
     * The connection came back within the same session: ephemeral nodes and watches are still there. Called on the
     * session's own thread.
     */
    default void onReconnected() {}
}
