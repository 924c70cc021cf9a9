package io.millrace.broker.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProducerIdBlocksTest {

    @Test
    void givesNoBlockTwice() {
        try (TestZooKeeper zooKeeper = new TestZooKeeper();
                ZkSession session = zooKeeper.session()) {
            PersistentPaths.ensure(session.znodes());
            assertThat(new ProducerIdBlocks(session.znodes(), 3, session.znodes()::commit).next())
                    .isZero();
            assertThat(JsonTree.parse(
                            session.znodes().read("/latest_producer_id_block").data()))
                    .isEqualTo(
                            JsonTree.parse("{\"version\":1,\"broker\":3,\"block_start\":\"0\",\"block_end\":\"999\"}"));

            Set<Long> starts = ConcurrentHashMap.newKeySet();
            IntStream.range(0, 4).parallel().forEach(broker -> {
                ProducerIdBlocks blocks = new ProducerIdBlocks(session.znodes(), broker, session.znodes()::commit);
                for (int i = 0; i < 5; i++) {
                    starts.add(blocks.next());
                }
            });

            assertThat(starts).hasSize(20).allMatch(start -> start % 1000 == 0 && start >= 1000 && start <= 20_000);
        }
    }
}
