package io.millrace.broker.loop;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LoopThreadTest {
    private static final long PATIENCE_MS = 30_000;
    private static final long NEVER_MS = 3_600_000;

    private final List<Error> fatal = new CopyOnWriteArrayList<>();
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void goesOnAfterATaskThatFails() {
        try (LoopThread loop = newLoop()) {
            loop.post("failing", () -> {
                throw new IllegalStateException("cannot");
            });
            loop.post("next", () -> done.add("next"));

            await("the next task is done", () -> !done.isEmpty());
            assertThat(fatal).isEmpty();
        }
    }

    @Test
    void holdsNoTaskThatIsDone() {
        try (LoopThread loop = newLoop()) {
            WeakReference<Object> known = postTaskThatKnowsSomething(loop);

            await("what the task knew can be collected", () -> {
                System.gc();
                return known.get() == null;
            });
        }
    }

    private WeakReference<Object> postTaskThatKnowsSomething(LoopThread loop) {
        Object something = new Object();
        loop.post("knowing", () -> done.add(something.toString()));
        return new WeakReference<>(something);
    }

    @Test
    void tellsOfAnErrorAndDoesNothingMore() {
        Error error = new OutOfMemoryError("made up");
        CountDownLatch posted = new CountDownLatch(1);
        try (LoopThread loop = newLoop()) {
            loop.post("fatal", () -> {
                awaitLatch(posted);
                throw error;
            });
            loop.post("next", () -> done.add("next"));
            loop.schedule("later", 1, () -> done.add("later"));
            posted.countDown();

            await("the error is told", () -> fatal.equals(List.of(error)));
            assertThat(loop.post("late", () -> done.add("late"))).isFalse();
        }
        assertThat(done).isEmpty();
    }

    @Test
    void runsScheduledTasksInTheOrderOfTheirTime() {
        try (LoopThread loop = newLoop()) {
            // Handed in by the loop itself, so that none is due before all are there.
            loop.post("schedule", () -> {
                loop.schedule("second", 20, () -> done.add("second"));
                loop.schedule("first", 10, () -> done.add("first"));
                loop.schedule("never", 15, () -> done.add("never")).cancel();
                loop.schedule("at once", 0, () -> done.add("at once"));
            });

            await("all are done", () -> done.size() == 3);
            assertThat(done).containsExactly("at once", "first", "second");
        }
    }

    @Test
    void doesWhatWasHandedInBeforeItWasClosedAndNothingElse() {
        CountDownLatch closing = new CountDownLatch(1);
        LoopThread loop = newLoop();
        loop.post("busy", () -> awaitLatch(closing));
        loop.post("waiting", () -> {
            assertThat(loop.post("late", () -> done.add("late"))).isFalse();
            done.add("waiting");
        });
        loop.schedule("far off", NEVER_MS, () -> done.add("far off"));
        Thread closer = new Thread(loop::close);
        closer.start();
        await("the loop takes nothing more", () -> !loop.post("probe", () -> {}));
        closing.countDown();
        join(closer);

        assertThat(done).contains("waiting").doesNotContain("late", "far off");
        assertThat(loop.post("late", () -> done.add("late"))).isFalse();
    }

    @Test
    void endsATaskThatWaitsForNothingWhenItIsInterrupted() {
        LoopThread loop = newLoop();
        CountDownLatch begun = new CountDownLatch(1);
        loop.post("stuck", () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                done.add("interrupted");
            }
        });
        awaitLatch(begun);

        loop.interrupt();
        loop.close();

        assertThat(done).containsExactly("interrupted");
    }

    private LoopThread newLoop() {
        return new LoopThread("test-loop", PATIENCE_MS, fatal::add);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
