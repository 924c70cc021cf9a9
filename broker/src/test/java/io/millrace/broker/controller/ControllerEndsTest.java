package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.ZkException;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignableTopic;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The term of a controller ends behind each of the writes that an event takes, in turn, and the next one makes everything as it should
 * be. Whoever asked for something asks again, as clients do.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ControllerEndsTest {
    private static final int MORE_THAN_ANY_EVENT_WRITES = 20;

    private final TestCluster cluster = new TestCluster();

    @BeforeAll
    void start() {
        cluster.startAll(4);
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    /** Something that a controller is asked for. */
    private interface Event {
        /** What there is before it. */
        void prepare(String topic);

        /** Asks once, whatever comes of it. */
        void ask(String topic);

        /** Whether it has come true, so that nobody asks again. */
        boolean isDone(String topic);

        /** Checks what is to be so then. */
        void check(String topic);
    }

    @Test
    void aTopicIsCreated() {
        endBehindEveryWrite("created", new Event() {
            @Override
            public void prepare(String topic) {}

            @Override
            public void ask(String topic) {
                create(topic, Map.of(0, List.of(2, 1), 1, List.of(3, 4)));
            }

            @Override
            public boolean isDone(String topic) {
                return exists("/brokers/topics/" + topic);
            }

            @Override
            public void check(String topic) {
                awaitTold(topic, 0, 2, 1);
                awaitTold(topic, 1, 3, 4);
            }
        });
    }

    @Test
    void aTopicGrows() {
        endBehindEveryWrite("grown", new Event() {
            @Override
            public void prepare(String topic) {
                create(topic, Map.of(0, List.of(2, 1)));
            }

            @Override
            public void ask(String topic) {
                admin().growTopic(topic, 2, List.of(List.of(3, 4)), false).join();
            }

            @Override
            public boolean isDone(String topic) {
                return cluster.assignment(topic, 1) != null;
            }

            @Override
            public void check(String topic) {
                awaitTold(topic, 0, 2, 1);
                awaitTold(topic, 1, 3, 4);
            }
        });
    }

    @Test
    void aTopicIsDeleted() {
        endBehindEveryWrite("deleted", new Event() {
            @Override
            public void prepare(String topic) {
                create(topic, Map.of(0, List.of(2, 1), 1, List.of(3, 4)));
                awaitTold(topic, 0, 2, 1);
                awaitTold(topic, 1, 3, 4);
            }

            @Override
            public void ask(String topic) {
                admin().deleteTopics(List.of(topic)).join();
            }

            @Override
            public boolean isDone(String topic) {
                return !exists("/brokers/topics/" + topic) || exists("/admin/delete_topics/" + topic);
            }

            @Override
            public void check(String topic) {
                await("the topic is gone", () -> !exists("/brokers/topics/" + topic));
                await("so is the request", () -> !exists("/admin/delete_topics/" + topic));
                assertThat(exists("/config/topics/" + topic)).isFalse();
                awaitDeleted(topic, 0, 2, 1);
                awaitDeleted(topic, 1, 3, 4);
            }
        });
    }

    @Test
    void aPartitionMoves() {
        endBehindEveryWrite("moved", new Event() {
            @Override
            public void prepare(String topic) {
                create(topic, Map.of(0, List.of(2, 1)));
                awaitTold(topic, 0, 2, 1);
            }

            @Override
            public void ask(String topic) {
                ReplicaAssignment now = cluster.assignment(topic, 0);
                if (!now.isBeingReassigned()) {
                    reassign(topic, 3, 4);
                } else {
                    // The leader has been told of all, or it would not propose them.
                    int leader = cluster.state(topic, 0).leader();
                    LeaderAndIsrPartitionState told = told(leader, topic, 0);
                    if (told != null && told.replicas.length == 4) {
                        cluster.propose(topic, 0, 2, 1, 3, 4)
                                .handle((answer, e) -> answer)
                                .join();
                    }
                }
            }

            @Override
            public boolean isDone(String topic) {
                return cluster.assignment(topic, 0).equals(ReplicaAssignment.of(List.of(3, 4)));
            }

            @Override
            public void check(String topic) {
                awaitTold(topic, 0, 3, 4);
                awaitDeleted(topic, 0, 2, 1);
            }
        });
    }

    @Test
    void aMoveIsTakenBack() {
        endBehindEveryWrite("back", new Event() {
            @Override
            public void prepare(String topic) {
                create(topic, Map.of(0, List.of(2, 1)));
                awaitTold(topic, 0, 2, 1);
                reassign(topic, 3, 4);
                awaitTold(topic, 0, 3, 4);
                cluster.proposeIsr(topic, 0, 2, 1, 3);
            }

            @Override
            public void ask(String topic) {
                reassign(topic, (int[]) null);
            }

            @Override
            public boolean isDone(String topic) {
                return !cluster.assignment(topic, 0).isBeingReassigned();
            }

            @Override
            public void check(String topic) {
                awaitTold(topic, 0, 2, 1);
                awaitDeleted(topic, 0, 3, 4);
                assertThat(cluster.assignment(topic, 0)).isEqualTo(ReplicaAssignment.of(List.of(2, 1)));
            }
        });
    }

    private void endBehindEveryWrite(String name, Event event) {
        for (int last = 0; last < MORE_THAN_ANY_EVENT_WRITES; last++) {
            String topic = name + "-" + last;
            event.prepare(topic);
            cluster.controller();
            AtomicBoolean ended = endBehind(last);
            boolean done = false;
            for (int attempt = 0; !done && attempt < 200; attempt++) {
                event.ask(topic);
                cluster.controller();
                done = event.isDone(topic);
            }
            assertThat(done).as("%s, ended behind write %d", topic, last).isTrue();
            event.check(topic);
            cluster.onWrite = (ops, write) -> write.run();
            if (!ended.get()) {
                assertThat(last).as("the event writes").isPositive();
                return;
            }
        }
        throw new AssertionError(name + " is never done with writing");
    }

    /** Ends the term behind its write with this number, from 0; what was sent before that has arrived. */
    private AtomicBoolean endBehind(int last) {
        AtomicInteger writes = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        cluster.onWrite = (ops, write) -> {
            write.run();
            if (writes.getAndIncrement() == last) {
                cluster.awaitDelivery();
                ended.set(true);
                throw new ZkException("the controller ends here", Code.CONNECTIONLOSS, -1, null);
            }
        };
        return ended;
    }

    private TopicAdmin admin() {
        return cluster.controller().controller().topicAdmin();
    }

    private void create(String topic, Map<Integer, List<Integer>> assignment) {
        admin().createTopics(List.of(new NewTopic(topic, -1, -1, assignment, Map.of("retention.ms", "7"))))
                .join();
    }

    private void reassign(String topic, int @Nullable ... replicas) {
        ReassignablePartition partition = new ReassignablePartition();
        partition.replicas = replicas;
        ReassignableTopic ofTopic = new ReassignableTopic();
        ofTopic.name = topic;
        ofTopic.partitions = List.of(partition);
        AlterPartitionReassignments.Request request = new AlterPartitionReassignments.Request();
        request.topics = List.of(ofTopic);
        cluster.controller()
                .controller()
                .partitionAdmin()
                .alterReassignments(request)
                .join();
    }

    private boolean exists(String path) {
        return cluster.znodes().read(path) != null;
    }

    private @Nullable LeaderAndIsrPartitionState told(int broker, String topic, int partition) {
        return cluster.brokers.get(broker).roles.get(new TopicPartition(topic, partition));
    }

    /** Waits until these replicas know the state that is on record, and who the replicas are. */
    private void awaitTold(String topic, int partition, int... replicas) {
        for (int broker : replicas) {
            await("broker " + broker + " knows what is on record of " + topic + "-" + partition, () -> {
                PartitionState state = cluster.state(topic, partition);
                LeaderAndIsrPartitionState told = told(broker, topic, partition);
                return state != null
                        && told != null
                        && state.leader() != PartitionState.NO_LEADER
                        && told.leader == state.leader()
                        && told.leaderEpoch == state.leaderEpoch()
                        && told.partitionEpoch == state.version()
                        && Arrays.stream(told.replicas)
                                .boxed()
                                .toList()
                                .equals(cluster.assignment(topic, partition).replicas());
            });
        }
    }

    private void awaitDeleted(String topic, int partition, int... replicas) {
        for (int broker : replicas) {
            await(
                    "broker " + broker + " has deleted " + topic + "-" + partition,
                    () -> cluster.brokers.get(broker).deleted.contains(new TopicPartition(topic, partition)));
        }
    }
}
