package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ControllerLoopTest {
    private final List<Error> fatal = new CopyOnWriteArrayList<>();
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void goesOnAfterAnEventThatFails() {
        try (ControllerLoop loop = new ControllerLoop(fatal::add)) {
            loop.post(new ControllerEvent("failing", () -> {
                throw new IllegalStateException("cannot");
            }));
            loop.post(new ControllerEvent("next", () -> done.add("next")));

            await("the next event is dealt with", () -> !done.isEmpty());
            assertThat(fatal).isEmpty();
        }
    }

    @Test
    void tellsOfAnErrorAndDecidesNothingMore() throws InterruptedException {
        Error error = new OutOfMemoryError("made up");
        CountDownLatch posted = new CountDownLatch(1);
        try (ControllerLoop loop = new ControllerLoop(fatal::add)) {
            loop.post(new ControllerEvent("fatal", () -> {
                try {
                    posted.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw error;
            }));
            loop.post(new ControllerEvent("next", () -> done.add("next")));
            posted.countDown();

            await("the error is told", () -> fatal.equals(List.of(error)));
            assertThat(loop.post(new ControllerEvent("late", () -> done.add("late"))))
                    .isFalse();
        }
        assertThat(done).isEmpty();
    }
}
