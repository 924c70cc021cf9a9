package io.millrace.broker.metadata;

import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.ConfigException;
import io.millrace.broker.config.TopicSettings;
import io.millrace.storage.LogConfig;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what holds for a topic, and tells those who keep its logs when that changes. */
public final class TopicConfigs {
    private static final Logger LOG = LoggerFactory.getLogger(TopicConfigs.class);

    private final Function<String, Map<String, String>> stored;
    private final Supplier<BrokerConfig> broker;
    private final List<BiConsumer<String, TopicConfig>> listeners = new CopyOnWriteArrayList<>();

    /** The configs of their own that topics had when somebody last told: for who must not wait for ZooKeeper. */
    private final Map<String, Map<String, String>> heard = new ConcurrentHashMap<>();

    /**
     * @param stored the configs of its own that a topic has, read from ZooKeeper each time
     * @param broker the configuration of the broker that holds now
     */
    public TopicConfigs(Function<String, Map<String, String>> stored, Supplier<BrokerConfig> broker) {
        this.stored = stored;
        this.broker = broker;
    }

    /** What holds for a topic; waits for ZooKeeper. Configs on record that make no sense are left out with an error. */
    public TopicConfig of(String topic) {
        return resolve(topic, stored.apply(topic));
    }

    /** What holds for a topic as far as was heard, without a look at ZooKeeper. */
    public TopicConfig lastHeard(String topic) {
        return resolve(topic, heard.getOrDefault(topic, Map.of()));
    }

    /** Takes note of the configs that all topics have, by topic; those that are not in it have none. Tells nobody. */
    public void onAllRead(Map<String, Map<String, String>> all) {
        heard.putAll(all);
        heard.keySet().retainAll(all.keySet());
    }

    /**
     * What holds for each of these topics.
     *
     * @param stored the configs of their own that those have which have some
     */
    public Map<String, TopicConfig> of(Collection<String> topics, Map<String, Map<String, String>> stored) {
        Map<String, TopicConfig> configs = new HashMap<>();
        topics.forEach(topic -> configs.put(topic, resolve(topic, stored.getOrDefault(topic, Map.of()))));
        return configs;
    }

    /** Calls this when something changes for a topic, on the thread that follows changes, where it may wait for the disk. */
    public void addListener(BiConsumer<String, TopicConfig> listener) {
        listeners.add(listener);
    }

    /** Reads the configs of a topic again and tells the listeners. */
    public void onChange(String topic) {
        onChange(topic, stored.apply(topic));
    }

    /** Tells the listeners what holds for a topic that has these configs of its own. */
    public void onChange(String topic, Map<String, String> configs) {
        // First: a log that gets into service meanwhile is either among those the listeners find, or asks afterwards.
        if (configs.isEmpty()) {
            heard.remove(topic);
        } else {
            heard.put(topic, configs);
        }
        TopicConfig config = resolve(topic, configs);
        LOG.debug("Configs of topic {} are now {}", topic, config);
        listeners.forEach(listener -> listener.accept(topic, config));
    }

    private TopicConfig resolve(String topic, Map<String, String> configs) {
        BrokerConfig defaults = broker.get();
        if (configs.isEmpty()) {
            // All topics without configs of their own share one object, so that to compare what they
            // have costs nothing.
            return new TopicConfig(
                    defaults.log(),
                    defaults.minInsyncReplicas(),
                    defaults.controller().uncleanLeaderElectionEnable());
        }
        Map<String, String> valid = new HashMap<>();
        configs.forEach((name, text) -> {
            if (logConfig(topic, defaults.log(), Map.of(name, text)) != null) {
                valid.put(name, text);
            }
        });
        LogConfig log = logConfig(topic, defaults.log(), valid);
        String minIsr = valid.get(TopicSettings.MIN_INSYNC_REPLICAS.name());
        String unclean = valid.get(TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE.name());
        return new TopicConfig(
                log == null ? defaults.log() : log,
                minIsr == null
                        ? defaults.minInsyncReplicas()
                        : TopicSettings.MIN_INSYNC_REPLICAS.setting().parse(minIsr),
                unclean == null
                        ? defaults.controller().uncleanLeaderElectionEnable()
                        : TopicSettings.UNCLEAN_LEADER_ELECTION_ENABLE.setting().parse(unclean));
    }

    private static @Nullable LogConfig logConfig(String topic, LogConfig defaults, Map<String, String> configs) {
        try {
            return TopicSettings.logConfig(defaults, configs);
        } catch (ConfigException e) {
            LOG.error("Configs of topic {} have no effect: {}", topic, e.getMessage());
            return null;
        }
    }
}
