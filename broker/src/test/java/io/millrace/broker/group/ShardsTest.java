package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.ListGroups;
import io.millrace.protocol.message.OffsetCommit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Groups go where their partition of the offsets topic goes. */
class ShardsTest {
    private static final int PARTITION = Shards.partitionOf(GROUP, TestGroups.PARTITIONS);

    private final VirtualLoop loop = new VirtualLoop();
    private final MemoryOffsetLog log = new MemoryOffsetLog(TestGroups.PARTITIONS);
    private final TestGroups first = new TestGroups(loop, log, TestGroups.config(Integer.MAX_VALUE));
    private final TestGroups second = new TestGroups(loop, log, TestGroups.config(Integer.MAX_VALUE));

    @Test
    void agreesWithKafkaOnThePartitionOfEveryGroup() throws IOException {
        int compared = 0;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(ShardsTest.class.getResourceAsStream("coordinator-partition.tsv")),
                StandardCharsets.UTF_8))) {
            lines.readLine();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t", -1);
                assertThat(Shards.partitionOf(fields[0], 50)).as(fields[0]).isEqualTo(Integer.parseInt(fields[3]));
                assertThat(Shards.partitionOf(fields[0], 3)).as(fields[0]).isEqualTo(Integer.parseInt(fields[4]));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(16);
    }

    @Test
    void sendsAwayWhoComesToABrokerThatDoesNotLead() {
        assertThat(TestGroups.outcome(first.commit("", -1, "t", 1))).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(first.heartbeat("m", 1)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(error(first.join("", null).get())).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(first.fetch(GROUP, "t").errorCode).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(first.describe().errorCode).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        assertThat(first.delete(GROUP).get().results.get(0).errorCode).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
    }

    @Test
    void isBusyUntilItKnowsHowManyPartitionsThereAre() {
        TestGroups early = new TestGroups(loop, new MemoryOffsetLog(0), TestGroups.config(10));
        assertThat(early.fetch(GROUP, "t").errorCode).isEqualTo(ErrorCode.NOT_COORDINATOR.code());
        early.elect(0, 1);
        assertThat(early.fetch(GROUP, "t").errorCode).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        assertThat(TestGroups.outcome(early.commit("", -1, "t", 1))).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    }

    @Test
    void isBusyWhileItReadsItsPartition() {
        log.holdReplays();
        first.elect(PARTITION, 1);

        assertThat(TestGroups.outcome(first.commit("", -1, "t", 1))).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(first.fetch(GROUP, "t").errorCode).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        assertThat(error(first.join("", null).get())).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(list(first).errorCode).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        // Old clients do not know that error here; both answers make them go on.
        assertThat(first.heartbeat("m", 1)).isEqualTo(ErrorCode.NONE);
        assertThat(ErrorCode.of(first.sync("m", 1, Map.of()).get().errorCode))
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);

        log.releaseReplays();
        loop.run();
        assertThat(first.committed("t")).isEqualTo(-1);
        assertThat(list(first).errorCode).isZero();
    }

    @Test
    void theNextCoordinatorHasTheMembersAndTheirOffsets() {
        first.elect(PARTITION, 1);
        List<String> members = first.stableGroup(3);
        assertThat(TestGroups.outcome(first.commit(members.get(1), 1, "t", 42))).isEqualTo(ErrorCode.NONE);

        first.coordinator.onResigned(PARTITION, 2);
        second.elect(PARTITION, 2);

        assertThat(second.state()).isEqualTo("Stable");
        assertThat(second.heartbeat(members.get(2), 1)).isEqualTo(ErrorCode.NONE);
        assertThat(second.committed("t")).isEqualTo(42);
        assertThat(TestGroups.text(second.sync(members.get(2), 1, Map.of()).get().assignment))
                .isEqualTo("part of " + members.get(2));
        assertThat(first.heartbeat(members.get(2), 1)).isEqualTo(ErrorCode.NOT_COORDINATOR);
    }

    @Test
    void membersThatDoNotFindTheNextCoordinatorAreGoneAfterTheirSession() {
        first.elect(PARTITION, 1);
        List<String> members = first.stableGroup(2);
        first.coordinator.onResigned(PARTITION, 2);
        second.elect(PARTITION, 2);

        loop.advance(TestGroups.SESSION_MS - 1);
        assertThat(second.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
        loop.advance(1);
        assertThat(second.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        assertThat(second.describe().members).hasSize(1);
    }

    @Test
    void whoWaitsIsSentAwayWhenTheLeadershipGoes() {
        first.elect(PARTITION, 1);
        Reply<JoinGroup.Response> waiting = first.joinNew();
        assertThat(waiting.isThere()).isFalse();

        first.coordinator.onResigned(PARTITION, 2);
        loop.run();

        assertThat(error(waiting.get())).isEqualTo(ErrorCode.NOT_COORDINATOR);
        loop.advance(TestGroups.RETENTION_CHECK_MS);
        assertThat(loop.isIdle()).as("nothing of the group is left").isTrue();
    }

    @Test
    void aCommitThatCameTooLateForTheLeadershipFails() {
        first.elect(PARTITION, 1);
        second.elect(PARTITION, 2);

        assertThat(TestGroups.outcome(first.commit("", -1, "t", 1))).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(second.committed("t")).isEqualTo(-1);
    }

    @Test
    void newsOfAnOldEpochChangeNothing() {
        first.elect(PARTITION, 5);
        first.commit("", -1, "t", 1);
        first.coordinator.onResigned(PARTITION, 4);
        loop.run();
        assertThat(first.committed("t")).isEqualTo(1);
        first.coordinator.onElected(PARTITION, 3);
        loop.run();
        assertThat(first.committed("t")).isEqualTo(1);
    }

    @Test
    void aLeadershipThatGoesOnKeepsItsRebalances() {
        first.elect(PARTITION, 5);
        Reply<JoinGroup.Response> waiting = first.joinNew();
        first.elect(PARTITION, 6);

        loop.advance(TestGroups.INITIAL_DELAY_MS);
        assertThat(error(waiting.get())).isEqualTo(ErrorCode.NONE);
        assertThat(TestGroups.outcome(first.commit(waiting.get().memberId, 1, "t", 1)))
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    }

    @Test
    void aLeadershipThatMayHaveBeenSomebodyElsesMeanwhileReadsAnew() {
        first.elect(PARTITION, 5);
        first.commit("", -1, "t", 1);
        second.elect(PARTITION, 6);
        second.commit("", -1, "t", 2);
        // The news that epoch 6 belongs to the other one never came.
        first.elect(PARTITION, 7);

        assertThat(first.committed("t")).isEqualTo(2);
    }

    @Test
    void triesAgainWhenItsPartitionCannotBeRead() {
        first.elect(PARTITION, 1);
        first.commit("", -1, "t", 1);
        log.failNextReplay(new IOException("on purpose"));
        second.elect(PARTITION, 2);

        assertThat(second.fetch(GROUP, "t").errorCode).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code());
        loop.advance(1_000);
        assertThat(second.committed("t")).isEqualTo(1);
    }

    @Test
    void anErrorWhileItsPartitionIsReadEndsTheGroupThread() {
        log.failNextReplay(new OutOfMemoryError("on purpose"));
        assertThatThrownBy(() -> first.elect(PARTITION, 1)).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void anOutcomeThatComesAfterTheLeadershipWentIsTold() {
        first.elect(PARTITION, 1);
        log.holdOutcomes();
        Reply<OffsetCommit.Response> commit = first.commit("", -1, "t", 1);
        first.coordinator.onResigned(PARTITION, 2);
        loop.run();
        assertThat(commit.isThere()).isFalse();

        log.releaseOutcomes();
        loop.run();
        assertThat(TestGroups.outcome(commit)).isEqualTo(ErrorCode.NONE);
        second.elect(PARTITION, 2);
        assertThat(second.committed("t")).isEqualTo(1);
    }

    @Test
    void aGroupLoadedWithTooManyMembersHasToShrink() {
        first.elect(PARTITION, 1);
        List<String> members = first.stableGroup(3);
        first.coordinator.onResigned(PARTITION, 2);
        TestGroups small = new TestGroups(loop, log, TestGroups.config(2));
        small.elect(PARTITION, 2);

        assertThat(small.state()).isEqualTo("PreparingRebalance");
        Reply<JoinGroup.Response> one = small.join(members.get(0), null);
        Reply<JoinGroup.Response> two = small.join(members.get(1), null);
        assertThat(error(small.join(members.get(2), null).get())).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        assertThat(error(one.get())).isEqualTo(ErrorCode.NONE);
        assertThat(error(two.get())).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void nobodyIsServedAfterTheClose() {
        first.elect(PARTITION, 1);
        Reply<JoinGroup.Response> waiting = first.joinNew();
        first.coordinator.close();
        loop.run();
        assertThat(error(waiting.get())).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(first.heartbeat("m", 1)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(TestGroups.error(list(first).errorCode)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(loop.isIdle()).isTrue();
    }

    private ListGroups.Response list(TestGroups groups) {
        Reply<ListGroups.Response> reply = new Reply<>();
        groups.coordinator.list(new ListGroups.Request(), reply);
        loop.run();
        return reply.get();
    }

    private static ErrorCode error(JoinGroup.Response response) {
        return ErrorCode.of(response.errorCode);
    }
}
