package io.millrace.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartitionerTest {
    private static final byte[] VALUE = {1};

    @Test
    void takesPartitionsInTurnWithoutAKey() {
        Partitioner partitioner = Partitioner.roundRobin();
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            chosen.add(partitioner.partition("t", null, VALUE, 3));
        }
        assertThat(chosen).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @Test
    void countsTopicsApart() {
        Partitioner partitioner = Partitioner.roundRobin();
        partitioner.partition("a", null, VALUE, 3);
        assertThat(partitioner.partition("b", null, VALUE, 3)).isZero();
    }

    @Test
    void staysUntilABatchIsFullAndThenGoesElsewhere() {
        Partitioner partitioner = Partitioner.sticky();
        int first = partitioner.partition("t", null, VALUE, 5);
        for (int i = 0; i < 10; i++) {
            assertThat(partitioner.partition("t", null, VALUE, 5)).isEqualTo(first);
        }
        partitioner.onNewBatch("t", first, 5);
        assertThat(partitioner.partition("t", null, VALUE, 5))
                .isNotEqualTo(first)
                .isBetween(0, 4);
    }

    @Test
    void keepsKeysTogetherHoweverItSpreadsTheRest() {
        byte[] key = {7, 7};
        int expected = KeyHash.partition(key, 5);
        Partitioner sticky = Partitioner.sticky();
        sticky.onNewBatch("t", expected, 5);
        assertThat(sticky.partition("t", key, VALUE, 5)).isEqualTo(expected);
        assertThat(Partitioner.roundRobin().partition("t", key, VALUE, 5)).isEqualTo(expected);
    }
}
