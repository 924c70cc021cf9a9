package io.millrace.broker.zk;

import io.millrace.broker.config.ConfigException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configs that people set while the cluster runs: {@code /config/TYPE/NAME}, and the notices that they changed. */
public final class ConfigStore {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigStore.class);

    /** ZooKeeper takes a megabyte and ends the connection over more; half of it leaves room for the rest of a transaction. */
    private static final int MAX_BYTES = 512 * 1024;

    private final Znodes znodes;

    public ConfigStore(Znodes znodes) {
        this.znodes = znodes;
    }

    /**
     * The configs of an entity; empty if it has none.
     *
     * @throws MalformedZnodeException if its node cannot be understood, for who means to change it
     */
    public Map<String, String> configs(ConfigEntity entity) {
        Znode node = znodes.read(entity.path());
        return node == null ? Map.of() : fromJson(entity, node);
    }

    /**
     * The configs of an entity as they take effect: a node that cannot be understood counts as none, with an error in the
     * log, so that it is no hindrance to serving this topic or any other.
     */
    public Map<String, String> effectiveConfigs(ConfigEntity entity) {
        Znode node = znodes.read(entity.path());
        return node == null ? Map.of() : understood(entity, node);
    }

    /** The {@link #effectiveConfigs effective configs} of all topics that have some, by topic. */
    public Map<String, Map<String, String>> topicConfigs() {
        return topicConfigs(znodes.children("/config/topics"));
    }

    /** Those of these topics that have some, asked for without waiting in between. */
    public Map<String, Map<String, String>> topicConfigs(Collection<String> named) {
        List<String> topics = List.copyOf(named);
        List<@Nullable Znode> nodes = znodes.readAll(
                topics.stream().map(topic -> ConfigEntity.topic(topic).path()).toList());
        Map<String, Map<String, String>> configs = new LinkedHashMap<>();
        for (int i = 0; i < topics.size(); i++) {
            Znode node = nodes.get(i);
            if (node != null) {
                configs.put(topics.get(i), understood(ConfigEntity.topic(topics.get(i)), node));
            }
        }
        return configs;
    }

    /**
     * The step that writes the configs of an entity, whether it has a node already or not.
     *
     * @throws ConfigException if they take more room than a node may
     */
    public ZnodeOp put(ConfigEntity entity, Map<String, String> configs) {
        byte[] data = toJson(configs);
        if (data.length > MAX_BYTES) {
            throw new ConfigException("The configs of " + entity.entityPath() + " would take " + data.length
                    + " bytes, which is more than the " + MAX_BYTES + " that can be kept; shorten them");
        }
        return znodes.read(entity.path()) == null
                ? new ZnodeOp.Create(entity.path(), data)
                : new ZnodeOp.SetData(entity.path(), data, ZnodeOp.ANY_VERSION);
    }

    /**
     * Writes the configs of an entity and lets all brokers know.
     *
     * @throws ConfigException if they take more room than a node may
     */
    public void change(ConfigEntity entity, Map<String, String> configs) {
        while (true) {
            try {
                znodes.commit(List.of(put(entity, configs)));
                break;
            } catch (ZkException e) {
                // Another broker has made or removed the node since we looked.
                if (e.code() != Code.NODEEXISTS && e.code() != Code.NONODE) {
                    throw e;
                }
            }
        }
        notifyChange(entity);
    }

    private void notifyChange(ConfigEntity entity) {
        znodes.createSequential(ZkPaths.CONFIG_CHANGE_PREFIX, ZnodeJson.write(out -> {
            out.writeNumberField("version", 2);
            out.writeStringField("entity_path", entity.entityPath());
        }));
    }

    private static byte[] toJson(Map<String, String> configs) {
        return ZnodeJson.write(out -> {
            out.writeNumberField("version", 1);
            out.writeObjectFieldStart("config");
            for (Map.Entry<String, String> config : new TreeMap<>(configs).entrySet()) {
                out.writeStringField(config.getKey(), config.getValue());
            }
            out.writeEndObject();
        });
    }

    private static Map<String, String> understood(ConfigEntity entity, Znode node) {
        try {
            return fromJson(entity, node);
        } catch (MalformedZnodeException e) {
            LOG.error("The configs of {} have no effect: {}", entity.entityPath(), e.getMessage());
            return Map.of();
        }
    }

    private static Map<String, String> fromJson(ConfigEntity entity, Znode node) {
        if (node.data().length == 0) {
            return Map.of();
        }
        ZnodeJson config = ZnodeJson.read(entity.path(), node.data()).object("config");
        Map<String, String> configs = new LinkedHashMap<>();
        for (String name : config.names()) {
            String value = config.textOrNull(name);
            if (value != null) {
                configs.put(name, value);
            }
        }
        return configs;
    }
}
