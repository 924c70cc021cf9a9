package io.millrace.broker.config;

/** Prints the reference page of all settings, {@code docs/configuration.md}, from their definitions. */
public final class ConfigurationPage {
    private static final String HEAD = """
            # Configuration

            A broker reads `key=value` lines from the file it is started with, and over them `--override key=value` from the
            command line. Keys, defaults and ranges are Kafka's unless it says otherwise. A bad value stops the start; a key that
            is not in this list has no effect and is warned about. What is not read-only can be changed while brokers run, by
            `configs.sh --entity-type brokers`; Kafka 3.9 changes some more.

            This page is printed from the definitions in `io.millrace.broker.config`; a test compares them.
            """;

    private ConfigurationPage() {}

    /** The page in Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder(HEAD);
        for (SettingGroup group : Settings.groups()) {
            page.append("\n## ").append(group.title()).append("\n\n");
            page.append("| key | type | default | range | change | meaning |\n|---|---|---|---|---|---|\n");
            for (Setting<?> setting : group.settings()) {
                String defaultText = setting.defaultText();
                page.append("| `").append(setting.name()).append("` | ");
                page.append(setting.type().typeName()).append(" | ");
                page.append(defaultText == null ? "" : "`" + defaultText + "`").append(" | ");
                page.append(setting.rule().text()).append(" | ");
                page.append(mode(setting).text()).append(" | ");
                page.append(setting.doc()).append(" |\n");
            }
        }
        return page.toString();
    }

    /** Not all that can be changed in a running broker of Kafka can be here. */
    private static DynamicMode mode(Setting<?> setting) {
        return LiveBrokerConfig.isDynamic(setting) ? setting.dynamicMode() : DynamicMode.READ_ONLY;
    }
}
