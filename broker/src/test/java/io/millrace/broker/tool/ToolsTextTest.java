package io.millrace.broker.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.TestBroker;
import io.millrace.broker.tool.KafkaTool.Said;
import io.millrace.client.Consumer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same commands to our tools and to those of Kafka 3.9, against the same broker: what they print to the standard output and
 * the exit codes are the same.
 */
@Timeout(240)
class ToolsTextTest {
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private static TestBroker broker;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        broker = TestBroker.start(
                dir,
                Map.of(
                        "offsets.topic.replication.factor",
                        "1",
                        "offsets.topic.num.partitions",
                        "2",
                        "group.initial.rebalance.delay.ms",
                        "0"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static String[] words(String command) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(command);
        while (matcher.find()) {
            words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
        if (command.startsWith("consumer-groups")) {
            // Kafka gives up after five seconds, which a busy machine may need.
            words.addAll(List.of("--timeout", "60000"));
        }
        words.add("--bootstrap-server");
        words.add(broker.bootstrap());
        return words.toArray(String[]::new);
    }

    private static Said ours(String command) {
        return KafkaTool.ours("", words(command));
    }

    private static Said ours(String input, String command) {
        return KafkaTool.ours(input, words(command));
    }

    /** Both tools read, so both may be asked. */
    private static void same(String command) throws Exception {
        Said ours = KafkaTool.ours("", words(command));
        Said theirs = KafkaTool.theirs("", words(command));
        assertThat(ours.out()).as("%s%n%s%s", command, ours.err(), theirs.err()).isEqualTo(theirs.out());
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    /** Both tools change something, so each gets its own topic or group, called NAME in the command. */
    private static void sameWithNames(String command) throws Exception {
        Said ours = KafkaTool.ours("", words(command.replace("NAME", "name-a")));
        Said theirs = KafkaTool.theirs("", words(command.replace("NAME", "name-b")));
        assertThat(ours.out().replace("name-a", "NAME"))
                .as("%s%n%s%s", command, ours.err(), theirs.err())
                .isEqualTo(theirs.out().replace("name-b", "NAME"));
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    @Test
    void topics() throws Exception {
        sameWithNames("topics --create --topic NAME --partitions 3 --replication-factor 1");
        sameWithNames("topics --create --topic NAME --partitions 3 --replication-factor 1");
        sameWithNames("topics --create --topic NAME --if-not-exists");
        sameWithNames(
                "topics --create --topic NAME_dotted.x --config retention.ms=100000 --config cleanup.policy=compact");
        sameWithNames("topics --create --topic NAME-placed --replica-assignment 1,1");
        for (String bad : List.of(
                "--config retention.ms",
                "--replication-factor 3",
                "--replication-factor 0",
                "--partitions 0",
                "--replica-assignment 1:1")) {
            sameWithNames("topics --create --topic NAME-bad " + bad);
        }
        same("topics --create --topic ba/d");
        sameWithNames("topics --alter --topic NAME --partitions 4");
        sameWithNames("topics --alter --topic NAME --partitions 4");
        sameWithNames("topics --alter --topic NAME --partitions 2");
        sameWithNames("topics --alter --topic NAME-away --partitions 2 --if-exists");
        same("topics --list");
        same("topics --list --topic name-.");
        same("topics --describe --topic name-a");
        same("topics --describe --topic name-a_dotted.x");
        same("topics --describe --topic name-a_dotted.x --topics-with-overrides");
        String many =
                " --config cleanup.policy=compact,delete --config retention.ms=90000 --config min.insync.replicas=1"
                        + " --config unclean.leader.election.enable=true --config max.message.bytes=2000000"
                        + " --config segment.bytes=1000000 --config compression.type=zstd --config flush.ms=100000";
        sameWithNames("topics --create --topic NAME-many" + many);
        ours("configs --alter --broker-defaults --add-config log.retention.ms=7000000,log.segment.bytes=2000000");
        same("topics --describe --topic name-a-many");
        same("topics --describe --topic name-a");
        sameLines("topics --describe --topics-with-overrides");
        ours("configs --alter --broker-defaults --delete-config log.retention.ms,log.segment.bytes");
        same("topics --describe --topic name-a --at-min-isr-partitions");
        same("topics --describe --topic name-a --under-replicated-partitions");
        same("topics --describe --topic name-a --unavailable-partitions");
        same("topics --describe --topic away --if-exists");
        String id = ours("topics --describe --topic name-a").out().replaceFirst("(?s).*TopicId: (\\S+).*", "$1");
        same("topics --describe --topic-id " + id);
        for (String none : List.of("xyz", "0", id + "x", "-")) {
            assertThat(ours("topics --describe --topic-id " + none).err())
                    .startsWith("'" + none + "' is no id of a topic");
        }
        sameWithNames("topics --delete --topic NAME-placed");
        sameWithNames("topics --delete --topic NAME-placed --if-exists");
        same("topics");
    }

    /** What contradicts itself is refused before anything is done; Kafka's sentence is the first line, before its help. */
    private static void refusedAlike(String command) throws Exception {
        Said ours = ours(command);
        Said theirs = KafkaTool.theirs("", words(command));
        assertThat(ours.code())
                .as("exit code of %s", command)
                .isEqualTo(theirs.code())
                .isEqualTo(1);
        assertThat(ours.out()).as(command).isEqualTo(theirs.out());
        assertThat(ours.err().lines().findFirst())
                .as(command)
                .isEqualTo(theirs.err()
                        .lines()
                        .filter(line -> !line.startsWith("WARN: No action"))
                        .findFirst());
    }

    @Test
    void optionsOfGroupsThatContradictEachOther() throws Exception {
        ours("topics --create --topic asked");
        ours("a\n", "console-producer --topic asked");
        for (String group : List.of("kept-1", "kept-2")) {
            ours("console-consumer --topic asked --group " + group + " --from-beginning --max-messages 1");
        }
        for (String options : List.of(
                "--delete --group kept-1 --all-groups",
                "--delete --group kept-1 --topic asked",
                "--delete --topic asked",
                "--describe --group kept-1 --all-groups",
                "--describe --group kept-1 --topic asked",
                "--describe --group kept-1 --state Stable",
                "--describe --group kept-1 --members --state",
                "--list --group kept-1",
                "--list --topic asked",
                "--reset-offsets --group kept-1 --all-groups --topic asked --to-earliest",
                "--reset-offsets --group kept-1 --topic asked --to-earliest --execute --dry-run",
                "--delete-offsets --group kept-1 --all-groups --topic asked",
                "--delete --describe --group kept-1")) {
            refusedAlike("consumer-groups " + options);
        }
        Said all = ours(
                "consumer-groups --reset-offsets --group kept-1 --all-topics --topic asked --to-earliest --execute");
        assertThat(all.err()).startsWith("Option \"[topic]\" can't be used with option \"[all-topics]\"\n");
        assertThat(all.code()).isEqualTo(1);
        assertThat(ours("consumer-groups --list").out()).contains("kept-1\n", "kept-2\n");
        for (String group : List.of("kept-1", "kept-2")) {
            assertThat(ours("consumer-groups --describe --group " + group).out())
                    .as("the offset stays")
                    .containsPattern(group + " +asked +0 +1 +1 +0 ");
        }
    }

    @Test
    void optionsOfOtherToolsThatContradictEachOther(@TempDir Path dir) throws Exception {
        ours("topics --create --topic settled");
        for (String options : List.of(
                "--list --config a=b",
                "--list --topics-with-overrides",
                "--list --if-exists",
                "--create --topic x --delete-config a",
                "--create --topic x --under-replicated-partitions",
                "--create --topic x --exclude-internal",
                "--create --topic x --if-exists",
                "--create --topic x --replica-assignment 1 --partitions 3",
                "--create --topic x --replica-assignment 1 --replication-factor 1",
                "--delete --topic settled --exclude-internal",
                "--delete --topic settled --partitions 1",
                "--describe --under-replicated-partitions --topics-with-overrides",
                "--describe --topic settled --if-not-exists",
                "--alter --topic settled --partitions 3 --replication-factor 2",
                "--alter --topic settled --replica-assignment 1")) {
            refusedAlike("topics " + options);
        }
        for (String setting : List.of("--config retention.ms=1", "--delete-config retention.ms")) {
            assertThat(ours("topics --alter --topic settled " + setting).err())
                    .startsWith("Option \"[" + setting.substring(2, setting.indexOf(' '))
                            + "]\" can't be used with option \"[alter]\"; configs.sh --alter --topic settled changes");
        }
        refusedAlike("configs --describe --topic settled --add-config a=b");
        refusedAlike("configs --describe --topic settled --delete-config a");
        String plan = Files.writeString(
                        dir.resolve("plan.json"),
                        "{\"version\":1,\"partitions\":[{\"topic\":\"settled\",\"partition\":0,\"replicas\":[1]}]}")
                .toString();
        for (String options : List.of(
                "--execute --reassignment-json-file PLAN --topics-to-move-json-file PLAN",
                "--execute --reassignment-json-file PLAN --broker-list 1",
                "--execute --reassignment-json-file PLAN --disable-rack-aware",
                "--execute --reassignment-json-file PLAN --preserve-throttles",
                "--verify --reassignment-json-file PLAN --additional",
                "--verify --reassignment-json-file PLAN --throttle 5",
                "--verify --reassignment-json-file PLAN --timeout 5",
                "--cancel --reassignment-json-file PLAN --additional",
                "--generate --topics-to-move-json-file PLAN --broker-list 1 --reassignment-json-file PLAN",
                "--generate --topics-to-move-json-file PLAN --broker-list 1 --additional",
                "--list --reassignment-json-file PLAN",
                "--list --timeout 5",
                "--list --replica-alter-log-dirs-throttle 5")) {
            refusedAlike("reassign-partitions " + options.replace("PLAN", plan));
        }
        assertThat(ours("reassign-partitions --list --wait").err())
                .startsWith("Option \"[wait]\" can't be used with action \"[list]\"\n");
        for (String entities : List.of(
                "--entity-type topics --entity-name settled --topic other",
                "--topic settled --broker 1",
                "--topic settled --broker-defaults",
                "--broker 1 --broker-defaults",
                "--entity-type brokers --entity-name 1 --entity-default",
                "--entity-type topics --entity-default",
                "--entity-type brokers",
                "--entity-type topics")) {
            String command = "configs --alter " + entities + " --add-config log.retention.ms=7000001";
            assertThat(ours(command).code()).as(command).isEqualTo(1);
            assertThat(KafkaTool.theirs("", words(command)).code()).as(command).isEqualTo(1);
        }
        assertThat(ours("configs --describe --entity-type brokers").out()).doesNotContain("7000001");
        assertThat(ours("configs --alter --entity-type topics --add-config a=b").err())
                .isEqualTo("an entity name must be specified with --alter of topics: --entity-name or --topic\n");
        assertThat(ours("topics --list").out()).contains("settled\n");
    }

    @Test
    void configs() throws Exception {
        ours("topics --create --topic name-a");
        ours("topics --create --topic name-b");
        ours("topics --create --topic set-a --config retention.ms=5000000");
        sameWithNames(
                "configs --alter --entity-type topics --entity-name NAME --add-config retention.ms=1000,cleanup.policy=[compact,delete]");
        sameWithNames("configs --describe --entity-type topics --entity-name NAME");
        sameWithNames("configs --alter --topic NAME --delete-config retention.ms");
        sameWithNames("configs --alter --topic NAME --delete-config retention.ms");
        same("configs --describe --topic set-a --all");
        same("configs --describe --topic set-a");
        same("configs --describe --entity-type brokers");
        same("configs --describe --entity-type brokers --entity-name 1");
        same("configs --describe --entity-type brokers --entity-name 1 --all");
        same("configs --describe --broker-defaults");
        same("configs --alter --entity-type brokers --entity-default --add-config log.retention.ms=7000000");
        same("configs --describe --entity-type brokers --entity-default");
        ours("configs --alter --broker-defaults --delete-config log.retention.ms");
        sameWithNames("configs --alter --topic NAME --add-config foo=1");
        same("configs --describe");
    }

    @Test
    void consoles() throws Exception {
        ours("topics --create --topic lines");
        assertThat(ours("one\ntwo\n\nthree\n", "console-producer --topic lines").code())
                .isZero();
        KafkaTool.theirs("k1\tv1\nk2\tv2\tv3\n", words("console-producer --topic lines --property parse.key=true"));
        ours("k1\tv1\nk2\tv2\tv3\n", "console-producer --topic lines --property parse.key=true");
        String everything = "--property parse.key=true --property parse.headers=true --property key.separator=: "
                + "--property null.marker=NIL";
        String input = "h1:v1,h2:v2\tk:v\nNIL\tk2:NIL\nh3:NIL\tNIL:x\n";
        KafkaTool.theirs(input, words("console-producer --topic lines " + everything));
        ours(input, "console-producer --topic lines " + everything);
        ours("small\n", "console-producer --topic lines --compression-codec zstd --sync");
        assertThat(ours("nokey\n", "console-producer --topic lines --property parse.key=true"))
                .isEqualTo(new Said("", "No key separator found on line number 1: 'nokey'\n", 1));

        ours("topics --create --topic counted --config max.message.bytes=100");
        Said counted = ours("a\nb\n" + "c".repeat(200) + "\n", "console-producer --topic counted --sync --json");
        assertThat(counted.out()).isEqualTo("{\"topic\":\"counted\",\"sent\":2,\"failed\":1}\n");
        assertThat(counted.code()).isEqualTo(1);
        Said timed = KafkaTool.ours("", "end-to-end-latency", "--json", broker.bootstrap(), "timed", "2", "all", "10");
        assertThat(timed.out()).matches("\\{\"averageMs\":[^\n]*\"p999Ms\":[0-9]+}\n");
        assertThat(timed.err()).startsWith("Topic \"timed\" does not exist.");

        String all = "console-consumer --topic lines --from-beginning --max-messages 15";
        String printed = " --property print.timestamp=true --property print.key=true --property print.offset=true"
                + " --property print.partition=true --property print.headers=true";
        same(all);
        same(all + printed);
        same(all + printed + " --property key.separator=; --property headers.separator=| --property null.literal=NULL"
                + " --property line.separator=/");
        same(all + " --property print.key=true --property print.value=false");
        same("console-consumer --topic lines --partition 0 --offset 3 --max-messages 2");
        same("console-consumer --topic lines --partition 0 --offset earliest --max-messages 2");
        same("console-consumer --topic lines --partition 0 --offset latest --timeout-ms 200");
        same("console-consumer --topic lines --partition 0 --offset 3 --max-messages 2 --value-deserializer "
                + "org.apache.kafka.common.serialization.LongDeserializer");
        same("console-consumer --include 'li.*' --from-beginning --max-messages 4");
        same("console-consumer --topic lines --offset 3");
        for (int round = 0; round < 2; round++) {
            sameWithNames("console-consumer --topic lines --group group-NAME --from-beginning --max-messages 3");
        }
    }

    @Test
    void consoleConsumersLimitsThatAreNone() throws Exception {
        ours("topics --create --topic few");
        ours("one\ntwo\n", "console-producer --topic few");
        same("console-consumer --topic few --from-beginning --max-messages 2 --timeout-ms -1");
        same("console-consumer --topic few --from-beginning --max-messages -1 --timeout-ms 5000");
        same("console-consumer --topic few --from-beginning --max-messages 0");
        same("console-consumer --include few --whitelist other --from-beginning --max-messages 2");
        same("console-consumer --topic few --partition 0 --consumer-property group.id=some --max-messages 1");
    }

    @Test
    void whatGroupsHaveCommitted() throws Exception {
        ours("topics --create --topic watched");
        ours(
                "one\n:v\nk:v\n",
                "console-producer --topic watched --property parse.key=true --property key.separator=: "
                        + "--property ignore.error=true --property null.marker=NIL");
        ours("console-consumer --topic watched --group watchers --from-beginning --max-messages 3");
        ours("consumer-groups --delete --group watchers");
        String tools = "org.apache.kafka.tools.consumer.";
        for (int partition = 0; partition < 2; partition++) {
            String at = "__consumer_offsets:" + partition;
            String end = ours("get-offsets --topic-partitions " + at).out().strip();
            String read = "console-consumer --topic __consumer_offsets --partition " + partition
                    + " --offset earliest --max-messages " + end.substring(end.lastIndexOf(':') + 1) + " --formatter ";
            same(read + "kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter");
            for (String formatter : List.of("OffsetsMessageFormatter", "GroupMetadataMessageFormatter")) {
                Said ours = ours(read + tools + formatter);
                Said theirs = KafkaTool.theirs("", words(read + tools + formatter));
                assertThat(ours.out().replace("\n", "")).as(formatter).isEqualTo(theirs.out());
                assertThat(ours(read + tools + formatter + " --json").out()).isEqualTo(ours.out());
            }
        }
        for (int offset = 1; offset < 3; offset++) {
            assertThat(ours("console-consumer --topic watched --partition 0 --offset " + offset
                                    + " --max-messages 1 --formatter " + tools + "OffsetsMessageFormatter")
                            .err())
                    .contains("The record at offset " + offset + " of watched-0 is none of __consumer_offsets");
        }
    }

    /** The lines in any order: Kafka prints them in that of a hash map. */
    private static void sameLines(String command) throws Exception {
        Said ours = KafkaTool.ours("", words(command));
        Said theirs = KafkaTool.theirs("", words(command));
        assertThat(ours.out().lines().sorted())
                .as("%s%n%s%s", command, ours.err(), theirs.err())
                .containsExactlyElementsOf(theirs.out().lines().sorted().toList());
        assertThat(ours.err()).as("errors of %s", command).isEqualTo(theirs.err());
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    /** Like {@link #same}, where Kafka 3.9 prints a whole table on one line: there must be the same words. */
    private static void sameWords(String command) throws Exception {
        Said ours = KafkaTool.ours("", words(command));
        Said theirs = KafkaTool.theirs("", words(command));
        assertThat(ours.out().split("\\s+"))
                .as("%s%n%s%s", command, ours.err(), theirs.err())
                .containsExactlyInAnyOrder(theirs.out().split("\\s+"));
        assertThat(ours.err()).as("errors of %s", command).isEqualTo(theirs.err());
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    @Test
    void groups(@TempDir Path dir) throws Exception {
        ours("topics --create --topic read --partitions 3");
        ours("a\nb\nc\nd\ne\nf\n", "console-producer --topic read");
        ours("console-consumer --topic read --group empty --from-beginning --max-messages 4");
        try (Consumer<String, String> live = Consumer.ofStrings(broker.bootstrap(), "live")) {
            live.subscribe(List.of("read"));
            broker.await("the group is there", () -> {
                live.poll(Duration.ofMillis(100));
                return live.assignment().size() == 3;
            });
            live.commitSync();
            sameLines("consumer-groups --list");
            sameLines("consumer-groups --list --state Stable,empty --type");
            sameLines("consumer-groups --describe --group live");
            sameLines("consumer-groups --describe --members --group live");
            String assigned = "consumer-groups --describe --members --verbose --group live";
            // Kafka 3.9 has lost the name of the topic here.
            assertThat(ours(assigned).out().replace("read(0,1,2)", "(0,1,2)"))
                    .isEqualTo(KafkaTool.theirs("", words(assigned)).out());
            for (String what : List.of("--offsets", "--members", "--state")) {
                sameLines("consumer-groups --describe --group empty --verbose " + what);
            }
            for (String what : List.of("", "--offsets", "--members", "--state")) {
                String command = "consumer-groups --describe --group away " + what;
                Said said = ours(command);
                assertThat(said.out())
                        .as(command)
                        .isEqualTo(KafkaTool.theirs("", words(command)).out());
                assertThat(said.code()).as(command).isEqualTo(1);
                assertThat(ours(command + " --json"))
                        .as(command)
                        .isEqualTo(new Said("[]\n", "Error: Consumer group 'away' does not exist.\n", 1));
            }
            assertThat(ours("consumer-groups --delete-offsets --group away --topic read"))
                    .isEqualTo(new Said("\nError: 'away' does not exist.\n", "", 1));
            assertThat(ours("consumer-groups --delete-offsets --group away --topic read --json"))
                    .isEqualTo(new Said("", "Error: 'away' does not exist.\n", 1));
            sameLines("consumer-groups --describe --all-groups --state");
            assertThat(ours("consumer-groups --delete --group live").out())
                    .isEqualTo(
                            "\nError: Deletion of some consumer groups failed:\n"
                                    + "* Group 'live' could not be deleted due to: Cannot delete group live [NON_EMPTY_GROUP]\n");
        }
        for (String how : List.of(
                "--to-earliest --execute",
                "--shift-by 1 --dry-run",
                "--to-offset 1 --execute",
                "--to-latest --execute",
                "--to-current --dry-run",
                "--to-datetime 2090-01-01T00:00:00.000+01 --dry-run",
                "--by-duration P1D --dry-run")) {
            sameWords("consumer-groups --reset-offsets --group empty --topic read " + how);
        }
        sameWords("consumer-groups --reset-offsets --group empty --topic read:0,2 --to-earliest");
        sameWords("consumer-groups --reset-offsets --group empty --all-topics --to-earliest --execute");
        Path file = Files.writeString(dir.resolve("offsets.csv"), "read,0,1\nread,2,0\n");
        sameLines("consumer-groups --reset-offsets --group empty --dry-run --export --from-file " + file);
        sameWords("consumer-groups --delete-offsets --group empty --topic read:0");
        ours("consumer-groups --reset-offsets --group name-a --topic read --to-earliest --execute");
        ours("consumer-groups --reset-offsets --group name-b --topic read --to-earliest --execute");
        sameWithNames("consumer-groups --delete --group NAME");
        same("consumer-groups --describe");
    }

    /** What log-dirs says, with the partitions of a directory in order: Kafka prints them in that of a hash map. */
    private static String partitionsOf(String said) {
        Matcher list = Pattern.compile("\\[(\\{\"partition\":[^]]*)]").matcher(said);
        assertThat(list.find()).as(said).isTrue();
        List<String> sorted =
                Pattern.compile("(?<=}),").splitAsStream(list.group(1)).sorted().toList();
        return said.replace(list.group(1), String.join(",", sorted));
    }

    @Test
    void offsetsAndLogs(@TempDir Path dir) throws Exception {
        ours("topics --create --topic kept --partitions 11");
        ours("a\nb\nc\nd\ne\nf\n", "console-producer --topic kept");
        for (String which : List.of(
                "--topic kept",
                "--topic kept --time earliest",
                "--topic kept --time -3",
                "--topic kept --time 1500000000000",
                "--topic kept --time 2500000000000",
                "--topic kept --time soon",
                "--topic kept --partitions 0,2",
                "--topic kept --partitions 77",
                "--topic-partitions ke.*:0-2",
                "--topic-partitions kept:10,kept:-2",
                "--topic away")) {
            same("get-offsets " + which);
        }
        String command = "log-dirs --describe --topic-list kept";
        assertThat(partitionsOf(ours(command).out()))
                .isEqualTo(partitionsOf(KafkaTool.theirs("", words(command)).out()));
        same("log-dirs --describe --broker-list 1,7");
        Path file = Files.writeString(
                dir.resolve("before.json"),
                "{\"version\":1,\"partitions\":[{\"topic\":\"kept\",\"partition\":0,\"offset\":0}]}");
        same("delete-records --offset-json-file " + file);
        same("broker-api-versions");
    }

    @Test
    void electionsAndMoves(@TempDir Path dir) throws Exception {
        ours("topics --create --topic moved --partitions 2");
        for (String which : List.of(
                "--election-type preferred --topic moved --partition 0",
                "--election-type unclean --topic moved --partition 1",
                "--election-type preferred --all-topic-partitions",
                "--election-type preferred",
                "--election-type best --topic moved --partition 0")) {
            same("leader-election " + which);
        }
        Path topics =
                Files.writeString(dir.resolve("topics.json"), "{\"version\":1,\"topics\":[{\"topic\":\"moved\"}]}");
        same("reassign-partitions --generate --broker-list 1 --topics-to-move-json-file " + topics);
        same("reassign-partitions --list");
        Path plan = Files.writeString(
                dir.resolve("plan.json"),
                "{\"version\":1,\"partitions\":[{\"topic\":\"moved\",\"partition\":0,\"replicas\":[1]},"
                        + "{\"topic\":\"moved\",\"partition\":1,\"replicas\":[1]}]}");
        same("reassign-partitions --execute --reassignment-json-file " + plan);
        broker.await(
                "nothing moves", () -> ours("reassign-partitions --list").out().startsWith("No "));
        same("reassign-partitions --verify --reassignment-json-file " + plan);
        same("reassign-partitions --verify --preserve-throttles --reassignment-json-file " + plan);
        sameLines("reassign-partitions --cancel --preserve-throttles --reassignment-json-file " + plan);
    }
}
