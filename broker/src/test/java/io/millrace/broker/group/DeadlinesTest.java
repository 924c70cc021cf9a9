package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private final Deadlines deadlines = new Deadlines();
    private final List<String> expired = new ArrayList<>();

    @Test
    void expireInTheOrderOfTime() {
        deadline("c").set(30);
        deadline("a").set(10);
        deadline("b").set(20);

        deadlines.expire(20);
        assertThat(expired).containsExactly("a", "b");
        deadlines.expire(30);
        assertThat(expired).containsExactly("a", "b", "c");
        assertThat(deadlines.nextMs()).isEqualTo(Deadline.NEVER);
    }

    @Test
    void oneThatMovedToLaterDoesNotExpireEarlier() {
        Deadline deadline = deadline("a");
        deadline.set(10);
        deadline.set(50);

        deadlines.expire(49);
        assertThat(expired).isEmpty();
        assertThat(deadlines.nextMs()).isEqualTo(50);
        deadlines.expire(50);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void oneThatMovedForwardExpiresEarlier() {
        Deadline deadline = deadline("a");
        deadline.set(50);
        deadline.set(10);

        assertThat(deadlines.nextMs()).isEqualTo(10);
        deadlines.expire(10);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void oneThatWasCancelledLeavesNothingBehind() {
        Deadline deadline = deadline("a");
        deadline.set(10);
        deadline.cancel();

        assertThat(deadlines.nextMs()).isEqualTo(Deadline.NEVER);
        deadlines.expire(100);
        assertThat(expired).isEmpty();
    }

    @Test
    void oneThatSetsItselfAgainExpiresAgain() {
        Deadline[] self = new Deadline[1];
        self[0] = deadlines.create(() -> {
            expired.add("tick");
            self[0].set(self[0].atMs() == Deadline.NEVER && expired.size() < 3 ? 10L * (expired.size() + 1) : 1_000);
        });
        self[0].set(10);

        deadlines.expire(100);
        assertThat(expired).containsExactly("tick", "tick", "tick");
    }

    @Test
    void agreesWithASortedListWhateverIsDone() {
        for (int seed = 0; seed < 200; seed++) {
            expired.clear();
            agreesWithASortedList(new Random(seed));
        }
    }

    private void agreesWithASortedList(Random random) {
        Deadlines heap = new Deadlines();
        int count = 40;
        long[] due = new long[count];
        Arrays.fill(due, Deadline.NEVER);
        List<Integer> fired = new ArrayList<>();
        Deadline[] all = new Deadline[count];
        for (int i = 0; i < count; i++) {
            int number = i;
            all[i] = heap.create(() -> fired.add(number));
        }
        long now = 0;
        for (int step = 0; step < 400; step++) {
            int i = random.nextInt(count);
            switch (random.nextInt(4)) {
                case 0 -> {
                    all[i].cancel();
                    due[i] = Deadline.NEVER;
                }
                case 1 -> {
                    now += random.nextInt(20);
                    fired.clear();
                    heap.expire(now);
                    List<Integer> expected = new ArrayList<>();
                    for (int k = 0; k < count; k++) {
                        if (due[k] <= now) {
                            expected.add(k);
                            due[k] = Deadline.NEVER;
                        }
                    }
                    assertThat(fired).containsExactlyInAnyOrderElementsOf(expected);
                }
                default -> {
                    due[i] = now + random.nextInt(100);
                    all[i].set(due[i]);
                }
            }
        }
    }

    private Deadline deadline(String name) {
        return deadlines.create(() -> expired.add(name));
    }
}
