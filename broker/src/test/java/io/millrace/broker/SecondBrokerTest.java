package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.zk.EmbeddedZooKeeper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that would take the place of one that runs is refused, and the one that runs does not notice. */
class SecondBrokerTest {

    @Test
    void isRefusedTheDirectoryOfTheFirst(@TempDir Path dir) throws Exception {
        Path config = Files.writeString(dir.resolve("broker.properties"), "");
        Map<String, String> overrides = overrides(dir.resolve("logs"), 1);
        try (BrokerProcess first = BrokerProcess.launch(config, overrides).awaitReady()) {
            BrokerProcess second = BrokerProcess.launch(config, overrides);
            assertThat(second.awaitExit()).isNotZero();
            assertThat(second.output())
                    .contains("Cannot start: ")
                    .contains(dir.resolve("logs").toString())
                    .contains("log.dirs")
                    .doesNotContain("\tat ");
            assertServes(first);
        }
    }

    @Test
    void isRefusedTheIdOfTheFirst(@TempDir Path dir) throws Exception {
        Path config = Files.writeString(dir.resolve("broker.properties"), "");
        try (EmbeddedZooKeeper zooKeeper = new EmbeddedZooKeeper(dir.resolve("zookeeper"), 0)) {
            zooKeeper.start();
            Map<String, String> ofFirst = overrides(dir.resolve("first"), 7);
            Map<String, String> ofSecond = overrides(dir.resolve("second"), 7);
            for (Map<String, String> each : List.of(ofFirst, ofSecond)) {
                each.put("zookeeper.connect", zooKeeper.connectString() + "/chroot");
            }
            // So long the second waits for the first to vanish. The session of the first has to outlive any pause of a
            // busy machine, or it would.
            ofSecond.put("zookeeper.session.timeout.ms", "2000");
            try (BrokerProcess first = BrokerProcess.launch(config, ofFirst).awaitReady()) {
                BrokerProcess second = BrokerProcess.launch(config, ofSecond);
                assertThat(second.awaitExit()).isNotZero();
                assertThat(second.output())
                        .contains("Cannot start: ")
                        .contains("7")
                        .contains("broker.id")
                        .contains(first.bootstrap())
                        .doesNotContain("\tat ");
                assertServes(first);
            }
        }
    }

    private static Map<String, String> overrides(Path logs, int id) {
        return new HashMap<>(Map.of(
                "broker.id",
                Integer.toString(id),
                "listeners",
                "PLAINTEXT://localhost:0",
                "log.dirs",
                logs.toString()));
    }

    private static void assertServes(BrokerProcess broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            assertThat(admin.describeCluster().nodes().get()).hasSize(1);
        }
    }
}
