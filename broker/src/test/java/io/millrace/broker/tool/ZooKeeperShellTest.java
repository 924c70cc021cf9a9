package io.millrace.broker.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.broker.zk.TestZooKeeper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class ZooKeeperShellTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void fill() throws Exception {
        try (ZooKeeper client = new ZooKeeper(zooKeeper.connect(), 6_000, event -> {})) {
            create(client, "/a", "text \"quoted\"".getBytes(StandardCharsets.UTF_8));
            create(client, "/a/c", new byte[] {(byte) 0xff});
            create(client, "/a/b", null);
        }
    }

    private static void create(ZooKeeper client, String path, byte[] data) throws Exception {
        client.create(path, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    @AfterEach
    void stop() {
        zooKeeper.close();
    }

    @Test
    void answersWithOneDocumentOfJson() throws Exception {
        assertThat(json("ls", "/a").get("children").toString()).isEqualTo("[\"b\",\"c\"]");
        assertThat(json("ls", "-R", "/a").get("paths").toString()).isEqualTo("[\"/a\",\"/a/b\",\"/a/c\"]");
        assertThat(json("get", "/a").toString()).isEqualTo("{\"path\":\"/a\",\"data\":\"text \\\"quoted\\\"\"}");
        assertThat(json("get", "/a/b").get("data").isNull()).isTrue();
        assertThat(json("get", "/a/c").get("dataBase64").asText()).isEqualTo("/w==");
        JsonNode stat = json("get", "-s", "/a").get("stat");
        assertThat(stat.get("numChildren").asInt()).isEqualTo(2);
        assertThat(stat.get("dataLength").asInt()).isEqualTo(13);
        assertThat(json("stat", "/a").get("stat")).isEqualTo(stat);
        assertThat(run("", false, zooKeeper.connect() + "/a", "ls", "/", "--json"))
                .as("behind the command")
                .isZero();
        assertThat(text(out)).isEqualTo("{\"path\":\"/\",\"children\":[\"b\",\"c\"]}\n");
    }

    @Test
    void saysWhyThereIsNoDocument() throws Exception {
        refuse("Node does not exist: /nope\n", "get", "/nope");
        refuse("With --json there are ls [-s] [-R] PATH, get [-s] PATH and stat PATH, and no delete\n", "delete", "/a");
        refuse("With --json there are ls [-s] [-R] PATH, get [-s] PATH and stat PATH\n");
        refuse("With --json get takes [-s] PATH, and nothing else\n", "get", "-R", "/a");
        refuse("Path must start with / character\n", "get", "a");
    }

    private void refuse(String reason, String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of("--json", zooKeeper.connect()));
        words.addAll(List.of(command));
        assertThat(run("", false, words.toArray(String[]::new))).isEqualTo(1);
        assertThat(text(out)).isEmpty();
        assertThat(text(err)).isEqualTo(reason);
    }

    @Test
    void asksAPersonForCommands() throws Exception {
        assertThat(run("ls nope\nls /nope\n", true, zooKeeper.connect())).isEqualTo(1);
        assertThat(text(out)).contains("Welcome to ZooKeeper!", "[zk: " + zooKeeper.connect() + "(CONNECTED) 0] ");
        assertThat(run("ls /nope\n", false, zooKeeper.connect())).isEqualTo(1);
        assertThat(text(out)).doesNotContain("[zk: ");
    }

    @Test
    void takesAChrootWithASlashAtItsEndAndSaysThatThereIsNone() throws Exception {
        assertThat(run("", false, zooKeeper.connect() + "/a/", "stat", "/b")).isZero();
        assertThat(run("", false, zooKeeper.connect() + "/none", "ls", "/")).isEqualTo(1);
        assertThat(text(err))
                .isEqualTo("There is no node /none, below which everything is looked for; correct "
                        + zooKeeper.connect() + "/none, or create it\n");
        assertThat(run("", false, zooKeeper.connect() + "//a", "ls", "/")).isEqualTo(1);
        assertThat(text(err)).contains("must be host:port,host:port/chroot").doesNotContain("Exception");
    }

    private JsonNode json(String... command) throws Exception {
        List<String> words = new ArrayList<>(List.of(zooKeeper.connect(), "--json"));
        words.addAll(List.of(command));
        assertThat(run("", false, words.toArray(String[]::new))).as(text(err)).isZero();
        return new ObjectMapper().readTree(text(out));
    }

    private int run(String input, boolean prompting, String... args) throws Exception {
        out.reset();
        err.reset();
        return ZooKeeperShell.run(
                args,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                prompting);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
