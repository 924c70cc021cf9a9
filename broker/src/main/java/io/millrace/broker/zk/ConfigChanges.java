package io.millrace.broker.zk;

import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the notices below {@code /config/changes}: every broker reads each of them once and asks for the configs that it
 * names. Notices older than a quarter of an hour are removed, so a broker that was away reads all configs anew instead.
 */
public final class ConfigChanges implements SessionListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigChanges.class);
    private static final Duration EXPIRATION = Duration.ofMinutes(15);

    private final Znodes znodes;
    private final Clock clock;
    private final Executor thread;
    private final Consumer<ConfigEntity> onChange;
    private final Runnable onAllChanged;

    /** One and the same for ever, so that arming it twice is arming it once. */
    private final Runnable watch;

    private long lastSeen = -1;

    /** Whether all configs were read in this session, so that notices are all there is to follow. */
    private boolean begun;

    /**
     * @param thread runs everything here, one task at a time, and may wait
     * @param onChange told which entity has new configs
     * @param onAllChanged told that any config may be new
     */
    public ConfigChanges(
            Znodes znodes, Clock clock, Executor thread, Consumer<ConfigEntity> onChange, Runnable onAllChanged) {
        this.znodes = znodes;
        this.clock = clock;
        this.thread = thread;
        this.onChange = onChange;
        this.onAllChanged = onAllChanged;
        this.watch = () -> submit(this::follow);
    }

    /** Passes over the notices that are there, arms the watch, and then has all configs read. */
    public void start() {
        submit(this::begin);
    }

    @Override
    public void onNewSession() {
        start();
    }

    @Override
    public void onReconnected() {
        submit(this::follow);
    }

    private void submit(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("The broker is shutting down, configs are not followed any more");
        }
    }

    private void begin() {
        begun = false;
        follow();
    }

    private void readAll() {
        guarded(() -> {
            long newest = lastSeen;
            for (String name : children()) {
                newest = Math.max(newest, number(name));
            }
            onAllChanged.run();
            lastSeen = newest;
            begun = true;
        });
    }

    private void follow() {
        if (begun) {
            readNotices();
        } else {
            readAll();
        }
    }

    private void readNotices() {
        guarded(() -> {
            List<String> news = children().stream()
                    .filter(name -> number(name) > lastSeen)
                    .sorted()
                    .toList();
            Set<ConfigEntity> changed = new HashSet<>();
            for (String name : news) {
                Znode node = znodes.read(ZkPaths.CONFIG_CHANGES + "/" + name);
                ConfigEntity entity = node == null ? null : entity(name, node);
                if (entity != null && changed.add(entity)) {
                    tell(entity);
                }
                lastSeen = number(name);
            }
            purge();
        });
    }

    private void tell(ConfigEntity entity) {
        try {
            onChange.accept(entity);
        } catch (ZkException e) {
            throw e;
        } catch (RuntimeException e) {
            // Read again it would fail again, and keep those behind it from being heard.
            LOG.error("Could not take over the configs of {}", entity.entityPath(), e);
        }
    }

    private List<String> children() {
        return znodes.children(ZkPaths.CONFIG_CHANGES, watch);
    }

    private void purge() {
        long oldest = clock.millis() - EXPIRATION.toMillis();
        for (String name : znodes.children(ZkPaths.CONFIG_CHANGES)) {
            String path = ZkPaths.CONFIG_CHANGES + "/" + name;
            Znode node = znodes.read(path);
            if (node != null && node.ctimeMs() < oldest && number(name) <= lastSeen) {
                try {
                    znodes.commit(List.of(new ZnodeOp.Delete(path, ZnodeOp.ANY_VERSION)));
                } catch (ZkException e) {
                    if (e.code() != Code.NONODE) {
                        throw e;
                    }
                }
            }
        }
    }

    private static @Nullable ConfigEntity entity(String name, Znode node) {
        try {
            ZnodeJson notice = ZnodeJson.read(ZkPaths.CONFIG_CHANGES + "/" + name, node.data());
            // Tools that write to ZooKeeper themselves still leave the first version, which Kafka takes, too.
            return ConfigEntity.ofPath(
                    notice.int32("version", 2) == 1
                            ? notice.text("entity_type") + "/" + notice.text("entity_name")
                            : notice.text("entity_path"));
        } catch (MalformedZnodeException e) {
            LOG.warn("{}", e.getMessage());
            return null;
        }
    }

    /** The number that ZooKeeper put at the end of the name. */
    private static long number(String name) {
        try {
            return Long.parseLong(name.substring(name.lastIndexOf('_') + 1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (ZkException e) {
            // When the connection is back, in this session or the next, it is tried again.
            LOG.warn("Could not follow config changes: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Could not follow config changes; the next one or a reconnection has it tried again", e);
        }
    }
}
