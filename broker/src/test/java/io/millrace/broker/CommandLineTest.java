package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    @Test
    void takesAFileAndOverridesInAnyOrder() {
        assertThat(parse("a.properties", "--override", "broker.id=1", "--override=num.partitions=3"))
                .isEqualTo(new CommandLine.Start(Path.of("a.properties"), List.of("broker.id=1", "num.partitions=3")));
        assertThat(parse("--override", "broker.id=1", "a b/c.properties"))
                .isEqualTo(new CommandLine.Start(Path.of("a b/c.properties"), List.of("broker.id=1")));
    }

    @Test
    void printsHelpAndVersion() {
        assertThat(parse("x", "--help")).isInstanceOf(CommandLine.Help.class);
        assertThat(parse("--version")).isInstanceOf(CommandLine.Version.class);
    }

    @Test
    void saysWhatIsWrong() {
        assertThat(parse()).isEqualTo(new CommandLine.Wrong("The configuration file is missing"));
        assertThat(parse("a", "b")).isEqualTo(new CommandLine.Wrong("There are two configuration files, a and b"));
        assertThat(parse("a", "--overide", "b=c")).isEqualTo(new CommandLine.Wrong("There is no option --overide"));
        assertThat(parse("a", "--override"))
                .isEqualTo(new CommandLine.Wrong("--override must be followed by KEY=VALUE"));
    }

    private static CommandLine parse(String... args) {
        return CommandLine.parse(args);
    }
}
