package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.FreePorts;
import io.millrace.broker.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apache Kafka 3.9 started on a copy of our data, and ours on a copy of Kafka's: both have the same groups with the same members,
 * assignments and offsets, and a static member goes on in its generation.
 */
class GroupHandoverTest {
    private static final String TOPIC = "t";
    private static final int PARTITIONS = 4;
    private static final String ONGOING = "ongoing";
    private static final Map<String, String> SETTINGS = Map.of(
            "offsets.topic.num.partitions", "4",
            "offsets.topic.replication.factor", "1",
            "group.initial.rebalance.delay.ms", "0",
            "log.cleaner.dedupe.buffer.size", "2000000");

    @TempDir
    Path dir;

    @Test
    void groupsGoToKafkaAndBack() throws Exception {
        ServerProcess zooKeeper = ProcessCluster.zooKeeper(dir, null);
        try (zooKeeper) {
            zooKeeper.launch();
            zooKeeper.awaitServing();
            Map<String, String> ours = new HashMap<>(SETTINGS);
            ours.put("zookeeper.connect", zooKeeper.address());
            Map<String, String> before;
            Map<String, Generation> generations;
            try (TestBroker broker = TestBroker.start(dir.resolve("ours"), ours)) {
                try (Admin admin = admin(broker.bootstrap())) {
                    makeGroups(admin, broker.bootstrap());
                }
                generations = goOn(broker.bootstrap());
                before = groups(broker.bootstrap());
            }
            assertThat(before).hasSize(12);

            Path kafkaLogs = copy(dir.resolve("ours/logs"), dir.resolve("kafka/logs"));
            ServerProcess kafka = kafka(zooKeeper.address(), kafkaLogs);
            Map<String, String> atKafka;
            try (kafka) {
                kafka.launch();
                kafka.awaitListening();
                Await.await(
                        "Kafka has loaded the groups",
                        () -> groups(kafka.address()).equals(before));
                assertThat(goOn(kafka.address())).isEqualTo(generations);
                try (Admin admin = admin(kafka.address())) {
                    commit(admin, "of-kafka", Map.of(0, 5L));
                    admin.deleteConsumerGroups(Set.of("simple-1")).all().get();
                }
                atKafka = groups(kafka.address());
                kafka.stop();
            }
            assertThat(atKafka).containsKey("of-kafka").doesNotContainKey("simple-1");

            copy(kafkaLogs, dir.resolve("back/logs"));
            try (TestBroker broker = TestBroker.start(dir.resolve("back"), ours)) {
                broker.await(
                        "we have loaded the groups",
                        () -> groups(broker.bootstrap()).equals(atKafka));
                assertThat(goOn(broker.bootstrap())).isEqualTo(generations);
            }
        }
    }

    /** Groups of every kind: with static members, without any that are left, with offsets only, and deleted ones. */
    private static void makeGroups(Admin admin, String bootstrap) throws Exception {
        admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                .all()
                .get();
        for (int i = 0; i < 8; i++) {
            commit(admin, "simple-" + i, Map.of(0, (long) i, 1, 7L));
        }
        commit(admin, "größe \u2603", Map.of(2, 1L));
        commit(admin, "forgetful", Map.of(0, 1L, 1, 2L, 3, 3L));
        commit(admin, "forgetful", Map.of(1, 20L));
        admin.deleteConsumerGroupOffsets("forgetful", Set.of(new TopicPartition(TOPIC, 3)))
                .all()
                .get();
        commit(admin, "deleted", Map.of(0, 1L));
        admin.deleteConsumerGroups(Set.of("deleted")).all().get();
        try (KafkaConsumer<String, String> passing = consumer(bootstrap, "left", Map.of())) {
            passing.subscribe(List.of(TOPIC));
            awaitAssignments(List.of(passing));
            passing.commitSync(Map.of(new TopicPartition(TOPIC, 1), new OffsetAndMetadata(9)));
        }
    }

