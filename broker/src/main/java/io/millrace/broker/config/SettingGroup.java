package io.millrace.broker.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The settings of one room, in the order in which they are defined and printed. */
public final class SettingGroup {
    private final String title;
    private final List<Setting<?>> settings = new ArrayList<>();

    SettingGroup(String title) {
        this.title = title;
    }

    /** The heading in the reference page. */
    public String title() {
        return title;
    }

    public List<Setting<?>> settings() {
        return Collections.unmodifiableList(settings);
    }

    /** Begins the definition of a setting; {@link Draft#doc} ends it. */
    <T> Draft<T> define(String name, SettingType<T> type, T defaultValue, Rule<? super T> rule, DynamicMode mode) {
        return new Draft<>(this, name, type, defaultValue, rule, mode);
    }

    /** Begins the definition of a setting that is absent unless somebody sets it. */
    <T> Draft<T> optional(String name, SettingType<T> type, Rule<? super T> rule, DynamicMode mode) {
        return new Draft<>(this, name, type, null, rule, mode);
    }

    /** A definition that lacks its meaning. */
    record Draft<T>(
            SettingGroup group,
            String name,
            SettingType<T> type,
            @Nullable T defaultValue,
            Rule<? super T> rule,
            DynamicMode dynamicMode) {

        /** Defines the setting as the next of its group. */
        Setting<T> doc(String doc) {
            Setting<T> setting = new Setting<>(name, type, defaultValue, rule, dynamicMode, doc);
            group.settings.add(setting);
            return setting;
        }
    }
}
