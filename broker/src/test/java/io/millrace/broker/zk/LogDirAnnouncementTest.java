package io.millrace.broker.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogDirAnnouncementTest {
    private static final String EVENTS = "/log_dir_event_notification";

    private final MemoryZooKeeper zooKeeper = new MemoryZooKeeper(() -> 0);
    private final MemoryZnodes znodes = new MemoryZnodes(zooKeeper);
    private final LogDirAnnouncement announcement = new LogDirAnnouncement(new Notices(znodes), 3, Runnable::run);

    @BeforeEach
    void layOut() {
        PersistentPaths.ensure(znodes);
    }

    @Test
    void isMadeOnceForEachFailure() {
        announcement.onReconnected();
        assertThat(zooKeeper.lookChildren(EVENTS)).isEmpty();
        announcement.onDirFailure();
        announcement.onReconnected();
        announcement.onNewSession();
        assertThat(zooKeeper.lookChildren(EVENTS)).containsExactly("log_dir_event_0000000000");
        assertThat(new String(
                        zooKeeper.look(EVENTS + "/log_dir_event_0000000000").data(), StandardCharsets.UTF_8))
                .isEqualTo("{\"version\":1,\"broker\":3,\"event\":1}");
        announcement.onDirFailure();
        assertThat(zooKeeper.lookChildren(EVENTS)).hasSize(2);
    }

    @Test
    void isRepeatedUntilZooKeeperHasTakenItDown() {
        zooKeeper.expire(znodes.sessionId());
        announcement.onDirFailure();
        announcement.onDirFailure();
        announcement.onReconnected();
        assertThat(zooKeeper.lookChildren(EVENTS)).isEmpty();

        znodes.newSession();
        announcement.onNewSession();
        announcement.onReconnected();
        assertThat(zooKeeper.lookChildren(EVENTS)).hasSize(1);
    }
}
