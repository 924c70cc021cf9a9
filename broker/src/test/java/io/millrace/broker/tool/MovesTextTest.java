package io.millrace.broker.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.millrace.broker.cluster.TestNodes;
import io.millrace.broker.tool.KafkaTool.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Partitions that move between three brokers, by our tool and by that of Kafka 3.9: both say the same at every stage. A move stays under
 * way as long as the test wants because the one broker that has the records is down.
 */
@Timeout(240)
class MovesTextTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private TestNodes nodes;

    @BeforeEach
    void start() throws Exception {
        nodes = new TestNodes(dir.resolve("nodes"), Map.of()).start(1, 2, 3);
        for (String name : List.of("name-a", "name-b")) {
            assertThat(ours("topics --create --topic " + name + " --replica-assignment 2,2")
                            .code())
                    .isZero();
        }
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    private String[] words(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--bootstrap-server", nodes.bootstrap()));
        return words.toArray(String[]::new);
    }

    private Said ours(String command) {
        return KafkaTool.ours("", words(command));
    }

    private Said same(String command) throws Exception {
        Said ours = ours(command);
        Said theirs = KafkaTool.theirs("", words(command));
        compare(command, ours, theirs);
        return ours;
    }

    /** Each tool has a topic of its own. */
    private Said sameWithNames(String command) throws Exception {
        Said ours = named("name-a", ours(command.replace("NAME", "name-a")));
        Said theirs = named("name-b", KafkaTool.theirs("", words(command.replace("NAME", "name-b"))));
        compare(command, ours, theirs);
        return ours;
    }

    /** Theirs names a class of Java, and goes on with where in the source it happened. */
    private void sameReason(String command) throws Exception {
        Said ours = named("name-a", ours(command.replace("NAME", "name-a")));
        Said theirs = named("name-b", KafkaTool.theirs("", words(command.replace("NAME", "name-b"))));
        String reason = theirs.out().lines().findFirst().orElseThrow().replaceFirst("org[.a-zA-Z]+Exception: ", "");
        assertThat(ours.out()).as("%s%n%s", command, theirs).startsWith(reason);
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    private static Said named(String name, Said said) {
        return new Said(said.out().replace(name, "NAME"), said.err().replace(name, "NAME"), said.code());
    }

    private static void compare(String command, Said ours, Said said) {
        // Kafka 3.9 has lost the line break after this one.
        String text = said.out().replaceFirst("moves are active\\.(?=$|C)", "moves are active.\n");
        Said theirs = new Said(text, said.err(), said.code());
        assertThat(ours.out()).as("%s%n%s%s", command, ours.err(), theirs.err()).isEqualTo(theirs.out());
        assertThat(ours.code()).as("exit code of %s", command).isEqualTo(theirs.code());
    }

    /** A file for each of the two names; its path, with NAME in it. */
    private String file(String what, String text) throws IOException {
        for (String name : List.of("name-a", "name-b")) {
            Files.writeString(dir.resolve(what + "-" + name + ".json"), text.replace("NAME", name));
        }
        return dir.resolve(what) + "-NAME.json";
    }

    private String plan(String what, String first, String second) throws IOException {
        return file(
                what,
                "{\"version\":1,\"partitions\":[{\"topic\":\"NAME\",\"partition\":0,\"replicas\":" + first
                        + "},{\"topic\":\"NAME\",\"partition\":1,\"replicas\":" + second + "}]}");
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                fail("Waited %s in vain until %s", LIMIT, what);
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    @Test
    void tellsOfMovesAtEveryStage() throws Exception {
        String plan = " --reassignment-json-file " + plan("plan", "[1,3]", "[3]");
        assertThat(sameWithNames("reassign-partitions --verify" + plan).out())
                .contains("replica set is 2 rather than 1,3");
        same("reassign-partitions --list");

        nodes.stop(2);
        sameWithNames("reassign-partitions --execute --additional" + plan);
        assertThat(same("reassign-partitions --list").out())
                .contains("name-a-0: replicas: 1,3,2. adding: 1,3. removing: 2.");
        assertThat(sameWithNames("reassign-partitions --verify" + plan).out()).contains("still in progress");
        Said refused = ours(("reassign-partitions --execute" + plan).replace("NAME", "name-a"));
        // Kafka's goes on with how to change a throttle.
        assertThat(KafkaTool.theirs("", words(("reassign-partitions --execute" + plan).replace("NAME", "name-a")))
                        .out())
                .startsWith(refused.out().stripTrailing());
        assertThat(refused.code()).isEqualTo(1);
        String other = " --reassignment-json-file " + plan("other", "[3,1]", "[1]");
        sameWithNames("reassign-partitions --execute --additional" + other);
        assertThat(sameWithNames("reassign-partitions --verify" + plan).out()).contains("still in progress");
        String unmoved = " --reassignment-json-file "
                + file(
                        "half",
                        "{\"version\":1,\"partitions\":[{\"topic\":\"NAME\",\"partition\":1,\"replicas\":[1]}]}");
        assertThat(sameWithNames("reassign-partitions --cancel --preserve-throttles" + unmoved)
                        .out())
                .contains("Successfully cancelled partition reassignment for: NAME-1");
        sameWithNames("reassign-partitions --cancel" + other);
        sameWithNames("reassign-partitions --cancel" + other);
        sameWithNames("reassign-partitions --verify" + other);
        same("reassign-partitions --list");

        sameWithNames("reassign-partitions --execute --additional" + plan);
        nodes.start(2, Map.of());
        await("all has arrived", () -> ours("reassign-partitions --list").out().startsWith("No "));
        assertThat(sameWithNames("reassign-partitions --verify" + plan).out()).contains("is completed");
        same("topics --describe --topic name-a");
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        for (String partitions : List.of(
                "",
                "{\"topic\":\"NAME\",\"partition\":0,\"replicas\":[]}",
                "{\"topic\":\"NAME\",\"partition\":0,\"replicas\":[1,1]}",
                "{\"topic\":\"NAME\",\"partition\":0,\"replicas\":[7]}",
                "{\"topic\":\"NAME\",\"partition\":9,\"replicas\":[1]}",
                "{\"topic\":\"away\",\"partition\":0,\"replicas\":[1]}")) {
            String plan =
                    " --reassignment-json-file " + file("bad", "{\"version\":1,\"partitions\":[" + partitions + "]}");
            sameReason("reassign-partitions --execute" + plan);
        }
    }

    @Test
    void plansForBrokers() throws Exception {
        String topics =
                " --topics-to-move-json-file " + file("topics", "{\"version\":1,\"topics\":[{\"topic\":\"NAME\"}]}");
        sameWithNames("reassign-partitions --generate --broker-list 3" + topics);
        sameReason("reassign-partitions --generate --broker-list 3,3" + topics);
        // Which broker comes first is left to chance.
        Said ours = ours(("reassign-partitions --generate --broker-list 1,3" + topics).replace("NAME", "name-a"));
        Said theirs = KafkaTool.theirs(
                "", words(("reassign-partitions --generate --broker-list 1,3" + topics).replace("NAME", "name-a")));
        assertThat(ours.out().replaceAll("\\[[13]]", "[B]"))
                .isEqualTo(theirs.out().replaceAll("\\[[13]]", "[B]"));
    }
}
