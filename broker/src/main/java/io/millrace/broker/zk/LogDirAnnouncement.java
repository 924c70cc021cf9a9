package io.millrace.broker.zk;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the controller know that a log directory of this broker has failed, until ZooKeeper has taken that down: nothing else tells it
 * to have others lead what was there, as long as the session of this broker lives on. Any thread.
 */
public final class LogDirAnnouncement implements SessionListener {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirAnnouncement.class);

    private final Notices notices;
    private final int brokerId;
    private final Executor thread;
    private final AtomicBoolean due = new AtomicBoolean();

    /** @param thread runs everything that talks to ZooKeeper, one task at a time, and may wait */
    public LogDirAnnouncement(Notices notices, int brokerId, Executor thread) {
        this.notices = notices;
        this.brokerId = brokerId;
        this.thread = thread;
    }

    /** A directory has failed. Never waits. */
    public void onDirFailure() {
        due.set(true);
        submit();
    }

    @Override
    public void onNewSession() {
        submit();
    }

    @Override
    public void onReconnected() {
        submit();
    }

    private void submit() {
        try {
            thread.execute(this::announce);
        } catch (RejectedExecutionException e) {
            LOG.debug("The broker is shutting down, its partitions get other leaders in any case");
        }
    }

    private void announce() {
        if (!due.getAndSet(false)) {
            return;
        }
        boolean told = false;
        try {
            notices.announceLogDirFailure(brokerId);
            told = true;
        } catch (ZkException e) {
            LOG.warn(
                    "Could not let the controller know of a failed log directory: {}; tried again when ZooKeeper is back",
                    e.getMessage());
        } finally {
            if (!told) {
                due.set(true);
            }
        }
    }
}