    private static void commit(Admin admin, String group, Map<Integer, Long> offsets) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        offsets.forEach((partition, offset) -> positions.put(
                new TopicPartition(TOPIC, partition), new OffsetAndMetadata(offset, Optional.of(3), "note " + offset)));
        admin.alterConsumerGroupOffsets(group, positions).all().get();
    }

    /** What a static member got back. */
    private record Generation(int id, Set<TopicPartition> assignment) {}

    /** Two static members come, or come back, and go without leaving. */
    private static Map<String, Generation> goOn(String bootstrap) {
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        try {
            for (String name : List.of("a", "b")) {
                KafkaConsumer<String, String> member =
                        consumer(bootstrap, ONGOING, Map.of("group.instance.id", name, "session.timeout.ms", "600000"));
                members.add(member);
                member.subscribe(List.of(TOPIC));
            }
            awaitAssignments(members);
            Map<String, Generation> generations = new TreeMap<>();
            for (KafkaConsumer<String, String> member : members) {
                generations.put(
                        member.groupMetadata().groupInstanceId().orElseThrow(),
                        new Generation(member.groupMetadata().generationId(), member.assignment()));
            }
            return generations;
        } finally {
            members.forEach(KafkaConsumer::close);
        }
    }

    private static void awaitAssignments(List<KafkaConsumer<String, String>> members) {
        Await.await("all partitions are assigned", () -> {
            int assigned = 0;
            boolean all = true;
            for (KafkaConsumer<String, String> member : members) {
                member.poll(Duration.ofMillis(20));
                assigned += member.assignment().size();
                all &= !member.assignment().isEmpty();
            }
            return all && assigned == PARTITIONS;
        });
    }

    /** Everything that an administrator can see of each group. */
    private static Map<String, String> groups(String bootstrap) throws Exception {
        try (Admin admin = admin(bootstrap)) {
            Map<String, ConsumerGroupListing> listed = new TreeMap<>();
            admin.listConsumerGroups().all().get().forEach(listing -> listed.put(listing.groupId(), listing));
            Map<String, ConsumerGroupDescription> described = admin.describeConsumerGroups(
                            listed.keySet(), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
                    .all()
                    .get();
            Map<String, ListConsumerGroupOffsetsSpec> all = new HashMap<>();
            listed.keySet().forEach(group -> all.put(group, new ListConsumerGroupOffsetsSpec()));
            Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets =
                    admin.listConsumerGroupOffsets(all).all().get();
            Map<String, String> groups = new TreeMap<>();
            listed.forEach((group, listing) -> {
                ConsumerGroupDescription description = described.get(group);
                Map<String, String> members = new TreeMap<>();
                for (MemberDescription member : description.members()) {
                    members.put(member.consumerId(), member.toString());
                }
                groups.put(
                        group,
                        listing + " " + description.partitionAssignor() + " " + description.authorizedOperations() + " "
                                + members + " " + new HashMap<>(offsets.get(group)));
            });
            return groups;
        }
    }

    private static Admin admin(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private static KafkaConsumer<String, String> consumer(String bootstrap, String group, Map<String, String> extra) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", group,
                "heartbeat.interval.ms", "100",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false"));
        settings.putAll(extra);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private ServerProcess kafka(String zooKeeper, Path logs) throws IOException {
        int port = FreePorts.next();
        Map<String, String> all = new HashMap<>(SETTINGS);
        all.putAll(Map.of(
                "broker.id",
                "1",
                "listeners",
                "PLAINTEXT://localhost:" + port,
                "log.dirs",
                logs.toString(),
                "zookeeper.connect",
                zooKeeper));
        StringBuilder text = new StringBuilder();
        all.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        Path config = Files.writeString(dir.resolve("kafka.properties"), text);
        List<String> options = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
        return new ServerProcess(
                "Kafka",
                ProcessCluster.command(
                        List.of(), System.getProperty("java.class.path"), options, "kafka.Kafka", config),
                dir.resolve("kafka.out"),
                "localhost",
                port);
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return to;
    }
}
