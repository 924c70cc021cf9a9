package io.millrace.broker.replica;

import static io.millrace.broker.replica.TestReplicas.batch;
import static io.millrace.broker.replica.TestReplicas.fetch;
import static io.millrace.broker.replica.TestReplicas.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broker 1 leads a partition with replicas 1, 2 and 3; the test is the followers and the controller. */
class IsrTest {
    private static final long LAG_MS = 30_000;
    private static final int EPOCH = 4;

    @TempDir
    Path dir;

    private final TestLoop loop = new TestLoop();
    private final List<IsrProposal> proposed = new ArrayList<>();
    private final Set<Integer> alive = new HashSet<>(Set.of(1, 2, 3));
    private LogManager logs;
    private Partition partition;

    @BeforeEach
    void start() throws Exception {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC());
        logs.lockDirs();
        logs.start(1, "s55IFEEGTjeRx610tWIVxg", topic -> LogConfig.DEFAULT).join();
        TopicPartition name = new TopicPartition("t", 0);
        ReplicaHost host = new ReplicaHost(1, LAG_MS, () -> 71, alive::contains, loop, proposed::add);
        partition = new Partition(name, host, logs.getOrCreate(name, Uuid.random(), LogConfig.DEFAULT), 2);
        partition.becomeLeader(state(1, EPOCH, 10, 1, 2, 3));
    }

    @AfterEach
    void stop() throws Exception {
        logs.close();
    }

    @Test
    void commitsOnlyWhatEveryReplicaInSyncHas() {
        append(10);
        follow(2, 10);
        assertThat(highWatermark()).isZero();
        follow(3, 7);
        assertThat(highWatermark()).isEqualTo(7);
        follow(3, 10);
        assertThat(highWatermark()).isEqualTo(10);
    }

    @Test
    void whatFollowersToldInAnotherEpochDoesNotCount() {
        append(10);
        follow(2, 10);
        follow(3, 5);
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2, 3));
        follow(3, 10);
        assertThat(highWatermark()).as("2 may have been cut since").isEqualTo(5);
        follow(2, 10);
        assertThat(highWatermark()).isEqualTo(10);
    }

    @Test
    void whoLagsLeavesAndFreesNothingBeforeTheControllerHasAgreed() {
        append(10);
        follow(2, 10);
        follow(3, 5);
        loop.advance(LAG_MS + 1);
        follow(2, 10);

        assertThat(proposed).hasSize(1);
        assertThat(proposed.get(0).isr()).containsExactly(1, 2);
        follow(2, 10);
        assertThat(highWatermark())
                .as("cut off from the controller it commits nothing")
                .isEqualTo(5);

        answer(ErrorCode.NONE, 11, 1, 2);
        assertThat(highWatermark()).isEqualTo(10);
        assertThat(partition.isCommitted(10)).isTrue();
    }

    @Test
    void aLeaderAloneAmongItsReplicasCommitsNothingByItself() {
        append(10);
        loop.advance(LAG_MS + 1);
        partition.maybeChangeIsr();

        assertThat(proposed.get(0).isr()).containsExactly(1);
        assertThat(highWatermark()).isZero();
        assertThat(partition.isCommitted(10)).isFalse();

        answer(ErrorCode.NONE, 11, 1);
        assertThat(highWatermark()).as("fewer in sync than min.insync.replicas").isZero();
        assertThatThrownBy(() -> append(1))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS));
    }

    @Test
    void looksAgainWhetherEnoughAreInSyncWhenItAcknowledges() {
        append(10);
        follow(2, 10);
        follow(3, 10);
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1));
        List<ErrorCode> outcomes = new ArrayList<>();
        try (DeadlineTimer timer = new DeadlineTimer(error -> {})) {
            DelayedAppend append = new DelayedAppend(timer) {
                @Override
                protected void onOutcome(int slot, ErrorCode error) {
                    outcomes.add(error);
                }

                @Override
                protected void onComplete() {}
            };
            append.add(partition, 10, 0);
            append.start(10_000);
        }
        assertThat(outcomes).containsExactly(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    }

    /**
     * It has all that is committed, which does not grow with so few in sync, but not all that is there. To take it in and have it
     * leave again at once would go on as fast as the controller can answer.
     */
    @Test
    void whoHasJoinedHasTheLagTimeToCatchUp() {
        append(10);
        follow(2, 5);
        follow(3, 5);
        loop.advance(LAG_MS + 1);
        follow(2, 5);
        assertThat(proposed.get(0).isr()).containsExactly(1);
        answer(ErrorCode.NONE, 11, 1);
        assertThat(highWatermark()).isEqualTo(5);
        assertThat(proposed.get(1).isr()).containsExactly(1, 2);
        answer(ErrorCode.NONE, 12, 1, 2);
        follow(2, 6);
        loop.advance(LAG_MS);
        follow(2, 7);
        assertThat(proposed).hasSize(2);

        loop.advance(1);
        follow(2, 8);
        assertThat(proposed).hasSize(3);
        assertThat(proposed.get(2).isr()).containsExactly(1);
    }

    /** The answer to the proposal was lost, and the next controller says what became of it. */
    @Test
    void soHasWhoHasJoinedByTheWordOfAController() {
        append(10);
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1));
        follow(2, 5);
        partition.updateLeader(state(1, EPOCH + 1, 21, 1, 2));
        assertThat(proposed).isEmpty();
        loop.advance(LAG_MS);
        follow(2, 7);
        assertThat(proposed).isEmpty();

        loop.advance(1);
        follow(2, 8);
        assertThat(proposed).hasSize(1);
        assertThat(proposed.get(0).isr()).containsExactly(1);
    }

    @Test
    void whoIsToJoinCountsFromTheProposalOn() {
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        append(10);
        loop.advance(LAG_MS + 1);
        follow(2, 10);
        assertThat(highWatermark()).isEqualTo(10);
        follow(3, 10);
        assertThat(proposed).hasSize(1);
        assertThat(proposed.get(0).isr()).containsExactly(1, 2, 3);

        append(5);
        loop.advance(LAG_MS + 1);
        follow(2, 15);
        assertThat(highWatermark())
                .as("3 may be in sync by now, and lacks this")
                .isEqualTo(10);
    }

    @Test
    void whoWasRefusedIsWaitedForNoLonger() {
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        append(10);
        follow(2, 10);
        follow(3, 10);
        append(5);
        follow(2, 15);
        assertThat(highWatermark()).as("3 is proposed").isEqualTo(10);

        answer(ErrorCode.INELIGIBLE_REPLICA, -1);

        assertThat(highWatermark()).isEqualTo(15);
    }

    @Test
    void whoIsRefusedAgainAndAgainIsProposedEverMoreSeldom() {
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        append(10);
        followAs(2, 82, 10);
        followAs(3, 93, 10);
        for (int tenths = 0; tenths < 600; tenths++) {
            if (partition.role().changing()) {
                answer(ErrorCode.INELIGIBLE_REPLICA, -1);
            }
            loop.advance(100);
            followAs(2, 82, 10);
            followAs(3, 93, 10);
        }
        assertThat(proposed).as("in a minute").hasSizeBetween(4, 8);

        int before = proposed.size();
        followAs(3, 94, 10);
        assertThat(proposed).as("another life").hasSize(before + 1);
    }

    @Test
    void whoIsGoneIsWaitedForNoLonger() {
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        append(10);
        follow(2, 10);
        alive.remove(3);
        follow(3, 10);
        append(5);
        follow(2, 15);
        assertThat(highWatermark()).isEqualTo(15);
    }

    @Test
    void namesTheBrokerEpochOfTheFetchThatShowedTheFollowerToBeInSync() {
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        append(10);
        assertThat(followAs(2, 82, 10)).isEqualTo(ErrorCode.NONE);
        assertThat(followAs(3, 93, 10)).isEqualTo(ErrorCode.NONE);

        IsrProposal proposal = proposed.get(0);
        assertThat(proposal.isr()).containsExactly(1, 2, 3);
        assertThat(proposal.brokerEpochs()).containsExactly(71, 82, 93);
        assertThat(proposal.leaderEpoch()).isEqualTo(EPOCH + 1);
        assertThat(proposal.partitionEpoch()).isEqualTo(20);
        assertThat(followAs(3, 92, 10)).as("a fetch of its former life").isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void joinsNobodyWhoIsNotAliveOrHasNotReachedTheBeginningOfTheEpoch() {
        append(10);
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2));
        follow(3, 9);
        assertThat(proposed).as("not where the epoch began").isEmpty();
        alive.remove(3);
        follow(3, 10);
        assertThat(proposed).as("not alive").isEmpty();
        alive.add(3);
        partition.maybeChangeIsr();
        assertThat(proposed).hasSize(1);
    }

    @Test
    void goesBackToWhatWasWhenTheControllerHasNotDoneIt() {
        append(10);
        follow(2, 10);
        loop.advance(LAG_MS + 1);
        follow(2, 10);
        answer(ErrorCode.INELIGIBLE_REPLICA, -1);

        assertThat(partition.role().isr()).containsExactly(1, 2, 3);
        assertThat(partition.role().changing()).isFalse();
        assertThat(proposed).hasSize(1);
        loop.advance(1_000);
        assertThat(proposed).as("tries again, after a while").hasSize(2);
    }

    @Test
    void waitsForTheControllerWhenItsProposalWasOvertaken() {
        append(10);
        loop.advance(LAG_MS + 1);
        partition.maybeChangeIsr();
        answer(ErrorCode.INVALID_UPDATE_VERSION, -1);
        loop.advance(60_000);
        partition.maybeChangeIsr();
        assertThat(proposed).as("what holds is not known").hasSize(1);

        partition.updateLeader(state(1, EPOCH, 12, 1, 2, 3));
        assertThat(proposed).hasSize(2);
        assertThat(proposed.get(1).partitionEpoch()).isEqualTo(12);
    }

    @Test
    void asksAgainWhatTheControllerCouldNotAnswer() {
        append(10);
        loop.advance(LAG_MS + 1);
        partition.maybeChangeIsr();
        answer(ErrorCode.UNKNOWN_SERVER_ERROR, -1);
        loop.advance(1_000);
        assertThat(proposed).hasSize(2);
        assertThat(proposed.get(1)).isSameAs(proposed.get(0));
    }

    @Test
    void anAnswerToAnEarlierEpochChangesNothing() {
        append(10);
        loop.advance(LAG_MS + 1);
        partition.maybeChangeIsr();
        partition.becomeLeader(state(1, EPOCH + 1, 20, 1, 2, 3));
        answer(ErrorCode.NONE, 11, 1);

        assertThat(partition.role().isr()).containsExactly(1, 2, 3);
        assertThat(partition.role().partitionEpoch()).isEqualTo(20);
    }

    @Test
    void whoLostCommittedRecordsIsInSyncNoLonger() {
        append(10);
        follow(2, 10);
        follow(3, 10);
        assertThat(highWatermark()).isEqualTo(10);

        follow(3, 4);
        assertThat(proposed).hasSize(1);
        assertThat(proposed.get(0).isr()).containsExactly(1, 2);
        assertThat(highWatermark()).isEqualTo(10);
    }

    @Test
    void aDeletionIsDoneWhenEveryLiveFollowerHasDeletedToo() {
        append(10);
        follow(2, 10);
        follow(3, 10);
        assertThat(partition.deleteRecords(6)).isEqualTo(6);
        try (DeadlineTimer timer = new DeadlineTimer(error -> {})) {
            List<ErrorCode> outcomes = deletion(timer, 6);
            followFromStart(2, 6);
            assertThat(outcomes).as("3 has not deleted anything yet").isEmpty();
            followFromStart(3, 5);
            assertThat(outcomes).isEmpty();
            followFromStart(3, 6);
            assertThat(outcomes).containsExactly(ErrorCode.NONE);
            assertThat(partition.lowWatermark()).isEqualTo(6);
        }
    }

    @Test
    void aDeletionDoesNotWaitForWhoIsGoneAndIsRefusedWithTheLeadership() {
        append(10);
        follow(2, 10);
        follow(3, 10);
        partition.deleteRecords(6);
        try (DeadlineTimer timer = new DeadlineTimer(error -> {})) {
            List<ErrorCode> outcomes = deletion(timer, 6);
            followFromStart(2, 6);
            alive.remove(3);
            partition.onIsrChanged();
            assertThat(outcomes).containsExactly(ErrorCode.NONE);

            partition.deleteRecords(8);
            List<ErrorCode> later = deletion(timer, 8);
            partition.becomeFollower(state(2, EPOCH + 1, 20, 1, 2));
            assertThat(later).containsExactly(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
    }

    private List<ErrorCode> deletion(DeadlineTimer timer, long offset) {
        List<ErrorCode> outcomes = new ArrayList<>();
        DelayedDeletion deletion = new DelayedDeletion(timer) {
            @Override
            protected void onOutcome(int slot, ErrorCode error) {
                outcomes.add(error);
            }

            @Override
            protected void onComplete() {}
        };
        deletion.add(partition, offset, 0);
        deletion.start(60_000);
        return outcomes;
    }

    private void followFromStart(int follower, long startOffset) {
        FollowerFetch fetch = new FollowerFetch() {
            @Override
            public long fetchOffset() {
                return 10;
            }

            @Override
            public long followerStartOffset() {
                return startOffset;
            }

            @Override
            public long lastFetchMs() {
                return loop.nowMs();
            }

            @Override
            public long beforeMs() {
                return loop.nowMs() - 1;
            }
        };
        assertThat(partition.onFollowerFetch(follower, -1, partition.leaderEpoch(), fetch))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void checksTheLeaderEpochOfAFetch() {
        assertThat(partition.onFollowerFetch(2, -1, EPOCH - 1, fetch(0, 0, 0)))
                .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(partition.onFollowerFetch(2, -1, EPOCH + 1, fetch(0, 0, 0)))
                .isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
        assertThat(partition.onFollowerFetch(7, -1, EPOCH, fetch(0, 0, 0))).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
        assertThat(partition.onFollowerFetch(7, -1, -1, fetch(0, 0, 0))).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aFollowerThatHasEverythingAndGoesOnAskingDoesNotFallBehind() {
        append(10);
        long[] lastRequestMs = {loop.nowMs()};
        FollowerFetch session = new FollowerFetch() {
            @Override
            public long fetchOffset() {
                return 10;
            }

            @Override
            public long followerStartOffset() {
                return 0;
            }

            @Override
            public long lastFetchMs() {
                return lastRequestMs[0];
            }

            @Override
            public long beforeMs() {
                return lastRequestMs[0];
            }
        };
        partition.onFollowerFetch(2, -1, EPOCH, session);
        partition.onFollowerFetch(3, -1, EPOCH, session);
        loop.advance(10 * LAG_MS);
        lastRequestMs[0] = loop.nowMs();
        append(1);
        partition.maybeChangeIsr();
        assertThat(proposed)
                .as("it asked a moment ago, when there was nothing new")
                .isEmpty();

        loop.advance(LAG_MS + 1);
        partition.maybeChangeIsr();
        assertThat(proposed).as("it does not ask any more").hasSize(1);
    }

    private void append(int records) {
        partition.appendAsLeader(batch(records), AppendOrigin.CLIENT, (short) -1, new AppendInfo());
    }

    private void follow(int follower, long offset) {
        assertThat(followAs(follower, -1, offset)).isEqualTo(ErrorCode.NONE);
    }

    private ErrorCode followAs(int follower, long brokerEpoch, long offset) {
        return partition.onFollowerFetch(
                follower, brokerEpoch, partition.leaderEpoch(), fetch(offset, loop.nowMs(), loop.nowMs() - 1));
    }

    private long highWatermark() {
        return partition.log().highWatermark();
    }

    private void answer(ErrorCode error, int partitionEpoch, int... isr) {
        IsrProposal last = proposed.get(proposed.size() - 1);
        last.onAnswer().accept(last, new IsrAnswer(error, last.leaderEpoch(), partitionEpoch, isr));
    }
}
