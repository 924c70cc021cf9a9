package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.config.ConfigException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigChangesTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ZkSession session = zooKeeper.session();
    private final Znodes znodes = session.znodes();
    private final ConfigStore store = new ConfigStore(znodes);
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final List<ConfigEntity> heard = new CopyOnWriteArrayList<>();
    private final AtomicInteger all = new AtomicInteger();

    @BeforeEach
    void layOut() {
        PersistentPaths.ensure(znodes);
    }

    @AfterEach
    void stop() {
        thread.shutdownNow();
        session.close();
        zooKeeper.close();
    }

    @Test
    void writesConfigsAndNoticesAsKafkaDoes() {
        store.change(ConfigEntity.topic("orders"), Map.of("retention.ms", "3600000", "cleanup.policy", "delete"));
        store.change(ConfigEntity.brokerDefaults(), Map.of("num.io.threads", "6"));

        assertThat(JsonTree.parse(znodes.read("/config/topics/orders").data()))
                .isEqualTo(JsonTree.parse(
                        "{\"version\":1,\"config\":{\"cleanup.policy\":\"delete\",\"retention.ms\":\"3600000\"}}"));
        assertThat(JsonTree.parse(znodes.read("/config/brokers/<default>").data()))
                .isEqualTo(JsonTree.parse("{\"version\":1,\"config\":{\"num.io.threads\":\"6\"}}"));
        assertThat(JsonTree.parse(
                        znodes.read("/config/changes/config_change_0000000000").data()))
                .isEqualTo(JsonTree.parse("{\"version\":2,\"entity_path\":\"topics/orders\"}"));
        assertThat(JsonTree.parse(
                        znodes.read("/config/changes/config_change_0000000001").data()))
                .isEqualTo(JsonTree.parse("{\"version\":2,\"entity_path\":\"brokers/<default>\"}"));
        assertThat(store.configs(ConfigEntity.topic("orders"))).containsEntry("retention.ms", "3600000");
        assertThat(store.topicConfigs()).containsOnlyKeys("orders");
    }

    @Test
    void refusesConfigsThatZooKeeperWouldNotTake() {
        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1"));
        long session = znodes.sessionId();

        assertThatThrownBy(() ->
                        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1" + "\u0001".repeat(200_000))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("topics/a")
                .hasMessageContaining("524288");

        assertThat(store.configs(ConfigEntity.topic("a"))).containsEntry("retention.ms", "1");
        assertThat(znodes.sessionId()).isEqualTo(session);
    }

    @Test
    void tellsOfEveryChangeOnce() {
        follow(Clock.systemUTC());

        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1"));
        await("the first change is heard", () -> heard.size() == 1);
        store.change(ConfigEntity.broker(1), Map.of("num.io.threads", "6"));
        await("the second change is heard", () -> heard.size() == 2);

        assertThat(heard).containsExactly(ConfigEntity.topic("a"), ConfigEntity.broker(1));
    }

    @Test
    void understandsNoticesOfTheFirstVersion() {
        follow(Clock.systemUTC());

        znodes.createSequential(
                "/config/changes/config_change_",
                "{\"version\":1,\"entity_type\":\"topics\",\"entity_name\":\"a\"}".getBytes(UTF_8));

        await("the change is heard", () -> heard.contains(ConfigEntity.topic("a")));
    }

    @Test
    void hasEverythingReadAnewInANewSession() {
        ConfigChanges changes = follow(Clock.systemUTC());
        session.addListener(changes);

        zooKeeper.expire(znodes.sessionId());

        await("everything was read again", () -> all.get() == 2);
        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1"));
        await("the watch is armed again", () -> heard.contains(ConfigEntity.topic("a")));
    }

    @Test
    void survivesANoticeThatMakesNoSense() {
        follow(Clock.systemUTC());

        znodes.createSequential(ZkPaths.CONFIG_CHANGE_PREFIX, "?".getBytes(UTF_8));
        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1"));

        await("the next change is heard", () -> heard.equals(List.of(ConfigEntity.topic("a"))));
    }

    @Test
    void survivesAChangeThatNobodyCanTakeOver() {
        ConfigChanges changes = new ConfigChanges(
                znodes,
                Clock.systemUTC(),
                thread,
                entity -> {
                    if (entity.equals(ConfigEntity.topic("poison"))) {
                        throw new IllegalStateException("cannot");
                    }
                    heard.add(entity);
                },
                all::incrementAndGet);
        changes.start();
        await("the notices are followed", () -> all.get() == 1);

        store.change(ConfigEntity.topic("poison"), Map.of());
        store.change(ConfigEntity.topic("a"), Map.of("retention.ms", "1"));

        await("the next change is heard", () -> heard.equals(List.of(ConfigEntity.topic("a"))));
    }

    @Test
    void readsEverythingAgainIfThatFailedAtFirst() {
        ConfigChanges changes = new ConfigChanges(znodes, Clock.systemUTC(), thread, heard::add, () -> {
            if (all.incrementAndGet() == 1) {
                throw new IllegalStateException("cannot");
            }
        });
        changes.start();
        await("it has failed", () -> all.get() == 1);

        changes.onReconnected();

        await("everything is read again", () -> all.get() == 2);
        store.change(ConfigEntity.topic("a"), Map.of());
        await("the notices are followed", () -> heard.equals(List.of(ConfigEntity.topic("a"))));
    }

    @Test
    void removesNoticesThatAreOldAndKeepsTheOthers() {
        for (String topic : new ArrayList<>(List.of("a", "b"))) {
            store.change(ConfigEntity.topic(topic), Map.of());
        }
        follow(Clock.offset(Clock.systemUTC(), Duration.ofMinutes(16)));

        store.change(ConfigEntity.topic("c"), Map.of());

        await("the notices are purged", () -> znodes.children("/config/changes").isEmpty());
        follow(Clock.systemUTC());
        store.change(ConfigEntity.topic("d"), Map.of());
        await("the change is heard", () -> heard.contains(ConfigEntity.topic("d")));
    }

    private ConfigChanges follow(Clock clock) {
        int before = all.get();
        ConfigChanges changes = new ConfigChanges(znodes, clock, thread, heard::add, all::incrementAndGet);
        changes.start();
        await("the notices are followed", () -> all.get() == before + 1);
        return changes;
    }
}
