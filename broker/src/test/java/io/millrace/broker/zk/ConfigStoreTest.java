package io.millrace.broker.zk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConfigStoreTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ZkSession session = zooKeeper.session();
    private final ConfigStore store = new ConfigStore(session.znodes());

    @AfterEach
    void stop() {
        session.close();
        zooKeeper.close();
    }

    @Test
    void letsANodeThatCannotBeUnderstoodHarmNobodyButWhoWouldOverwriteIt() {
        PersistentPaths.ensure(session.znodes());
        store.change(ConfigEntity.topic("good"), Map.of("retention.ms", "1"));
        session.znodes().commit(List.of(new ZnodeOp.Create("/config/topics/bad", "{no json".getBytes(UTF_8))));

        assertThat(store.effectiveConfigs(ConfigEntity.topic("bad"))).isEmpty();
        assertThat(store.effectiveConfigs(ConfigEntity.topic("good"))).containsEntry("retention.ms", "1");
        assertThat(store.topicConfigs()).containsEntry("good", Map.of("retention.ms", "1"));
        assertThatThrownBy(() -> store.configs(ConfigEntity.topic("bad")))
                .isInstanceOf(MalformedZnodeException.class)
                .hasMessageContaining("/config/topics/bad");
    }
}
