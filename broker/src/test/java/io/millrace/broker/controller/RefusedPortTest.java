package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.zk.ControllerStore;
import io.millrace.protocol.ErrorCode;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A broker refuses connections while its session in ZooKeeper goes on. */
class RefusedPortTest {
    private TestCluster cluster = new TestCluster();

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void othersLeadWhatTheyCanUntilThePortIsOpenAgain() {
        cluster.startAll(3);
        int refusing = anyBut(controller());
        int other = anyBut(controller(), refusing);
        cluster.createTopic("orders", Map.of(0, List.of(refusing, other), 1, List.of(other, refusing)));
        cluster.createTopic("alone", Map.of(0, List.of(refusing)));

        cluster.port(refusing, false);

        await("the other one leads", () -> cluster.state("orders", 0).leader() == other);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(other);
        await("it is in no ISR", () -> cluster.state("orders", 1).isr().equals(List.of(other)));
        assertThat(cluster.state("orders", 1).leader()).isEqualTo(other);
        assertThat(cluster.state("alone", 0).leader()).as("nobody else could").isEqualTo(refusing);
        assertThat(cluster.proposeIsr("orders", 0, other, refusing)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);

        cluster.port(refusing, true);

        await("it may be in sync again", () -> cluster.proposeIsr("orders", 0, other, refusing) == ErrorCode.NONE);
        assertThat(cluster.state("orders", 0).isr()).containsExactlyInAnyOrder(other, refusing);
    }

    @Test
    void theOnlyOneInSyncGoesOnLeadingWhateverElseHappens() {
        cluster.uncleanElection = true;
        cluster.startAll(3);
        int behind = controller();
        int refusing = anyBut(behind);
        int killed = anyBut(behind, refusing);
        cluster.createTopic("orders", Map.of(0, List.of(refusing, behind, killed)));
        assertThat(cluster.proposeIsr("orders", 0, refusing)).isEqualTo(ErrorCode.NONE);
        int epoch = cluster.state("orders", 0).leaderEpoch();

        cluster.port(refusing, false);
        cluster.kill(killed);

        await(
                "the death has been dealt with",
                () -> cluster.brokers.get(behind).snapshot().brokers().size() == 2);
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(refusing);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(refusing);
        assertThat(cluster.state("orders", 0).leaderEpoch()).isEqualTo(epoch);

        cluster.kill(refusing);

        await("its session has ended", () -> cluster.state("orders", 0).leader() == behind);
    }

    @Test
    void theOnlyOneInSyncMayTakeOthersIn() {
        cluster.startAll(2);
        int behind = controller();
        int refusing = anyBut(behind);
        cluster.createTopic("orders", Map.of(0, List.of(refusing, behind)));
        assertThat(cluster.proposeIsr("orders", 0, refusing)).isEqualTo(ErrorCode.NONE);

        cluster.port(refusing, false);

        assertThat(cluster.proposeIsr("orders", 0, refusing, behind)).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.state("orders", 0).isr()).contains(behind);
    }

    @Test
    void anotherIsElectedWhenTheControllerRefusesButOnlyOnce() {
        cluster.startAll(2);
        int first = controller();
        int second = anyBut(first);
        ControllerStore store = new ControllerStore(cluster.znodes(), Clock.systemUTC());
        await("somebody watches over the controller", () -> cluster.portWatches(first) > 0);
        int version = store.epochVersion();

        cluster.port(first, false);
        await("there is another term", () -> store.epochVersion() > version);

        // Whoever has won it: the one that deposed does not depose the same life of that broker again.
        if (controller() == first) {
            await("somebody watches again", () -> cluster.portWatches(first) > 0);
            int versionThen = store.epochVersion();
            cluster.port(first, false);
            cluster.createTopic("orders", Map.of(0, List.of(first, second)));
            assertThat(store.epochVersion()).isEqualTo(versionThen);
        }
    }

    @Test
    void nothingHappensWhereItIsSwitchedOff() {
        cluster.close();
        cluster = new TestCluster(
                new ControllerConfig(1, 1, true, true, false, new LeaderRebalanceConfig(false, 300_000, 10), false));
        cluster.startAll(2);
        int refusing = anyBut(controller());
        cluster.createTopic("orders", Map.of(0, List.of(refusing, controller())));
        cluster.port(refusing, false);
        // An event behind it has been dealt with, so it has been too.
        cluster.createTopic("behind", Map.of(0, List.of(controller())));
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(refusing);
        assertThat(cluster.portWatches(controller())).isZero();
    }

    private int controller() {
        return cluster.controller().id();
    }

    private static int anyBut(int... ids) {
        for (int id = 1; ; id++) {
            int candidate = id;
            if (Arrays.stream(ids).noneMatch(other -> other == candidate)) {
                return id;
            }
        }
    }
}
