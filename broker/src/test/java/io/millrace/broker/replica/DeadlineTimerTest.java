package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class DeadlineTimerTest {
    @Test
    void tellsOfAnErrorAndCallsTheOthersNevertheless() {
        Error error = new StackOverflowError("made up");
        List<Error> told = new CopyOnWriteArrayList<>();
        List<String> called = new CopyOnWriteArrayList<>();
        try (DeadlineTimer timer = new DeadlineTimer(told::add)) {
            timer.schedule(
                    new Timeout() {
                        @Override
                        public void onTimeout() {
                            throw error;
                        }
                    },
                    0);
            timer.schedule(
                    new Timeout() {
                        @Override
                        public void onTimeout() {
                            called.add("another");
                        }
                    },
                    5);
            Await.await("the other is called", () -> !called.isEmpty());
        }
        assertThat(told).containsExactly(error);
    }
}
