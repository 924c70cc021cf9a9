package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FetchSetTest {
    private final FetchSet set = new FetchSet(false, false);

    @Test
    void givesWhatIsWantedAndWhatChangedInTurnAndOnce() {
        FetchedPartition zero = set.want(null, "t", 0);
        FetchedPartition one = set.want(null, "t", 1);
        set.want(null, "t", 0);
        assertThat(queued()).containsExactly(zero, one);
        assertThat(queued()).isEmpty();
        set.onChange(one, true, true, false);
        set.onChange(zero, true, true, false);
        set.onChange(one, true, true, false);
        assertThat(queued()).containsExactly(one, zero);
    }

    @Test
    void refusesToWaitIfAPartitionChangedSinceItWasLookedAt() {
        FetchedPartition partition = set.want(null, "t", 0);
        queued();
        set.onChange(partition, true, true, false);
        assertThat(set.await(null)).isFalse();
        queued();
        assertThat(set.await(null)).isTrue();
    }

    @Test
    void waitsOnThoughTheLogGrowsAsLongAsAConsumerMayNotSeeIt() {
        FetchedPartition partition = set.want(null, "t", 0);
        queued();
        set.onChange(partition, true, false, false);
        assertThat(set.await(null)).isTrue();
        assertThat(queued()).as("its news are told with the next answer").containsExactly(partition);
    }

    @Test
    void wakesAFollowerWhenTheLogGrows() {
        FetchSet followers = new FetchSet(false, true);
        FetchedPartition partition = followers.want(null, "t", 0);
        followers.takeQueued(new ArrayList<>());
        followers.onChange(partition, true, false, false);
        assertThat(followers.await(null)).isFalse();
    }

    @Test
    void forgetsAPartitionWhereverItIs() {
        set.want(null, "t", 0);
        FetchedPartition one = set.want(null, "t", 1);
        set.want(null, "t", 2);
        set.forget("t", 0);
        set.forget("t", 2);
        set.forget("u", 0);
        assertThat(set.size()).isEqualTo(1);
        assertThat(queued()).containsExactly(one);
        set.forget("t", 1);
        assertThat(set.size()).isZero();
    }

    private List<FetchedPartition> queued() {
        List<FetchedPartition> out = new ArrayList<>();
        set.takeQueued(out);
        return out;
    }
}
