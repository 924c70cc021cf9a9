package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the rest of the broker may rely on, asked of the real ZooKeeper and of the one that simulations use. */
class ZnodesContractTest {

    @Nested
    class RealZooKeeper extends Contract {
        private final TestZooKeeper zooKeeper = new TestZooKeeper();
        private final List<ZkSession> sessions = new ArrayList<>();

        @Override
        Znodes connect() {
            ZkSession session = zooKeeper.session();
            sessions.add(session);
            return session.znodes();
        }

        @Override
        void expire(Znodes znodes) {
            zooKeeper.expire(znodes.sessionId());
        }

        @AfterEach
        void stop() {
            sessions.forEach(ZkSession::close);
            zooKeeper.close();
        }
    }

    @Nested
    class InMemory extends Contract {
        private final MemoryZooKeeper zooKeeper = new MemoryZooKeeper(() -> 0);
        private final List<MemoryZnodes> clients = new ArrayList<>();

        InMemory() {
            zooKeeper.addListener(() -> clients.forEach(client -> client.catchUp(client.behind())));
        }

        @Override
        Znodes connect() {
            MemoryZnodes znodes = new MemoryZnodes(zooKeeper);
            clients.add(znodes);
            return znodes;
        }

        @Override
        void expire(Znodes znodes) {
            zooKeeper.expire(znodes.sessionId());
        }

        @Test
        void showsThePastUntilItCatchesUp() {
            Znodes writer = new MemoryZnodes(zooKeeper);
            MemoryZnodes reader = new MemoryZnodes(zooKeeper);
            List<String> news = new ArrayList<>();
            assertThat(reader.read("/late", () -> news.add("made"))).isNull();
            writer.commit(List.of(new ZnodeOp.Create("/late", bytes("a"))));
            writer.overwrite("/late", bytes("b"));

            assertThat(reader.read("/late")).isNull();
            assertThat(news).isEmpty();
            reader.catchUp(1);
            assertThat(text(reader.read("/late"))).isEqualTo("a");
            assertThat(news).containsExactly("made");
            reader.sync("/late");
            assertThat(text(reader.read("/late"))).isEqualTo("b");
        }
    }

    abstract static class Contract {
        private final List<String> news = Collections.synchronizedList(new ArrayList<>());
        private @Nullable Znodes first;
        private @Nullable Znodes second;

        abstract Znodes connect();

        abstract void expire(Znodes znodes);

        /** The client that acts. */
        Znodes znodes() {
            Znodes present = first;
            return first = present == null ? connect() : present;
        }

        /** Another client, that sees what the first has done. */
        Znodes other() {
            Znodes present = second;
            second = present == null ? connect() : present;
            second.sync("/");
            return second;
        }

        @Test
        void readsWhatWasWritten() {
            create("/a", "1");
            Znode made = znodes().read("/a");
            assertThat(text(made)).isEqualTo("1");
            assertThat(made.version()).isZero();
            assertThat(made.ephemeralOwner()).isZero();
            assertThat(znodes().overwrite("/a", bytes("2"))).isEqualTo(1);
            Znode written = other().read("/a");
            assertThat(text(written)).isEqualTo("2");
            assertThat(written.czxid()).isEqualTo(made.czxid());
            assertThat(znodes().read("/b")).isNull();
            assertThat(znodes().readAll(List.of("/b", "/a")).get(0)).isNull();
            assertThat(text(znodes().readAll(List.of("/b", "/a")).get(1))).isEqualTo("2");
        }

        @Test
        void listsChildren() {
            create("/a", "");
            create("/ab", "");
            create("/a/x", "");
            create("/a/y", "");
            create("/a/x/deep", "");
            assertThat(znodes().children("/a")).containsExactlyInAnyOrder("x", "y");
            assertThat(znodes().children("/a/y")).isEmpty();
            assertThat(znodes().children("/missing")).isEmpty();
            assertThat(refused(() -> znodes().children("/missing", () -> {})).code())
                    .isEqualTo(Code.NONODE);
        }

        @Test
        void carriesOutAllStepsOrNone() {
            create("/fence", "");
            znodes().commit(List.of(
                    new ZnodeOp.Check("/fence", 0),
                    new ZnodeOp.Create("/a", bytes("1")),
                    new ZnodeOp.SetData("/a", bytes("2"), 0),
                    new ZnodeOp.Create("/a/b", null)));
            Znode a = znodes().read("/a");
            assertThat(a.version()).isEqualTo(1);
            assertThat(znodes().read("/a/b").czxid()).isEqualTo(a.czxid());

            assertThat(refusedStep(new ZnodeOp.SetData("/a", bytes("3"), 1), new ZnodeOp.Check("/fence", 1)))
                    .isEqualTo("1 BADVERSION");
            assertThat(text(znodes().read("/a"))).isEqualTo("2");
            assertThat(refusedStep(new ZnodeOp.Check("/fence", 0), new ZnodeOp.SetData("/a", bytes("3"), 0)))
                    .isEqualTo("1 BADVERSION");
            assertThat(refusedStep(new ZnodeOp.Create("/a", null))).isEqualTo("0 NODEEXISTS");
            assertThat(refusedStep(new ZnodeOp.Create("/none/a", null))).isEqualTo("0 NONODE");
            assertThat(refusedStep(new ZnodeOp.Delete("/a", ZnodeOp.ANY_VERSION)))
                    .isEqualTo("0 NOTEMPTY");
            assertThat(refusedStep(new ZnodeOp.Delete("/none", ZnodeOp.ANY_VERSION)))
                    .isEqualTo("0 NONODE");
            assertThat(refusedStep(new ZnodeOp.SetData("/none", bytes(""), 0))).isEqualTo("0 NONODE");
            assertThat(refusedStep(new ZnodeOp.Check("/none", 0))).isEqualTo("0 NONODE");
            assertThat(refused(() -> znodes().overwrite("/none", bytes(""))).code())
                    .isEqualTo(Code.NONODE);
            znodes().commit(List.of(
                    new ZnodeOp.Delete("/a/b", ZnodeOp.ANY_VERSION),
                    new ZnodeOp.Delete("/a", 1),
                    new ZnodeOp.Create("/a", null)));
            assertThat(znodes().read("/a").czxid()).isGreaterThan(a.czxid());
        }

