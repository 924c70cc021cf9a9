package io.millrace.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    /** To print the page anew, run this test with -Ddocs.update=true. */
    @Test
    void thePageIsWhatTheDefinitionsSay() throws Exception {
        if (Boolean.getBoolean("docs.update")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ConfigurationPage.markdown());
        }
        assertThat(PAGE)
                .as("run the build with -Ddocs.update=true to print docs/configuration.md anew")
                .content()
                .isEqualTo(ConfigurationPage.markdown());
    }

    @Test
    void whatItSaysCanBeChangedInARunningBrokerCanBe() {
        LiveBrokerConfig live = new LiveBrokerConfig(BrokerConfig.parse(Map.of("broker.id", "1")));
        for (SettingGroup group : Settings.groups()) {
            for (Setting<?> setting : group.settings()) {
                String row = ConfigurationPage.markdown()
                        .lines()
                        .filter(line -> line.startsWith("| `" + setting.name() + "` |"))
                        .findFirst()
                        .orElseThrow();
                boolean refused = false;
                try {
                    live.check(Map.of(setting.name(), String.valueOf(setting.defaultText())));
                } catch (ConfigException e) {
                    refused = e.getMessage().startsWith("Cannot update");
                }
                assertThat(row.contains("| read-only |")).as(setting.name()).isEqualTo(refused);
            }
        }
    }
}
