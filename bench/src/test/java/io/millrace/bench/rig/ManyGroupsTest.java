package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.client.net.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many groups at once on one broker: members come, leave, crash and come again, and whatever happens to the one group, in each generation
 * of each every partition has one owner, and what was committed is there. {@code -Dmillrace.groups=200} takes so many groups.
 */
class ManyGroupsTest {
    private static final int GROUPS = Integer.getInteger("millrace.groups", 40);
    private static final int SIZE = 5;
    private static final int PARTITIONS = 10;

    /** Long enough for a busy machine; those that crash are missed only after it. */
    private static final int SESSION_TIMEOUT_MS = 4_000;

    @TempDir
    Path dir;

    @Test
    void everyGroupComesToRestWithEveryPartitionOwnedOnce() throws Exception {
        Map<String, String> settings = Map.of(
                "broker.id", "1",
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "log.dirs", dir.resolve("logs").toString(),
                "offsets.topic.num.partitions", "7",
                "group.min.session.timeout.ms", "1000",
                "group.initial.rebalance.delay.ms", "0");
        try (Broker broker = new Broker(BrokerConfig.parse(settings))) {
            broker.start();
            Endpoint endpoint = new Endpoint("127.0.0.1", broker.port("PLAINTEXT"));
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", endpoint.toString()));
                    GroupLoad load = new GroupLoad(endpoint, PARTITIONS, SESSION_TIMEOUT_MS)) {
                admin.createTopics(List.of(new NewTopic(LoadMember.TOPIC, PARTITIONS, (short) 1)))
                        .all()
                        .get();
                load.add(GROUPS, SIZE);
                Duration first = load.settle();
                load.commit(10);

                load.forEachGroup(ManyGroupsTest::disturb);
                Duration second = load.settle();
                load.commit(20);
                load.heartbeats(GROUPS * SIZE, Duration.ofMillis(500));

                assertThat(load.faults()).isEmpty();
                for (int group = 0; group < GROUPS; group += 7) {
                    assertThat(admin.listConsumerGroupOffsets("group-" + group)
                                    .partitionsToOffsetAndMetadata()
                                    .get()
                                    .values())
                            .hasSize(PARTITIONS)
                            .allMatch(offset -> offset.offset() == 20);
                }
                System.out.println(GROUPS + " groups of " + SIZE + " members were settled after " + first.toMillis()
                        + " ms, and " + second.toMillis() + " ms after one of each had left, crashed or come");
            }
        }
    }

    private static void disturb(LoadGroup group) {
        List<LoadMember> members = group.members();
        switch (Math.floorMod(group.id.hashCode(), 4)) {
            case 0 -> members.get(0).leave();
            case 1 -> members.get(members.size() - 1).crash();
            case 2 -> group.load.add(group, group.load.connect());
            default -> {
                members.get(1).leave();
                group.load.add(group, group.load.connect());
            }
        }
    }
}
