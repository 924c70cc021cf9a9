package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What cannot be meant is said before anything is started. */
class RigTest {
    @TempDir
    Path dir;

    @Test
    void anUnknownBrokerIsNamedWithThoseThatAreKnown() {
        assertThat(refusal("--others", "nats,frog")).startsWith("--others knows no \"frog\", but nats and rabbitmq");
    }

    @Test
    void rowsAndOthersAreNotMeantTogether() {
        assertThat(refusal("--others", "--rows", "bulk")).contains("give one of them");
    }

    @Test
    void aRowThatThereIsNotIsNamed() {
        assertThat(refusal("--short", "--rows", "start,bulky"))
                .startsWith("No row of the short run is called \"bulky\"; --list shows them");
    }

    @Test
    void eachRowCanBeChosenAlone() {
        for (boolean isShort : new boolean[] {true, false}) {
            assertThat(Rows.chosen(isShort, List.of()))
                    .extracting(Row::id)
                    .doesNotHaveDuplicates()
                    .allSatisfy(
                            id -> assertThat(Rows.chosen(isShort, List.of(id))).hasSize(1));
        }
    }

    private String refusal(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("--millrace", "none", "--kafka-libs", "none", "--work", dir.toString()));
        arguments.addAll(List.of(options));
        StringWriter said = new StringWriter();
        int status = new CommandLine(new Rig()).setErr(new PrintWriter(said)).execute(arguments.toArray(String[]::new));
        assertThat(status).isEqualTo(CommandLine.ExitCode.USAGE);
        return said.toString();
    }
}
