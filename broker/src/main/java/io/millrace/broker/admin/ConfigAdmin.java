package io.millrace.broker.admin;

import io.millrace.broker.admin.ConfigChange.Operation;
import io.millrace.broker.config.ConfigException;
import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.config.Setting;
import io.millrace.broker.config.SettingType;
import io.millrace.broker.config.Settings;
import io.millrace.broker.config.TopicSetting;
import io.millrace.broker.config.TopicSettings;
import io.millrace.broker.controller.ApiError;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.TopicNames;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import io.millrace.broker.zk.MalformedZnodeException;
import io.millrace.broker.zk.ZkException;
import io.millrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Describes and changes the configs of topics and brokers. Waits for ZooKeeper, so it is called on a thread that may. */
public final class ConfigAdmin {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigAdmin.class);

    private final int brokerId;
    private final ConfigStore store;
    private final MetadataCache metadata;
    private final LiveBrokerConfig broker;
    private final ConfigDescriber describer;

    public ConfigAdmin(int brokerId, ConfigStore store, MetadataCache metadata, LiveBrokerConfig broker) {
        this.brokerId = brokerId;
        this.store = store;
        this.metadata = metadata;
        this.broker = broker;
        this.describer = new ConfigDescriber(broker);
    }

    /** A request about configs is refused. */
    public static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;

        private final transient ApiError error;

        Refusal(ErrorCode code, @Nullable String message) {
            super(message);
            this.error = new ApiError(code, message);
        }

        public ApiError error() {
            return error;
        }
    }

    /**
     * The configs of a resource.
     *
     * @throws Refusal if there is no such resource, or ZooKeeper does not answer
     */
    public List<DescribedConfig> describe(ConfigResource resource) throws Refusal {
        ConfigEntity entity = entity(resource);
        if (entity.type() == ConfigEntity.Type.TOPIC) {
            return describer.topic(stored(entity));
        }
        return entity.name().equals(ConfigEntity.DEFAULT) ? describer.brokerDefaults() : describer.broker();
    }

    /** Replaces all configs of a resource by these; those not named fall back to what holds without them. */
    public ApiError replace(ConfigResource resource, Map<String, @Nullable String> configs, boolean validateOnly) {
        return change(resource, validateOnly, before -> {
            Map<String, String> after = new TreeMap<>();
            configs.forEach((name, value) -> after.put(name, requireValue(name, value)));
            return after;
        });
    }

    /** Carries out changes one after the other, all or none. */
    public ApiError alter(ConfigResource resource, List<ConfigChange> changes, boolean validateOnly) {
        Set<String> names = new HashSet<>();
        for (ConfigChange change : changes) {
            if (!names.add(change.name())) {
                return new ApiError(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
            }
        }
        return change(resource, validateOnly, before -> {
            Map<String, String> after = new TreeMap<>(before);
            for (ConfigChange change : changes) {
                carryOut(resource, change, after);
            }
            return after;
        });
    }

    private ApiError change(ConfigResource resource, boolean validateOnly, UnaryOperator<Map<String, String>> change) {
        try {
            ConfigEntity entity = entity(resource);
            Map<String, String> after = change.apply(stored(entity));
            if (entity.type() == ConfigEntity.Type.TOPIC) {
                TopicSettings.logConfig(broker.now().log(), after);
                after = TopicSettings.normalized(after);
            } else {
                broker.check(after);
                after = LiveBrokerConfig.normalized(after);
            }
            if (!validateOnly) {
                store.change(entity, after);
                LOG.info("Changed configs of {} {} to {}", resource.typeName(), entity.name(), after);
            }
            return ApiError.NONE;
        } catch (Refusal e) {
            return e.error();
        } catch (ConfigException e) {
            boolean ofBroker = resource.type() == ConfigResource.BROKER;
            return new ApiError(ofBroker ? ErrorCode.INVALID_REQUEST : ErrorCode.INVALID_CONFIG, e.getMessage());
        } catch (NullValueException e) {
            return new ApiError(ErrorCode.INVALID_REQUEST, e.getMessage());
        } catch (ZkException e) {
            return unreachable(e);
        }
    }

    private static void carryOut(ConfigResource resource, ConfigChange change, Map<String, String> configs) {
        String name = change.name();
        if (change.operation() == Operation.DELETE) {
            configs.remove(name);
            return;
        }
        String value = requireValue(name, change.value());
        if (change.operation() == Operation.SET) {
            configs.put(name, value);
            return;
        }
        Setting<?> setting = setting(resource, name);
        if (setting == null) {
            throw new ConfigException(
                    (resource.type() == ConfigResource.TOPIC ? "Unknown topic config name: " : "Unknown config name: ")
                            + name);
        }
        if (setting.type() != SettingType.LIST) {
            throw new ConfigException("Config value "
                    + (change.operation() == Operation.APPEND ? "append" : "subtract")
                    + " is not allowed for config key: " + name);
        }
        String before = configs.getOrDefault(name, String.valueOf(setting.defaultText()));
        List<String> items = new ArrayList<>(items(before));
        if (change.operation() == Operation.APPEND) {
            items(value).stream().filter(item -> !items.contains(item)).forEach(items::add);
        } else {
            items.removeAll(items(value));
        }
        configs.put(name, String.join(",", items));
    }

    private static @Nullable Setting<?> setting(ConfigResource resource, String name) {
        if (resource.type() == ConfigResource.TOPIC) {
            TopicSetting<?> definition = TopicSettings.named(name);
            return definition == null ? null : definition.setting();
        }
        return Settings.named(name);
    }

    private static List<String> items(String list) {
        return list.isEmpty() ? List.of() : Arrays.asList(list.split("\\s*,\\s*"));
    }

    private static String requireValue(String name, @Nullable String value) {
        if (value == null) {
            throw new NullValueException("Null value not supported for : " + name);
        }
        return value;
    }

    private static final class NullValueException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NullValueException(String message) {
            super(message);
        }
    }

    private ConfigEntity entity(ConfigResource resource) throws Refusal {
        return switch (resource.type()) {
            case ConfigResource.TOPIC -> topicEntity(resource.name());
            case ConfigResource.BROKER -> brokerEntity(resource.name());
            default ->
                throw new Refusal(ErrorCode.INVALID_REQUEST, "Unsupported resource type: " + resource.typeName());
        };
    }

    private ConfigEntity topicEntity(String topic) throws Refusal {
        String problem = TopicNames.problem(topic);
        if (problem != null) {
            throw new Refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic name is invalid: " + problem);
        }
        if (metadata.snapshot().topic(topic) == null) {
            throw new Refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + topic + "' does not exist.");
        }
        return ConfigEntity.topic(topic);
    }

    private ConfigEntity brokerEntity(String name) throws Refusal {
        if (name.isEmpty()) {
            return ConfigEntity.brokerDefaults();
        }
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new Refusal(ErrorCode.INVALID_REQUEST, "Broker id must be an integer, but it is: " + name);
        }
        if (id != brokerId) {
            throw new Refusal(
                    ErrorCode.INVALID_REQUEST,
                    "Unexpected broker id, expected " + brokerId + " or empty string, but received " + name);
        }
        return ConfigEntity.broker(id);
    }

    private Map<String, String> stored(ConfigEntity entity) throws Refusal {
        try {
            return store.configs(entity);
        } catch (ZkException e) {
            throw new Refusal(unreachable(e).code(), unreachable(e).message());
        } catch (MalformedZnodeException e) {
            LOG.error("{}", e.getMessage());
            throw new Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, e.getMessage());
        }
    }

    private static ApiError unreachable(ZkException e) {
        LOG.warn("Configs cannot be read or written: {}", e.getMessage());
        return new ApiError(ErrorCode.REQUEST_TIMED_OUT, "ZooKeeper does not answer.");
    }
}
