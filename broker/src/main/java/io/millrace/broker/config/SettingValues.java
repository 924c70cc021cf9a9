package io.millrace.broker.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of all settings: what was written down, and the defaults for the rest. */
public final class SettingValues {
    private final Map<String, Object> parsed = new HashMap<>();
    private final Map<String, String> written;

    private SettingValues(Map<String, String> written) {
        this.written = Map.copyOf(written);
    }

    /**
     * Parses what was written down. Keys that are not defined are passed over.
     *
     * @throws ConfigException for the first value that is not of its setting's type or breaks its rule
     */
    public static SettingValues parse(Map<String, String> written) {
        SettingValues values = new SettingValues(written);
        for (SettingGroup group : Settings.groups()) {
            for (Setting<?> setting : group.settings()) {
                String text = written.get(setting.name());
                if (text != null) {
                    values.parsed.put(setting.name(), setting.parse(text));
                }
            }
        }
        return values;
    }

    /** The value of a setting that has a default. */
    public <T> T of(Setting<T> setting) {
        T value = optional(setting);
        if (value == null) {
            throw new IllegalArgumentException("setting " + setting.name() + " has no default");
        }
        return value;
    }

    /** The value of a setting, or null if it was not written down and has no default. */
    @SuppressWarnings("unchecked")
    public <T> @Nullable T optional(Setting<T> setting) {
        Object value = parsed.get(setting.name());
        return value == null ? setting.defaultValue() : (T) value;
    }

    /** True if the value was written down rather than left to its default. */
    public boolean isSet(Setting<?> setting) {
        return parsed.containsKey(setting.name());
    }

    /** Everything that was written down, by key. */
    public Map<String, String> written() {
        return written;
    }

    /** The text as it was written down, or null. */
    public @Nullable String text(Setting<?> setting) {
        return written.get(setting.name());
    }

    /** Refuses the value of {@code setting} for a reason that the setting alone does not know. */
    ConfigException refuse(Setting<?> setting, String rule) {
        String text = written.containsKey(setting.name()) ? written.get(setting.name()) : setting.defaultText();
        return ConfigException.refused(setting.name(), String.valueOf(text), rule);
    }
}
