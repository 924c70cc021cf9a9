package io.millrace.client.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the samples say of themselves. */
class SampleHelpTest {
    static Stream<Callable<Integer>> samples() {
        return Stream.of(new FileProducer(), new GroupConsumer(), new WordCount());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theHelpHasExamplesOfOneLineEach(Callable<Integer> sample) {
        CommandLine command = new CommandLine(sample);
        String help = command.getUsageMessage();
        String examples = help.substring(help.indexOf("\nExample") + 1);
        assertThat(examples).startsWith("Example");
        assertThat(examples.lines().skip(1))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("  " + command.getCommandName() + " --"));
    }
}
