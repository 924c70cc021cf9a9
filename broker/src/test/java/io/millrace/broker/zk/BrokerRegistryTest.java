package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BrokerRegistryTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1795186065177L), ZoneOffset.UTC);

    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ZkSession session = zooKeeper.session();
    private final BrokerRegistry registry = new BrokerRegistry(session.znodes(), CLOCK);

    @BeforeEach
    void layOut() {
        PersistentPaths.ensure(session.znodes());
    }

    @AfterEach
    void stop() {
        session.close();
        zooKeeper.close();
    }

    @Test
    void registersAsKafkaDoes() {
        long epoch = registry.register(broker(1, "r1", 39091), 1_000);

        Znode node = session.znodes().read("/brokers/ids/1");
        assertThat(node.czxid()).isEqualTo(epoch);
        assertThat(node.version()).as("made empty, then written").isEqualTo(1);
        assertThat(node.ephemeralOwner()).isEqualTo(session.znodes().sessionId());
        assertThat(JsonTree.parse(node.data())).isEqualTo(JsonTree.parse("""
                {"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},\
                "endpoints":["PLAINTEXT://127.0.0.1:39091"],"rack":"r1","jmx_port":-1,"port":39091,"host":"127.0.0.1",\
                "version":5,"timestamp":"1795186065177"}"""));
    }

    @Test
    void leavesOutTheRackAndThePlainDoorThatItDoesNotHave() {
        registry.register(
                new BrokerRegistration(
                        1, List.of(new Endpoint("CLIENT_TLS", SecurityProtocol.SASL_SSL, "broker1", 9093)), null),
                1_000);

        assertThat(JsonTree.parse(session.znodes().read("/brokers/ids/1").data()))
                .isEqualTo(JsonTree.parse("""
                {"features":{},"listener_security_protocol_map":{"CLIENT_TLS":"SASL_SSL"},\
                "endpoints":["CLIENT_TLS://broker1:9093"],"jmx_port":-1,"port":-1,"host":null,"version":5,\
                "timestamp":"1795186065177"}"""));
    }

    @Test
    void readsWhatItWrote() {
        long epoch = registry.register(broker(7, null, 9092), 1_000);

        assertThat(registry.brokers()).containsExactly(new LiveBroker(broker(7, null, 9092), epoch));
    }

    @Test
    void readsRegistrationsOfAllVersions() {
        assertThat(BrokerRegistration.fromJson(
                                1,
                                "{\"version\":1,\"host\":\"h\",\"port\":9092,\"jmx_port\":9999,\"timestamp\":\"2\"}"
                                        .getBytes(UTF_8))
                        .endpoints())
                .containsExactly(plaintext("h", 9092));
        assertThat(BrokerRegistration.fromJson(
                                1,
                                "{\"version\":3,\"host\":\"h\",\"port\":9092,\"endpoints\":[\"PLAINTEXT://h:9092\",\"SSL://[::1]:9093\"],\"rack\":\"a\"}"
                                        .getBytes(UTF_8))
                        .endpoints())
                .containsExactly(plaintext("h", 9092), new Endpoint("SSL", SecurityProtocol.SSL, "::1", 9093));
    }

    @Test
    void passesOverARegistrationThatCannotBeUnderstood() {
        registry.register(broker(1, null, 9092), 1_000);
        session.znodes().commit(List.of(new ZnodeOp.Create("/brokers/ids/2", "what?".getBytes(UTF_8))));

        assertThat(registry.brokers()).extracting(LiveBroker::id).containsExactly(1);
    }

    @Test
    void passesOverANodeThatIsNotNamedByAnId() {
        registry.register(broker(1, null, 9092), 1_000);
        session.znodes().commit(List.of(new ZnodeOp.Create("/brokers/ids/one", null)));

        assertThat(registry.brokers()).extracting(LiveBroker::id).containsExactly(1);
    }

    @Test
    void refusesAnIdThatALiveBrokerHasAndLeavesThatOneAlone() {
        try (ZkSession other = zooKeeper.session()) {
            long epoch = new BrokerRegistry(other.znodes(), CLOCK).register(broker(1, null, 9092), 1_000);

            assertThatThrownBy(() -> registry.register(broker(1, null, 9192), 200))
                    .isInstanceOf(DuplicateBrokerException.class)
                    .hasMessageContaining("Broker id 1")
                    .hasMessageContaining("PLAINTEXT://127.0.0.1:9092")
                    .hasMessageContaining("broker.id");

            assertThat(registry.brokers()).containsExactly(new LiveBroker(broker(1, null, 9092), epoch));
        }
    }

    @Test
    void takesTheIdOverOnceTheFormerSessionHasEnded() throws Exception {
        ZkSession former = zooKeeper.session();
        long formerEpoch = new BrokerRegistry(former.znodes(), CLOCK).register(broker(1, null, 9092), 1_000);

        CompletableFuture<Long> epoch =
                CompletableFuture.supplyAsync(() -> registry.register(broker(1, null, 9092), 30_000));
        former.close();

        assertThat(epoch.get(30, TimeUnit.SECONDS)).isGreaterThan(formerEpoch);
    }

    @Test
    void waitsForAFormerLifeThatZooKeeperGivesItsFullTimeAgainAfterItWasAway() throws Exception {
        int timeoutMs = 2_000;
        try (Dying former = new Dying(zooKeeper.connect(), timeoutMs)) {
            former.create("/brokers/ids/1", "{}".getBytes(UTF_8), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            former.die();
        }
        CompletableFuture<Long> epoch =
                CompletableFuture.supplyAsync(() -> registry.register(broker(1, null, 9092), timeoutMs * 3 / 2));
        zooKeeper.stop();
        long backNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        await("ZooKeeper was away for as long as a session", () -> System.nanoTime() > backNs);
        zooKeeper.start();

        assertThat(epoch.get(30, TimeUnit.SECONDS)).isPositive();
    }

    /** A session whose owner is killed: the connection ends, and nobody ends the session. */
    private static final class Dying extends ZooKeeper {
        Dying(String connect, int timeoutMs) throws IOException {
            super(connect, timeoutMs, event -> {});
        }

        void die() {
            cnxn.disconnect();
        }

        @Override
        public void close() {
            // It is dead.
        }
    }

    @Test
    void registersAgainUnderANewEpochWhenTheSessionHasExpired() {
        AtomicReference<DuplicateBrokerException> replaced = new AtomicReference<>();
        BrokerPresence presence = new BrokerPresence(registry, broker(1, null, 9092), 6_000, replaced::set);
        session.addListener(presence);
        presence.start();
        long before = presence.epoch();

        zooKeeper.expire(session.znodes().sessionId());

        await("there is a new epoch", () -> presence.epoch() > before);
        assertThat(registry.brokers()).containsExactly(new LiveBroker(broker(1, null, 9092), presence.epoch()));
        assertThat(replaced).hasNullValue();
    }

    @Test
    void saysSoWhenAnotherBrokerTookTheIdWhileThisOneWasAway() {
        AtomicReference<DuplicateBrokerException> replaced = new AtomicReference<>();
        BrokerPresence presence = new BrokerPresence(registry, broker(1, null, 9092), 100, replaced::set);
        presence.start();
        try (ZkSession other = zooKeeper.session()) {
            // Stands between the end of the old session and the return of this broker.
            session.addListener(new SessionListener() {
                @Override
                public void onNewSession() {
                    new BrokerRegistry(other.znodes(), CLOCK).register(broker(1, null, 9192), 1_000);
                }
            });
            session.addListener(presence);

            zooKeeper.expire(session.znodes().sessionId());

            await("it is told", () -> replaced.get() != null);
        }
    }

    @Test
    void givesEachBrokerWithoutAnIdAnotherOne() {
        ClusterIdentity identity = new ClusterIdentity(session.znodes());

        assertThat(identity.nextBrokerId(1000)).isEqualTo(1001);
        assertThat(identity.nextBrokerId(1000)).isEqualTo(1002);
    }

    @Test
    void agreesOnOneClusterId() {
        String id = new ClusterIdentity(session.znodes()).clusterId();

        assertThat(id).hasSize(22);
        assertThat(new ClusterIdentity(session.znodes()).clusterId()).isEqualTo(id);
        assertThat(JsonTree.parse(session.znodes().read("/cluster/id").data()))
                .isEqualTo(JsonTree.parse("{\"version\":\"1\",\"id\":\"" + id + "\"}"));
    }

    private static BrokerRegistration broker(int id, String rack, int port) {
        return new BrokerRegistration(id, List.of(plaintext("127.0.0.1", port)), rack);
    }

    private static Endpoint plaintext(String host, int port) {
        return new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, host, port);
    }
}
