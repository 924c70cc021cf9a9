package io.millrace.broker.simulation;

import io.millrace.broker.fetcher.LeaderLink;
import io.millrace.broker.loop.Loop;
import io.millrace.protocol.message.Message;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The way of a fetcher to its leader, and the thread of the fetcher. */
final class SimulatedLeaderLink implements LeaderLink {
    private final SimulatedPool pool;
    private final SimulatedThread thread;
    private boolean closed;

    SimulatedLeaderLink(SimulatedPool pool, SimulatedThread thread) {
        this.pool = pool;
        this.thread = thread;
    }

    @Override
    public Loop loop() {
        return thread;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <R extends Message> void send(
            Message request,
            int lowestVersion,
            int highestVersion,
            Supplier<R> response,
            BiConsumer<@Nullable R, @Nullable Throwable> then) {
        pool.send(
                request,
                (short) highestVersion,
                answer -> {
                    if (!closed) {
                        then.accept((R) answer, null);
                    }
                },
                failure -> {
                    if (!closed) {
                        then.accept(null, failure);
                    }
                });
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void close() {
        closed = true;
        thread.end();
        pool.close();
    }
}
