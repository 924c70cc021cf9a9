package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GuardedSchedulerTest {
    /** Who ends the process for an Error hears of it as of any other thread's, and not of what a task may fail with. */
    @Test
    void anErrorInATaskEndsTheThreadByIt() {
        ScheduledThreadPoolExecutor scheduler = new GuardedScheduler(1, StorageThreads.factory("storage-"));
        List<Throwable> heard = new CopyOnWriteArrayList<>();
        Error error = new StackOverflowError("made up");
        scheduler.execute(() -> Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> heard.add(e)));
        scheduler.execute(() -> {
            throw new IllegalStateException("made up");
        });
        scheduler.schedule(
                () -> {
                    throw error;
                },
                1,
                TimeUnit.MILLISECONDS);

        Await.await(() -> "the error is heard; heard was " + heard, () -> !heard.isEmpty());
        StorageThreads.stop(scheduler);
        assertThat(heard).containsExactly(error);
    }
}
