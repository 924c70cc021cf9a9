package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.millrace.protocol.ErrorCode;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

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

    /** A task that nobody waits for would end unheard. */
    @Test
    void whatATaskEndsByIsLogged() {
        List<String> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getLevel() == Level.ERROR) {
                    lines.add(event.getFormattedMessage() + " by "
                            + event.getThrowableProxy().getMessage());
                }
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(GuardedScheduler.class);
        appender.start();
        logger.addAppender(appender);
        try {
            ScheduledThreadPoolExecutor scheduler = new GuardedScheduler(1, StorageThreads.factory("storage-"));
            scheduler.execute(() -> {
                throw new IllegalStateException("one");
            });
            scheduler.execute(() -> {
                throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "of a disk that has failed");
            });
            CountDownLatch again = new CountDownLatch(2);
            scheduler.scheduleWithFixedDelay(
                    () -> {
                        again.countDown();
                        if (again.getCount() == 0) {
                            throw new IllegalStateException("the second time");
                        }
                    },
                    0,
                    1,
                    TimeUnit.MILLISECONDS);
            Await.await(() -> "logged: " + lines, () -> lines.size() == 2);
            StorageThreads.stop(scheduler);
        } finally {
            logger.detachAppender(appender);
        }
        assertThat(lines).containsExactly("Background work failed by one", "Background work failed by the second time");
    }
}
