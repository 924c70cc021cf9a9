package io.millrace.broker.loop;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event loop of a connection as a {@link Loop}, so that what arrives is dealt with where it was read. */
public final class ConnectionLoop implements Loop {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLoop.class);

    private final EventLoop loop;

    /** @param loop ended by whoever made it */
    public ConnectionLoop(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public boolean post(String name, Runnable task) {
        try {
            loop.execute(() -> run(name, task));
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("{} came after its loop had ended", name);
            return false;
        }
    }

    @Override
    public Scheduled schedule(String name, long delayMs, Runnable task) {
        try {
            Future<?> scheduled = loop.schedule(() -> run(name, task), delayMs, TimeUnit.MILLISECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} came after its loop had ended", name);
            return () -> {};
        }
    }

    @Override
    public long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private static void run(String name, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("Could not deal with {}", name, e);
        }
    }
}
