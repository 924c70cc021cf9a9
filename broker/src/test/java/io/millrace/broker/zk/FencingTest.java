package io.millrace.broker.zk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.zk.ControllerStore.Term;
import io.millrace.protocol.TopicPartition;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who decides on what is no longer so, since its server of the ensemble lags or somebody else was faster, writes nothing. */
class FencingTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final MemoryZooKeeper zooKeeper = new MemoryZooKeeper(() -> 0);
    private final MemoryZnodes znodes = new MemoryZnodes(zooKeeper);
    private final MemoryZnodes lagging = new MemoryZnodes(zooKeeper);

    @BeforeEach
    void layOut() {
        PersistentPaths.ensure(znodes);
    }

    @Test
    void electsWithTheNewestEpochThoughItsServerLags() {
        electAnother(1);
        lagging.catchUp(lagging.behind());
        electAnother(2);
        assertThat(lagging.behind()).isPositive();

        assertThat(store(lagging).elect(3)).isEqualTo(new Term(3, 3));
    }

    @Test
    void electsNobodyWithTheEpochOfAnother() {
        electAnother(1);
        lagging.catchUp(lagging.behind());
        electAnother(2);

        assertThat(store(withoutSync(lagging)).elect(3)).isNull();
        assertThat(new String(zooKeeper.look(ZkPaths.CONTROLLER_EPOCH).data(), UTF_8))
                .isEqualTo("2");
        assertThat(zooKeeper.look(ZkPaths.CONTROLLER)).isNull();
    }

    @Test
    void replacesNoStateOfAPartitionThatAnotherHasWritten() {
        znodes.commit(List.of(
                new ZnodeOp.Create(ZkPaths.topic("t"), null),
                new ZnodeOp.Create(ZkPaths.partitions("t"), null),
                new ZnodeOp.Create(ZkPaths.partition("t", 0), null),
                PartitionStateStore.create(
                        PARTITION,
                        PartitionState.initial(1, List.of(1, 2, 3), 1).toJson())));
        PartitionState read =
                new PartitionStateStore(znodes).states(List.of(PARTITION)).get(PARTITION);
        znodes.commit(List.of(PartitionStateStore.replace(PARTITION, read.elect(2, List.of(2, 3), false))));

        assertThatThrownBy(() ->
                        znodes.commit(List.of(PartitionStateStore.replace(PARTITION, read.withIsr(List.of(1), false)))))
                .isInstanceOfSatisfying(
                        ZkException.class, e -> assertThat(e.code()).isEqualTo(Code.BADVERSION));
    }

    /** A controller comes and goes. */
    private void electAnother(int brokerId) {
        MemoryZnodes its = new MemoryZnodes(zooKeeper);
        assertThat(store(its).elect(brokerId)).isNotNull();
        zooKeeper.expire(its.sessionId());
    }

    private static ControllerStore store(Znodes znodes) {
        return new ControllerStore(znodes, Clock.systemUTC());
    }

    // Another may be elected right behind a sync.
    private static Znodes withoutSync(Znodes znodes) {
        return (Znodes) Proxy.newProxyInstance(
                Znodes.class.getClassLoader(), new Class<?>[] {Znodes.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("sync") ? null : method.invoke(znodes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
