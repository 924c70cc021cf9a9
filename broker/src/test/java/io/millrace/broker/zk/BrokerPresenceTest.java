package io.millrace.broker.zk;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
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
}
