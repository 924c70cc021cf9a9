package io.millrace.broker.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Quotas;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.apache.zookeeper.txn.CreateTxn;
import org.apache.zookeeper.txn.TxnHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedZooKeeperTest {
    @TempDir
    Path dir;

    @Test
    void keepsWhatAClientWroteOverARestart() throws Exception {
        try (var server = started(dir);
                var client = client(server)) {
            client.create("/brokers", "kept".getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        }
        try (var server = started(dir);
                var client = client(server)) {
            assertThat(client.getData("/brokers", false, null)).asString().isEqualTo("kept");
        }
    }

    @Test
    void keepsNoCopiesOfChangesForFollowers() throws Exception {
        FileTxnSnapLog log = new FileTxnSnapLog(dir.toFile(), dir.toFile());
        try {
            var database = new EmbeddedZooKeeper.Database(log);
            TxnHeader header = new TxnHeader(1, 1, 1, 1, ZooDefs.OpCode.create);
            database.addCommittedProposal(new Request(1, 1, ZooDefs.OpCode.create, header, new CreateTxn(), 1));
            assertThat(database.getCommittedLog()).isEmpty();
        } finally {
            log.close();
        }
    }

    @Test
    void countsWhatAQuotaIsSetFor() throws Exception {
        try (var server = started(dir);
                var client = client(server)) {
            for (String path : List.of("/a", "/a/b", Quotas.quotaPath("/a"))) {
                client.create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            }
            client.create(
                    Quotas.limitPath("/a"),
                    "count=9,bytes=-1".getBytes(),
                    ZooDefs.Ids.OPEN_ACL_UNSAFE,
                    CreateMode.PERSISTENT);
            client.create(
                    Quotas.statPath("/a"),
                    "count=0,bytes=0".getBytes(),
                    ZooDefs.Ids.OPEN_ACL_UNSAFE,
                    CreateMode.PERSISTENT);
            client.create("/a/c", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            client.create("/other", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            assertThat(client.getData(Quotas.statPath("/a"), false, null))
                    .asString()
                    .contains("count=3");
        }
    }

    @Test
    void dropsAnEphemeralNodeWithItsSession() throws Exception {
        try (var server = started(dir);
                var watching = client(server)) {
            CountDownLatch gone = new CountDownLatch(1);
            try (var holder = client(server)) {
                holder.create("/controller", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
                assertThat(watching.exists("/controller", event -> gone.countDown()))
                        .isNotNull();
            }
            assertThat(gone.await(60, TimeUnit.SECONDS))
                    .as("the watch on /controller fired")
                    .isTrue();
        }
    }

    @Test
    void endsTheSessionOfAFormerLifeAtOnce() throws Exception {
        ZooKeeper killed;
        try (var server = started(dir)) {
            killed = client(server);
            killed.create("/ids", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            killed.create("/ids/1", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            killed.create("/controller", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        }
        try (var server = started(dir);
                var client = client(server)) {
            assertThat(client.exists("/ids/1", false))
                    .as("it outlives its client by the session timeout")
                    .isNotNull();
            server.endSessionOwning("/ids/1");
            assertThat(client.exists("/ids/1", false)).isNull();
            assertThat(client.exists("/controller", false)).isNull();
            server.endSessionOwning("/ids/1");
        } finally {
            killed.close(1);
        }
    }

    @Test
    void keepsAFewSnapshotsAndTheLogsTheyNeed() throws Exception {
        for (int start = 0; start < 8; start++) {
            try (var server = started(dir);
                    var client = client(server)) {
                client.create("/" + start, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            }
        }
        // Three are kept at the start, which then writes one more. The oldest may need the log that
        // was begun before it.
        assertThat(countOf("snapshot")).isEqualTo(4);
        assertThat(countOf("log")).isEqualTo(5);
        try (var server = started(dir);
                var client = client(server)) {
            assertThat(client.getChildren("/", false)).contains("0", "1", "2", "3", "4", "5", "6", "7");
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() throws Exception {
        try (var server = started(dir);
                var second = new EmbeddedZooKeeper(dir, 0)) {
            assertThatThrownBy(second::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(dir.toString())
                    .hasMessageContaining("in use by another broker");
            try (var client = client(server)) {
                assertThat(client.getChildren("/", false)).contains("zookeeper");
            }
        }
        started(dir).close();
    }

    @Test
    void saysWhyADirectoryCannotBeUsed() throws Exception {
        Path file = Files.createFile(dir.resolve("file"));
        for (Path wanted : List.of(file, file.resolve("below"))) {
            try (var refused = new EmbeddedZooKeeper(wanted, 0)) {
                assertThatThrownBy(refused::start)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("The ZooKeeper data directory " + wanted + " cannot be used: ")
                        .hasMessageContaining("embedded.zookeeper.data.dir")
                        .message()
                        .doesNotContain("Exception");
            }
        }
    }

    @Test
    void leavesTheDirectoryFreeWhenThePortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var refused = new EmbeddedZooKeeper(dir, taken.getLocalPort())) {
            assertThatThrownBy(refused::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ZooKeeper cannot listen on port " + taken.getLocalPort()
                            + " of this machine, as embedded.zookeeper.port has it");
        }
        started(dir).close();
    }

    @Test
    void leavesNoThreadAndNoManagementBeanBehind() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (var server = started(dir);
                var client = client(server)) {
            assertThat(ManagementFactory.getPlatformMBeanServer()
                            .queryNames(new ObjectName("org.apache.ZooKeeperService:*"), null))
                    .isEmpty();
        }
        List<String> servers = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> name.startsWith("NIOServerCxn")
                        || name.startsWith("SyncThread")
                        || name.startsWith("ProcessThread"))
                .toList();
        assertThat(servers).isEmpty();
    }

    private long countOf(String kind) throws IOException {
        try (var files = Files.list(dir.resolve("version-2"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(kind + "."))
                    .count();
        }
    }

    private static EmbeddedZooKeeper started(Path dir) throws IOException {
        EmbeddedZooKeeper server = new EmbeddedZooKeeper(dir, 0);
        server.start();
        return server;
    }

    private static ZooKeeper client(EmbeddedZooKeeper server) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(server.connectString(), 10_000, event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        assertThat(connected.await(60, TimeUnit.SECONDS))
                .as("connected to " + server.connectString())
                .isTrue();
        return client;
    }
}
