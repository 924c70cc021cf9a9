package io.millrace.broker.admin;

import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.TopicConfigs;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import java.util.Map;

/**
 * Makes configs hold that somebody has changed in ZooKeeper. {@link io.millrace.broker.zk.ConfigChanges} calls it on its
 * thread, where it may wait.
 */
public final class DynamicConfigs {
    private final int brokerId;
    private final ConfigStore store;
    private final LiveBrokerConfig broker;
    private final TopicConfigs topics;
    private final MetadataCache metadata;

    public DynamicConfigs(
            int brokerId, ConfigStore store, LiveBrokerConfig broker, TopicConfigs topics, MetadataCache metadata) {
        this.brokerId = brokerId;
        this.store = store;
        this.broker = broker;
        this.topics = topics;
        this.metadata = metadata;
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
        broker.apply(
                store.effectiveConfigs(ConfigEntity.brokerDefaults()),
                store.effectiveConfigs(ConfigEntity.broker(brokerId)));
        Map<String, Map<String, String>> ofTopics = store.topicConfigs();
        for (TopicMetadata topic : metadata.snapshot().topics()) {
            topics.onChange(topic.name(), ofTopics.getOrDefault(topic.name(), Map.of()));
        }
    }
}