        @Test
        void countsSequentialNodesUp() {
            create("/changes", "");
            String one = znodes().createSequential("/changes/change_", bytes("a"));
            String two = znodes().createSequential("/changes/change_", bytes("b"));
            assertThat(one).matches("/changes/change_\\d{10}");
            assertThat(two).isGreaterThan(one);
            znodes().commit(List.of(new ZnodeOp.Delete(two, ZnodeOp.ANY_VERSION)));
            assertThat(znodes().createSequential("/changes/change_", bytes("c")))
                    .isGreaterThan(two);
            assertThat(text(other().read(one))).isEqualTo("a");
        }

        @Test
        void endsEphemeralNodesWithTheirSession() {
            Znodes dying = connect();
            dying.commit(List.of(new ZnodeOp.CreateEphemeral("/here", bytes("x"))));
            assertThat(other().read("/here").ephemeralOwner()).isEqualTo(dying.sessionId());
            assertThat(refusedStep(new ZnodeOp.Create("/here/below", null))).isEqualTo("0 NOCHILDRENFOREPHEMERALS");
            other().read("/here", () -> news.add("gone"));
            other().children("/", () -> news.add("left"));
            expire(dying);
            awaitNews("gone", "left");
            assertThat(other().read("/here")).isNull();
        }

        @Test
        void tellsOnceOfTheNextChangeOfANode() {
            assertThat(other().read("/a", () -> news.add("made"))).isNull();
            create("/a", "1");
            awaitNews("made");
            znodes().overwrite("/a", bytes("2"));
            other().read("/a", () -> news.add("written"));
            other().read("/a", () -> news.add("written too"));
            znodes().overwrite("/a", bytes("3"));
            awaitNews("written", "written too");
            other().read("/a", () -> news.add("removed"));
            // Children are another matter.
            create("/a/b", "");
            znodes().commit(List.of(
                    new ZnodeOp.Delete("/a/b", ZnodeOp.ANY_VERSION), new ZnodeOp.Delete("/a", ZnodeOp.ANY_VERSION)));
            awaitNews("removed");
        }

        @Test
        void tellsOnceOfTheNextChangeOfChildren() {
            create("/a", "1");
            other().children("/a", () -> news.add("come"));
            znodes().overwrite("/a", bytes("2"));
            create("/a/x", "");
            awaitNews("come");
            other().children("/a", () -> news.add("gone"));
            znodes().overwrite("/a/x", bytes("3"));
            znodes().commit(List.of(new ZnodeOp.Delete("/a/x", ZnodeOp.ANY_VERSION)));
            awaitNews("gone");
            other().children("/a", () -> news.add("removed"));
            znodes().commit(List.of(new ZnodeOp.Delete("/a", ZnodeOp.ANY_VERSION)));
            awaitNews("removed");
        }

        @Test
        void keepsOneWatchForEqualReceiversAndNoneForWhatIsMissing() {
            create("/a", "1");
            create("/b", "1");
            Runnable same = () -> news.add("a");
            other().read("/a", same);
            other().read("/a", same);
            Znodes.PathWatch ofPath = path -> news.add("path " + path);
            other().readAll(List.of("/a", "/b", "/none"), ofPath);
            other().readAll(List.of("/a"), ofPath);
            znodes().overwrite("/a", bytes("2"));
            awaitNews("a", "path /a");
            znodes().overwrite("/b", bytes("2"));
            awaitNews("path /b");
            // One that was missing is not watched.
            create("/none", "");
            other().read("/none", () -> news.add("last"));
            znodes().overwrite("/none", bytes(""));
            awaitNews("last");
        }

        private void create(String path, String data) {
            znodes().commit(List.of(new ZnodeOp.Create(path, bytes(data))));
        }

        /** Waits for exactly these; more that come late spoil the next wait. */
        private void awaitNews(String... expected) {
            await("news " + List.of(expected) + " instead of " + news, () -> news.size() >= expected.length);
            assertThat(news).containsExactlyInAnyOrder(expected);
            news.clear();
        }

        private String refusedStep(ZnodeOp... ops) {
            ZkException e = refused(() -> znodes().commit(List.of(ops)));
            return e.failedOp() + " " + e.code();
        }

        private static ZkException refused(Runnable call) {
            return catchThrowableOfType(ZkException.class, call::run);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static @Nullable String text(@Nullable Znode node) {
        return node == null ? null : new String(node.data(), UTF_8);
    }
}
