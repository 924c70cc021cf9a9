package io.millrace.broker.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All settings of a broker, room by room. */
public final class Settings {
    private static final List<SettingGroup> GROUPS = List.of(
            ServerSettings.GROUP,
            ClusterSettings.GROUP,
            LogSettings.GROUP,
            ReplicationSettings.GROUP,
            GroupSettings.GROUP,
            EmbeddedZooKeeperSettings.GROUP);
    private static final Map<String, Setting<?>> BY_NAME = new LinkedHashMap<>();

    static {
        for (SettingGroup group : GROUPS) {
            for (Setting<?> setting : group.settings()) {
                if (BY_NAME.put(setting.name(), setting) != null) {
                    throw new IllegalStateException("setting " + setting.name() + " is defined twice");
                }
            }
        }
    }

    private Settings() {}

    public static List<SettingGroup> groups() {
        return GROUPS;
    }

    /** The definition of {@code name}, or null if there is none. */
    public static @Nullable Setting<?> named(String name) {
        return BY_NAME.get(name);
    }

    /** The names of all settings, in the order of the reference page. */
    public static Iterable<String> names() {
        return BY_NAME.keySet();
    }
}
