package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published says how it came about, and takes the place of nothing but its like. */
class ReportTest {
    private static final String SHORT = "<!-- short -->";
    private static final String FULL = "<!-- full -->";

    @TempDir
    Path dir;

    @Test
    void aShortRunAndTheFullOneHavePlacesOfTheirOwn() throws IOException {
        Path page = dir.resolve("page.md");
        Files.writeString(page, "# Head\n");
        show(page, true, "short");
        show(page, false, "full");
        show(page, true, "again");
        assertThat(page).content().startsWith("# Head\n").contains(SHORT, FULL, "of full", "of again");
        assertThat(page).content().doesNotContain("of short");
    }

    @Test
    void aPartSaysSo() throws IOException {
        Report report = report(new Samples(), true, "--rows bulk", "x");
        report.write(dir, "a");
        assertThat(dir.resolve("a.md")).content().contains("* A part (--rows bulk) of a short run of ");
    }

    @Test
    void resultsAreNeverOverwritten() throws IOException {
        assertThat(Rig.unused(dir, "a")).isEqualTo("a");
        report(new Samples(), true, "", "x").write(dir, "a");
        assertThat(Rig.unused(dir, "a")).isEqualTo("a-2");
    }

    private void show(Path page, boolean isShort, String remark) throws IOException {
        Report report = report(new Samples(), isShort, "", "of " + remark);
        report.write(dir, Rig.unused(dir, "a"));
        report.showOn(new Page(page));
    }

    private static Report report(Samples samples, boolean isShort, String part, String remark) {
        Comparison comparison = new Comparison() {
            @Override
            public Report.Subject subject() {
                return new Report.Subject("A beside B", "", SHORT, FULL, List.of(remark));
            }

            @Override
            public List<String> contenders() {
                return List.of("A", "B");
            }

            @Override
            public Samples measure(Turns turns, Consumer<String> progress) {
                return samples;
            }
        };
        Turns turns = new Turns(2, Path.of("nowhere"), text -> {});
        return new Report(comparison, samples, turns, "a machine", "0.1", isShort, part);
    }
}
