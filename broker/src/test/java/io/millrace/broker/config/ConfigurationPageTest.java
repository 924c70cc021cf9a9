package io.millrace.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
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
}
