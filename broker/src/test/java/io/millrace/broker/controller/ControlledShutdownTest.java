package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.zk.PartitionState;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ControlledShutdown;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlledShutdownTest {
    private final TestCluster cluster = new TestCluster();

    @BeforeEach
    void start() {
        cluster.startAll(3);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void othersLeadAndTheBrokerIsInNoIsrBeforeItGoes() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1, 3), 1, List.of(1, 2, 3)));
        cluster.createTopic("others", Map.of(0, List.of(3, 1)));

        ControlledShutdown.Response answer = shutDown(2, cluster.brokerEpoch(2));

        assertThat(answer.errorCode).isZero();
        assertThat(answer.remainingPartitions).isEmpty();
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(1);
        assertThat(cluster.state("orders", 0).isr()).containsExactly(1, 3);
        assertThat(cluster.state("orders", 1).leader()).isEqualTo(1);
        assertThat(cluster.state("orders", 1).isr()).containsExactly(1, 3);
        assertThat(cluster.state("others", 0).leaderEpoch()).as("left alone").isZero();
        FakeBroker leaving = cluster.brokers.get(2);
        await("it has no part in anything", () -> leaving.stopped.size() == 2);
        assertThat(leaving.stopped.keySet()).containsExactlyInAnyOrder(partition(0), partition(1));
        assertThat(leaving.replicas.get(partition(0)).leader)
                .as("it does not follow what it led, so that nobody waits for it")
                .isEqualTo(2);
        assertThat(leaving.stopped.get(partition(1)).deletePartition).isFalse();
        assertThat(leaving.stopped.get(partition(1)).leaderEpoch)
                .as("the epoch under which it was decided")
                .isEqualTo(cluster.state("orders", 1).leaderEpoch());
        await("the next leader is told", () -> cluster.leaderToldTo(1, "orders", 0) == 1);
        await(
                "clients are told",
                () -> cluster.brokers.get(3).snapshot().partition("orders", 0).leader() == 1);
    }

    @Test
    void namesWhatNobodyElseCanLead() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));
        cluster.createTopic("alone", Map.of(0, List.of(2)));
        assertThat(cluster.proposeIsr("orders", 0, 2)).isEqualTo(ErrorCode.NONE);
        PartitionState before = cluster.state("orders", 0);

        ControlledShutdown.Response answer = shutDown(2, cluster.brokerEpoch(2));

        assertThat(answer.errorCode).isZero();
        assertThat(answer.remainingPartitions).hasSize(1);
        assertThat(answer.remainingPartitions.get(0).topicName).isEqualTo("orders");
        assertThat(cluster.state("orders", 0)).isEqualTo(before);
    }

    @Test
    void aBrokerThatIsAboutToStopIsNotElectedAndNotTakenIntoAnIsr() {
        cluster.createTopic("orders", Map.of(0, List.of(1, 2, 3)));
        shutDown(2, -1);
        shutDown(3, cluster.brokerEpoch(3));
        assertThat(cluster.state("orders", 0).isr()).containsExactly(1);

        assertThat(cluster.proposeIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(shutDown(1, cluster.brokerEpoch(1)).remainingPartitions).hasSize(1);
    }

    @Test
    void aBrokerThatComesBackIsAsGoodAsAnyOther() {
        cluster.createTopic("orders", Map.of(0, List.of(1, 2)));
        shutDown(2, cluster.brokerEpoch(2));
        cluster.kill(2);
        await("it is gone", () -> cluster.brokers.get(1).snapshot().broker(2) == null);
        cluster.start(2);
        await("it is back", () -> cluster.brokers.get(1).snapshot().broker(2) != null);

        assertThat(cluster.proposeIsr("orders", 0, 1, 2)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void refusesAFormerLifeAndAStranger() {
        cluster.createTopic("orders", Map.of(0, List.of(2, 1)));

        assertThat(shutDown(2, cluster.brokerEpoch(2) - 1).errorCode).isEqualTo(ErrorCode.STALE_BROKER_EPOCH.code());
        assertThat(shutDown(9, 1).errorCode).isEqualTo(ErrorCode.BROKER_NOT_AVAILABLE.code());
        assertThat(cluster.state("orders", 0).leader()).isEqualTo(2);
    }

    @Test
    void whatItStopsBeforeItGoesIsNotTakenForDeleted() {
        cluster.createTopic("orders", Map.of(0, List.of(1, 2)));
        CountDownLatch deleting = new CountDownLatch(1);
        FakeBroker leaving = cluster.brokers.get(2);
        leaving.onStop = () -> {
            try {
                deleting.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        shutDown(2, cluster.brokerEpoch(2));
        cluster.controller()
                .controller()
                .topicAdmin()
                .deleteTopics(List.of("orders"))
                .join();
        await(
                "it has begun",
                () -> cluster.controller()
                                .controller()
                                .topicAdmin()
                                .growTopic("orders", 2, List.of(), true)
                                .join()
                                .code()
                        == ErrorCode.INVALID_TOPIC_EXCEPTION);
        // What it is told second it does not do any more.
        leaving.onStop = () -> leaving.refusesToStop = leaving.stopped.containsKey(partition(0));
        deleting.countDown();

        await("it is told to delete", () -> {
            var told = leaving.stopped.get(partition(0));
            return told != null && told.deletePartition;
        });
        await("1 has deleted it", () -> cluster.brokers.get(1).deleted.contains(partition(0)));
        // Behind the answers on the controller's thread.
        shutDown(9, 1);
        assertThat(cluster.znodes().read("/brokers/topics/orders"))
                .as("until the log of 2 is gone, which nobody else would delete")
                .isNotNull();

        cluster.kill(2);
        cluster.start(2);
        await("the topic is gone", () -> cluster.znodes().read("/brokers/topics/orders") == null);
    }

    private ControlledShutdown.Response shutDown(int broker, long epoch) {
        ControlledShutdown.Request request = new ControlledShutdown.Request();
        request.brokerId = broker;
        request.brokerEpoch = epoch;
        return cluster.controller()
                .controller()
                .partitionAdmin()
                .controlledShutdown(request)
                .join();
    }

    private static TopicPartition partition(int number) {
        return new TopicPartition("orders", number);
    }
}
