package io.millrace.broker.group;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupThreadTest {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final GroupThread thread = new GroupThread(error -> events.add("fatal " + error.getMessage()));

    @BeforeEach
    void start() {
        thread.start();
    }

    @AfterEach
    void stop() {
        thread.close();
    }

    @Test
    void runsTasksInOrderOnAThreadOfItsName() {
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            thread.execute(() -> events.add(Thread.currentThread().getName() + " " + number));
        }
        await("all tasks have run", () -> events.size() == 1_000);
        assertThat(events).startsWith("group 0", "group 1", "group 2").endsWith("group 999");
    }

    @Test
    void wakesUpForADeadlineWithoutATask() {
        thread.execute(() -> thread.deadline(() -> events.add("due")).set(thread.nowMs() + 20));
        await("the deadline has come", () -> events.contains("due"));
    }

    @Test
    void goesOnAfterATaskThatFails() {
        thread.execute(() -> {
            throw new IllegalStateException("on purpose");
        });
        thread.execute(() -> thread.deadline(() -> {
                    throw new IllegalStateException("on purpose");
                })
                .set(thread.nowMs()));
        thread.execute(() -> events.add("next"));
        await("the next task has run", () -> events.contains("next"));
    }

    @Test
    void tellsOfAnErrorAndEnds() {
        thread.execute(() -> {
            throw new AssertionError("on purpose");
        });
        thread.execute(() -> events.add("next"));
        await("it is told", () -> events.contains("fatal on purpose"));
        thread.close();
        assertThat(events).containsExactly("fatal on purpose");
    }

    @Test
    void runsWhatCameBeforeItsClose() {
        for (int i = 0; i < 100; i++) {
            thread.execute(() -> events.add("task"));
        }
        thread.close();
        assertThat(events).hasSize(100);
    }
}
