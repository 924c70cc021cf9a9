package io.millrace.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of a running broker: what it was started with, and over that what people have changed since, for all
 * brokers or for this one. Only settings that topics fall back on can be changed so; a change reaches the topics that run.
 * Any thread may read; one thread writes.
 */
public final class LiveBrokerConfig {
    private static final Logger LOG = LoggerFactory.getLogger(LiveBrokerConfig.class);

    private final BrokerConfig started;
    private volatile State state;

    private record State(BrokerConfig config, Map<String, String> ofAll, Map<String, String> ofThis) {}

    /** Where a value comes from; the higher up, the stronger. */
    public enum Source {
        DYNAMIC_BROKER(2),
        DYNAMIC_DEFAULT_BROKER(3),
        STATIC_BROKER(4),
        DEFAULT(5);

        private final byte code;

        Source(int code) {
            this.code = (byte) code;
        }

        /** The number that DescribeConfigs knows it by. */
        public byte code() {
            return code;
        }
    }

    /**
     * A value somebody gave a setting, or its default.
     *
     * @param text as it would be written in a file
     */
    public record Layer(String text, Source source) {}

    public LiveBrokerConfig(BrokerConfig started) {
        this.started = started;
        this.state = new State(started, Map.of(), Map.of());
    }

    /** The configuration that holds now. */
    public BrokerConfig now() {
        return state.config();
    }

    /** What was changed for all brokers, by key. */
    public Map<String, String> changesOfAll() {
        return state.ofAll();
    }

    /** What was changed for this broker, by key. */
    public Map<String, String> changesOfThis() {
        return state.ofThis();
    }

    /** Whether a setting can be changed while the broker runs. */
    public static boolean isDynamic(Setting<?> setting) {
        return !TopicSettings.replacedBy(setting).isEmpty();
    }

    /** All values that a setting was given, the one that holds first, its default last if it has one. */
    public List<Layer> layers(Setting<?> setting) {
        State now = state;
        List<Layer> layers = new ArrayList<>();
        add(layers, setting, now.ofThis().get(setting.name()), Source.DYNAMIC_BROKER);
        add(layers, setting, now.ofAll().get(setting.name()), Source.DYNAMIC_DEFAULT_BROKER);
        add(layers, setting, started.values().text(setting), Source.STATIC_BROKER);
        String defaultText = setting.defaultText();
        if (defaultText != null) {
            layers.add(new Layer(defaultText, Source.DEFAULT));
        }
        return layers;
    }

    private static <T> void add(List<Layer> layers, Setting<T> setting, @Nullable String text, Source source) {
        if (text != null) {
            layers.add(new Layer(setting.format(setting.parse(text)), source));
        }
    }

    /**
     * Whether changes could be made.
     *
     * @throws ConfigException if a key is unknown or cannot be changed while the broker runs, or a value is refused
     */
    public void check(Map<String, String> changes) {
        for (String name : changes.keySet()) {
            Setting<?> setting = Settings.named(name);
            if (setting == null || !isDynamic(setting)) {
                throw new ConfigException("Cannot update these configs dynamically: " + name);
            }
        }
        merged(changes, Map.of());
    }

    /**
     * Changes that were checked, as they are put on record; see {@link Setting#normalized}.
     *
     * @throws ConfigException if a key is unknown or a value is refused
     */
    public static Map<String, String> normalized(Map<String, String> changes) {
        Map<String, String> normalized = new HashMap<>();
        changes.forEach((name, text) -> {
            Setting<?> setting = Settings.named(name);
            if (setting == null) {
                throw new ConfigException("Cannot update these configs dynamically: " + name);
            }
            normalized.put(name, setting.normalized(text));
        });
        return normalized;
    }

    /** Takes over the changes on record; those that make no sense are left out with an error in the log. */
    public void apply(Map<String, String> ofAll, Map<String, String> ofThis) {
        Map<String, String> validOfAll = valid(ofAll);
        Map<String, String> validOfThis = valid(ofThis);
        try {
            state = new State(merged(validOfAll, validOfThis), validOfAll, validOfThis);
        } catch (ConfigException e) {
            LOG.error("Changed settings of the broker have no effect: {}", e.getMessage());
        }
    }

    private Map<String, String> valid(Map<String, String> changes) {
        Map<String, String> valid = new HashMap<>();
        changes.forEach((name, text) -> {
            try {
                check(Map.of(name, text));
                valid.put(name, text);
            } catch (ConfigException e) {
                LOG.error("A changed setting of the broker has no effect: {}", e.getMessage());
            }
        });
        return Map.copyOf(valid);
    }

    private BrokerConfig merged(Map<String, String> ofAll, Map<String, String> ofThis) {
        Map<String, String> written = new HashMap<>(started.values().written());
        written.putAll(ofAll);
        written.putAll(ofThis);
        return BrokerConfig.parse(written);
    }
}
