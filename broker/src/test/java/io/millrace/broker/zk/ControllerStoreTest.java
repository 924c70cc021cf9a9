package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.zk.ControllerStore.Term;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControllerStoreTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ZkSession session = zooKeeper.session();
    private final ZkSession otherSession = zooKeeper.session();
    private final Znodes znodes = session.znodes();
    private final ControllerStore store = new ControllerStore(znodes, Clock.systemUTC());
    private final ControllerStore otherStore = new ControllerStore(otherSession.znodes(), Clock.systemUTC());

    @BeforeEach
    void layOut() {
        PersistentPaths.ensure(znodes);
    }

    @AfterEach
    void stop() {
        session.close();
        otherSession.close();
        zooKeeper.close();
    }

    @Test
    void electsTheFirstAndRefusesTheSecond() {
        assertThat(store.elect(1)).isEqualTo(new Term(1, 1));
        assertThat(otherStore.elect(2)).isNull();
        assertThat(otherStore.controllerId(() -> {})).isEqualTo(1);
        assertThat(new String(znodes.read("/controller_epoch").data(), UTF_8)).isEqualTo("1");
    }

    @Test
    void knowsItsOwnTermWhenTheAnswerToTheElectionWasLost() {
        ControllerStore retrying = new ControllerStore(carryingOutTwice(znodes), Clock.systemUTC());

        assertThat(retrying.elect(1)).isEqualTo(new Term(1, 1));
    }

    @Test
    void tellsTheOthersWhenTheControllerGoes() {
        store.elect(1);
        AtomicInteger changes = new AtomicInteger();
        otherStore.controllerId(changes::incrementAndGet);

        session.close();

        await("the watch has fired", () -> changes.get() == 1);
        assertThat(otherStore.elect(2).epoch()).isEqualTo(2);
    }

    @Test
    void refusesEveryWriteOfAControllerThatWasReplaced() {
        FencedWriter zombie = new FencedWriter(znodes, store.elect(1));
        zombie.write(List.of(new ZnodeOp.Create("/a", null)));
        zooKeeper.expire(znodes.sessionId());
        await("another is elected", () -> otherStore.elect(2) != null);

        assertThatThrownBy(() -> zombie.write(List.of(new ZnodeOp.Create("/b", null))))
                .isInstanceOf(ControllerMovedException.class);
        assertThatThrownBy(() -> zombie.writeEach(List.of(new ZnodeOp.Create("/b", null))))
                .isInstanceOf(ControllerMovedException.class);

        assertThat(otherSession.znodes().read("/b")).isNull();
    }

    @Test
    void refusesEveryWriteOnceTheOfficeIsLostEvenIfNobodyElseHoldsIt() {
        FencedWriter writer = new FencedWriter(znodes, store.elect(1));
        writer.end();

        assertThatThrownBy(() -> writer.write(List.of(new ZnodeOp.Create("/b", null))))
                .isInstanceOf(ControllerMovedException.class);
        assertThat(znodes.read("/b")).isNull();
    }

    @Test
    void writesTheRestWhenOneOfManyIsRefused() {
        FencedWriter writer = new FencedWriter(znodes, store.elect(1));
        znodes.commit(List.of(new ZnodeOp.Create("/taken", "by another".getBytes(UTF_8))));

        boolean[] succeeded = writer.writeEach(List.of(
                new ZnodeOp.Create("/a", null),
                new ZnodeOp.Create("/taken", "mine".getBytes(UTF_8)),
                new ZnodeOp.SetData("/a", "1".getBytes(UTF_8), 0),
                new ZnodeOp.SetData("/a", "2".getBytes(UTF_8), 7)));

        assertThat(succeeded).containsExactly(true, false, true, false);
        assertThat(znodes.read("/taken").data()).isEqualTo("by another".getBytes(UTF_8));
    }

    @Test
    void countsTheEchoOfItsOwnWritesAsSuccess() {
        FencedWriter writer = new FencedWriter(znodes, store.elect(1));
        List<ZnodeOp> ops = List.of(
                new ZnodeOp.Create("/a", "1".getBytes(UTF_8)), new ZnodeOp.SetData("/a", "2".getBytes(UTF_8), 0));
        writer.writeEach(ops);
        znodes.overwrite("/a", "1".getBytes(UTF_8));

        assertThat(writer.writeEach(List.of(ops.get(0)))).containsExactly(true);
        assertThat(writer.writeEach(List.of(ops.get(1))))
                .as("somebody wrote in between")
                .containsExactly(false);
    }

    @Test
    void splitsWhatIsTooMuchForOneTransaction() {
        FencedWriter writer = new FencedWriter(znodes, store.elect(1));
        List<ZnodeOp> ops = new ArrayList<>();
        ops.add(new ZnodeOp.Create("/many", null));
        for (int i = 0; i < 30; i++) {
            ops.add(new ZnodeOp.Create("/many/" + i, new byte[100_000]));
        }

        assertThat(writer.writeEach(ops)).doesNotContain(false);

        assertThat(znodes.children("/many")).hasSize(30);
    }

    /** A connection that breaks after every transaction, before the answer, so that Curator sends it again. */
    private static Znodes carryingOutTwice(Znodes znodes) {
        return (Znodes) Proxy.newProxyInstance(
                Znodes.class.getClassLoader(), new Class<?>[] {Znodes.class}, (proxy, method, arguments) -> {
                    try {
                        if (method.getName().equals("commit")) {
                            method.invoke(znodes, arguments);
                        }
                        return method.invoke(znodes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
