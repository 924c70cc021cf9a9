package io.millrace.broker.config;

import io.millrace.storage.LogConfig;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The definition of a config that a topic can have of its own.
 *
 * @param <T> the type of its value
 * @param setting key, type, default, rule and meaning
 * @param brokerSetting the setting of the broker that holds for topics without this config, or null if there is none
 * @param read takes the value from the logs' settings, or null if it is not theirs to keep
 * @param apply puts the value into the logs' settings; does nothing if it is not theirs to keep
 */
public record TopicSetting<T>(
        Setting<T> setting,
        @Nullable Setting<?> brokerSetting,
        @Nullable Function<LogConfig, T> read,
        BiConsumer<LogConfig.Builder, T> apply) {

    public String name() {
        return setting.name();
    }

    /** Puts a value that was written as text into the logs' settings. */
    void apply(LogConfig.Builder log, String text) {
        apply.accept(log, setting.parse(text));
    }

    /** What the logs' settings say, as text; null if it is not theirs to keep. */
    public @Nullable String text(LogConfig log) {
        return read == null ? null : setting.format(read.apply(log));
    }
}
