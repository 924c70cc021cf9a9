package io.millrace.broker.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.client.cli.ToolFailure;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RegisteredBrokersTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();

    @AfterEach
    void stop() {
        zooKeeper.close();
    }

    @Test
    void findsBrokersAlsoBelowAChrootWithASlashAtItsEnd() throws Exception {
        try (ZkSession session = new ZkSession(zooKeeper.config("/kafka", 6_000))) {
            session.start();
            PersistentPaths.ensure(session.znodes());
            new BrokerRegistry(session.znodes(), Clock.systemUTC())
                    .register(
                            new BrokerRegistration(
                                    1,
                                    List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "h", 9092)),
                                    null,
                                    false),
                            0);
            assertThat(RegisteredBrokers.find(zooKeeper.connect() + "/kafka")).isEqualTo("h:9092");
            assertThat(RegisteredBrokers.find(zooKeeper.connect() + "/kafka//")).isEqualTo("h:9092");
        }
    }

    @Test
    void saysInSentencesWhyThereIsNoBroker() {
        assertThatThrownBy(() -> RegisteredBrokers.find(zooKeeper.connect() + "/nope"))
                .isInstanceOf(ToolFailure.class)
                .hasMessageStartingWith("No broker is registered in the ZooKeeper at " + zooKeeper.connect() + "/nope");
        assertThatThrownBy(() -> RegisteredBrokers.find("no-such-host.invalid:2181"))
                .isInstanceOf(ToolFailure.class)
                .hasMessage(
                        "There is no host named no-such-host.invalid; what must be given is HOST:PORT of a ZooKeeper");
        assertThatThrownBy(() -> RegisteredBrokers.find("127.0.0.1:2181/a//b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("zookeeper.connect='127.0.0.1:2181/a//b' must be host:port");
    }
}
