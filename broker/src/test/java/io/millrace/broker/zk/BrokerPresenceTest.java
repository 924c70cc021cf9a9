package io.millrace.broker.zk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BrokerPresenceTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final ZkSession session = zooKeeper.session();

    @AfterEach
    void stop() {
        session.close();
        zooKeeper.close();
    }

    @Test
    void registersOnReconnectionWhatItCouldNotRegisterWhenTheSessionWasNew() {
        PersistentPaths.ensure(session.znodes());
        List<DuplicateBrokerException> replaced = new ArrayList<>();
        BrokerRegistration registration = new BrokerRegistration(
                1, List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 39091)), null);
        BrokerPresence presence = new BrokerPresence(
                new BrokerRegistry(session.znodes(), Clock.systemUTC()), registration, 6_000, replaced::add);
        presence.start();
        long first = presence.epoch();

        presence.onReconnected();
        assertThat(presence.epoch()).as("a registration that is there stays").isEqualTo(first);

        session.znodes().commit(List.of(new ZnodeOp.Delete("/brokers/ids/1", ZnodeOp.ANY_VERSION)));
        presence.onReconnected();

        assertThat(session.znodes().read("/brokers/ids/1")).isNotNull();
        assertThat(presence.epoch())
                .isGreaterThan(first)
                .isEqualTo(session.znodes().read("/brokers/ids/1").czxid());
        assertThat(replaced).isEmpty();
    }

    @Test
    void saysThatRecordsMayBeLostUntilAControllerHasSeenToIt() {
        PersistentPaths.ensure(session.znodes());
        BrokerPresence presence = new BrokerPresence(
                new BrokerRegistry(session.znodes(), Clock.systemUTC()),
                new BrokerRegistration(
                        1,
                        List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 39091)),
                        null,
                        true),
                6_000,
                e -> {});
        AtomicInteger seenTo = new AtomicInteger();
        presence.onSeenTo(seenTo::incrementAndGet);
        presence.start();
        assertThat(registration()).contains("may_have_lost_records");

        session.znodes().commit(List.of(new ZnodeOp.Delete("/brokers/ids/1", ZnodeOp.ANY_VERSION)));
        presence.onNewSession();
        assertThat(registration()).as("nobody has seen to it").contains("may_have_lost_records");

        assertThat(seenTo).hasValue(0);
        presence.onNews();
        presence.onNews();
        assertThat(seenTo).as("so that the next start does not say it either").hasValue(1);
        session.znodes().commit(List.of(new ZnodeOp.Delete("/brokers/ids/1", ZnodeOp.ANY_VERSION)));
        presence.onNewSession();
        assertThat(registration()).contains("39091").doesNotContain("may_have_lost_records");
    }

    @Test
    void isSilentInLaterSessionsOnceItWasRefused() {
        PersistentPaths.ensure(session.znodes());
        BrokerRegistration registration = new BrokerRegistration(
                1, List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 39091)), null);
        List<DuplicateBrokerException> replaced = new ArrayList<>();
        try (ZkSession other = zooKeeper.session()) {
            new BrokerRegistry(other.znodes(), Clock.systemUTC()).register(registration, 100);
            BrokerPresence presence = new BrokerPresence(
                    new BrokerRegistry(session.znodes(), Clock.systemUTC()), registration, 100, replaced::add);
            assertThatThrownBy(presence::start).isInstanceOf(DuplicateBrokerException.class);
            presence.onNewSession();
        }
        assertThat(replaced).isEmpty();
    }

    private String registration() {
        return new String(session.znodes().read("/brokers/ids/1").data(), UTF_8);
    }
}
