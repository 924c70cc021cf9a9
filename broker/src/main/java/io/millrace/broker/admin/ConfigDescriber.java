package io.millrace.broker.admin;

import io.millrace.broker.admin.DescribedConfig.Synonym;
import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.config.LiveBrokerConfig.Layer;
import io.millrace.broker.config.LiveBrokerConfig.Source;
import io.millrace.broker.config.Setting;
import io.millrace.broker.config.SettingGroup;
import io.millrace.broker.config.Settings;
import io.millrace.broker.config.TopicSetting;
import io.millrace.broker.config.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says which configs hold, and where each value comes from. Derived from the definitions of the settings. */
public final class ConfigDescriber {
    private final LiveBrokerConfig broker;

    public ConfigDescriber(LiveBrokerConfig broker) {
        this.broker = broker;
    }

    /**
     * The configs of a topic.
     *
     * @param configs those of its own, by name
     */
    public List<DescribedConfig> topic(Map<String, String> configs) {
        List<DescribedConfig> described = new ArrayList<>();
        for (TopicSetting<?> definition : TopicSettings.all()) {
            described.add(topicConfig(definition, configs.get(definition.name())));
        }
        return described;
    }

    private DescribedConfig topicConfig(TopicSetting<?> definition, @Nullable String own) {
        Setting<?> brokerSetting = definition.brokerSetting();
        List<Synonym> synonyms = new ArrayList<>();
        if (own != null) {
            synonyms.add(new Synonym(definition.name(), own, DescribedConfig.DYNAMIC_TOPIC));
        }
        if (brokerSetting != null) {
            synonyms.addAll(synonyms(brokerSetting));
        }
        String value;
        byte source;
        if (!synonyms.isEmpty()) {
            value = synonyms.get(0).value();
            source = synonyms.get(0).source();
        } else {
            // Set in another unit, such as hours, or in no way at all.
            value = definition.text(broker.now().log());
            source = Source.DEFAULT.code();
        }
        return described(definition.setting(), value, false, source, synonyms);
    }

    /** All settings of this broker. */
    public List<DescribedConfig> broker() {
        List<DescribedConfig> described = new ArrayList<>();
        for (SettingGroup group : Settings.groups()) {
            for (Setting<?> setting : group.settings()) {
                described.add(brokerConfig(setting, synonyms(setting)));
            }
        }
        return described;
    }

    /** The settings that were changed for all brokers. */
    public List<DescribedConfig> brokerDefaults() {
        List<DescribedConfig> described = new ArrayList<>();
        for (String name : broker.changesOfAll().keySet()) {
            Setting<?> setting = Settings.named(name);
            if (setting != null) {
                described.add(brokerConfig(
                        setting,
                        synonyms(setting).stream()
                                .filter(synonym -> synonym.source() == Source.DYNAMIC_DEFAULT_BROKER.code())
                                .toList()));
            }
        }
        return described;
    }

    private static DescribedConfig brokerConfig(Setting<?> setting, List<Synonym> synonyms) {
        return described(
                setting,
                synonyms.isEmpty() ? null : synonyms.get(0).value(),
                !LiveBrokerConfig.isDynamic(setting),
                synonyms.isEmpty() ? Source.DEFAULT.code() : synonyms.get(0).source(),
                synonyms);
    }

    private List<Synonym> synonyms(Setting<?> setting) {
        List<Synonym> synonyms = new ArrayList<>();
        for (Layer layer : broker.layers(setting)) {
            synonyms.add(
                    new Synonym(setting.name(), layer.text(), layer.source().code()));
        }
        return synonyms;
    }

    private static DescribedConfig described(
            Setting<?> setting, @Nullable String value, boolean readOnly, byte source, List<Synonym> synonyms) {
        return new DescribedConfig(
                setting.name(), value, readOnly, source, setting.type().code(), setting.doc(), List.copyOf(synonyms));
    }
}
