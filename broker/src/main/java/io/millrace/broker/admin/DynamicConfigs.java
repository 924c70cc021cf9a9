package io.millrace.broker.admin;

import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.metadata.TopicConfigs;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes configs hold that somebody has changed in ZooKeeper. {@link io.millrace.broker.zk.ConfigChanges} calls it on its
 * thread, where it may wait.
 */
public final class DynamicConfigs {
    private final int brokerId;
    private final ConfigStore store;
    private final LiveBrokerConfig broker;
    private final TopicConfigs topics;
    private final Supplier<Set<String>> inUse;

    /** @param inUse the topics that somebody here has to be told about: those known of, and those that have a log here */
    public DynamicConfigs(
            int brokerId,
            ConfigStore store,
            LiveBrokerConfig broker,
            TopicConfigs topics,
            Supplier<Set<String>> inUse) {
        this.brokerId = brokerId;
        this.store = store;
        this.broker = broker;
        this.topics = topics;
        this.inUse = inUse;
    }

    /**
     * Reads all configs before anything rests on them. Waits for ZooKeeper.
     *
     * <p>Logs are loaded before the broker hears of changes, and with the settings of the file alone retention could delete what
     * somebody wants kept.
     */
    public void begin() {
        readBroker();
        topics.onAllRead(store.topicConfigs());
    }

    private void readBroker() {
        broker.apply(
                store.effectiveConfigs(ConfigEntity.brokerDefaults()),
                store.effectiveConfigs(ConfigEntity.broker(brokerId)));
    }

    /** The configs of an entity have changed. */
    public void onChange(ConfigEntity entity) {
        if (entity.type() == ConfigEntity.Type.TOPIC) {
            topics.onChange(entity.name());
        } else if (entity.equals(ConfigEntity.brokerDefaults()) || entity.equals(ConfigEntity.broker(brokerId))) {
            onAllChanged();
        }
    }

    /** Any config may have changed. */
    public void onAllChanged() {
        readBroker();
        Map<String, Map<String, String>> ofTopics = store.topicConfigs();
        topics.onAllRead(ofTopics);
        for (String topic : inUse.get()) {
            topics.onChange(topic, ofTopics.getOrDefault(topic, Map.of()));
        }
    }
}
